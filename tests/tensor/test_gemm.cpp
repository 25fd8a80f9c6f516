// Products of matrices: against plain loops in double precision, for all layouts, edges and numbers of
// threads.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include <catch.h>

#include <taper/tensor/kernels/gemm.h>
#include <taper/tensor/parallel.h>

using namespace taper;
using kernels::Gemm;

namespace {

// Numbers from -1 to 1 in no order, the same on every machine.
double value(std::int64_t i) {
  std::uint64_t x = static_cast<std::uint64_t>(i + 1) * 0x9E3779B97F4A7C15;
  x = (x ^ x >> 31) * 0xBF58476D1CE4E5B9;
  return static_cast<double>(x >> 40) / static_cast<double>(1 << 23) - 1;
}

template <class T>
std::vector<T> values(std::int64_t count, std::int64_t seed) {
  std::vector<T> result(static_cast<std::size_t>(count));
  for (std::int64_t i = 0; i < count; ++i)
    result[static_cast<std::size_t>(i)] = static_cast<T>(value(i + seed));
  return result;
}

struct Case {
  std::int64_t rows, columns, depth;
  bool transpose_a = false, transpose_b = false;
  std::int64_t spread = 1;  // the adjacent elements of A and B are so far apart
  bool accumulate = false, row_bias = false, column_bias = false, relu = false;
  std::int64_t batch = 1;
  bool share_a = false, share_b = false;
};

// Runs the case; C has a margin on the right, which must stay as it was. Checks all against plain loops.
template <class T>
std::vector<T> run(const Case& c) {
  const std::int64_t margin = 3, c_row = c.columns + margin;
  const std::int64_t a_size = c.rows * c.depth * c.spread, b_size = c.depth * c.columns * c.spread;
  const std::vector<T> a = values<T>(a_size * (c.share_a ? 1 : c.batch), 1);
  const std::vector<T> b = values<T>(b_size * (c.share_b ? 1 : c.batch), 77);
  const std::vector<T> row_bias = values<T>(c.rows, 5), column_bias = values<T>(c.columns, 9);
  const std::vector<T> start = values<T>(c.batch * c.rows * c_row, 1234);
  std::vector<T> result = start;
  Gemm<T> p;
  p.rows = c.rows;
  p.columns = c.columns;
  p.depth = c.depth;
  p.a = a.data();
  p.a_row_stride = c.spread * (c.transpose_a ? 1 : c.depth);
  p.a_column_stride = c.spread * (c.transpose_a ? c.rows : 1);
  p.b = b.data();
  p.b_row_stride = c.spread * (c.transpose_b ? 1 : c.columns);
  p.b_column_stride = c.spread * (c.transpose_b ? c.depth : 1);
  p.c = result.data();
  p.c_row_stride = c_row;
  p.accumulate = c.accumulate;
  p.row_bias = c.row_bias ? row_bias.data() : nullptr;
  p.column_bias = c.column_bias ? column_bias.data() : nullptr;
  p.relu = c.relu;
  p.batch = c.batch;
  p.a_batch_stride = c.share_a ? 0 : a_size;
  p.b_batch_stride = c.share_b ? 0 : b_size;
  p.c_batch_stride = c.rows * c_row;
  kernels::gemm(p);

  double worst = 0;
  bool margins_kept = true;
  for (std::int64_t n = 0; n < c.batch; ++n)
    for (std::int64_t i = 0; i < c.rows; ++i)
      for (std::int64_t j = 0; j < c_row; ++j) {
        const std::size_t at = static_cast<std::size_t>((n * c.rows + i) * c_row + j);
        if (j >= c.columns) {
          margins_kept = margins_kept && result[at] == start[at];
          continue;
        }
        double sum = c.accumulate ? static_cast<double>(start[at]) : 0;
        if (c.row_bias) sum += static_cast<double>(row_bias[static_cast<std::size_t>(i)]);
        if (c.column_bias) sum += static_cast<double>(column_bias[static_cast<std::size_t>(j)]);
        for (std::int64_t k = 0; k < c.depth; ++k)
          sum += static_cast<double>(p.a[n * p.a_batch_stride + i * p.a_row_stride + k * p.a_column_stride]) *
                 static_cast<double>(p.b[n * p.b_batch_stride + k * p.b_row_stride + j * p.b_column_stride]);
        if (c.relu && sum < 0) sum = 0;
        worst = std::max(worst, std::abs(sum - static_cast<double>(result[at])));
      }
  CAPTURE(c.rows, c.columns, c.depth, c.transpose_a, c.transpose_b, c.spread, c.accumulate, c.batch);
  CHECK(worst <= std::numeric_limits<T>::epsilon() * static_cast<double>(8 + c.depth));
  CHECK(margins_kept);
  return result;
}

template <class T>
void run_edges() {
  for (const std::int64_t rows : {1, 2, 5, 6, 7, 11, 12, 13, 25, 49})
    for (const std::int64_t columns : {1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 65})
      for (const std::int64_t depth : {1, 3, 10, 35}) {
        const bool odd = (rows + columns + depth) % 2 == 1;
        for (int layout = 0; layout < 8; ++layout)
          run<T>({.rows = rows,
                  .columns = columns,
                  .depth = depth,
                  .transpose_a = (layout & 1) != 0,
                  .transpose_b = (layout & 2) != 0,
                  .spread = (layout & 4) != 0 ? 2 : 1,
                  .accumulate = odd,
                  .row_bias = layout % 3 == 0,
                  .column_bias = layout % 3 == 1 && !odd,
                  .relu = layout == 5});
      }
}

}  // namespace

TEST_CASE("gemm agrees with plain loops at every edge and in every layout") {
  run_edges<float>();
  run_edges<double>();
}

TEST_CASE("gemm agrees with plain loops over many blocks, with all that can be added") {
  for (int layout = 0; layout < 8; ++layout) {
    Case c{.rows = 131,
           .columns = 301,
           .depth = 517,
           .transpose_a = (layout & 1) != 0,
           .transpose_b = (layout & 2) != 0,
           .spread = (layout & 4) != 0 ? 3 : 1,
           .accumulate = true,
           .row_bias = true,
           .relu = layout % 2 == 0};
    run<float>(c);
    c.accumulate = false;
    c.column_bias = true;
    c.columns = 61;
    run<double>(c);
    c.rows = 10;
    c.depth = 1300;
    run<float>(c);
  }
}

TEST_CASE("gemm of few rows with a transposed operand is taken the other way round, with the same bits") {
  for (const std::int64_t rows : {16, 20, 32})
    for (const bool added : {false, true}) {
      const Case few{.rows = rows,
                     .columns = 67,
                     .depth = 130,
                     .transpose_b = true,
                     .column_bias = added,
                     .relu = added};
      const std::vector<float> result = run<float>(few);
      run<double>(few);
      // More rows are not; the first ones are the same.
      Case more = few;
      more.rows = 67;
      const std::vector<float> all = run<float>(more);
      for (std::int64_t i = 0; i < rows * 67; ++i) {
        const std::size_t at = static_cast<std::size_t>(i / 67 * 70 + i % 67);
        CHECK(result[at] == all[at]);
      }
    }
}

TEST_CASE("gemm of a few rows or columns has the bits of one with more") {
  for (const std::int64_t few : {1, 2, 5, 6, 10, 12})
    for (const bool added : {false, true}) {
      const Case more{
          .rows = 67, .columns = 67, .depth = 141, .transpose_b = true, .column_bias = added, .relu = added};
      Case few_rows = more, few_columns = more;
      few_rows.rows = few_columns.columns = few;
      run<double>(few_rows);
      const std::vector<float> all = run<float>(more), rows = run<float>(few_rows),
                               columns = run<float>(few_columns);
      bool same = true;
      for (std::int64_t i = 0; i < few; ++i)
        for (std::int64_t j = 0; j < 67; ++j) {
          const auto at = [](std::int64_t row, std::int64_t width, std::int64_t column) {
            return static_cast<std::size_t>(row * (width + 3) + column);
          };
          same =
              same && rows[at(i, 67, j)] == all[at(i, 67, j)] && columns[at(j, few, i)] == all[at(j, 67, i)];
        }
      CHECK(same);
    }
}

TEST_CASE("gemm takes batches, and shares an operand whose batch stride is 0") {
  for (const std::int64_t size : {3, 40})
    for (const std::int64_t batch : {2, 9}) {
      Case c{.rows = size, .columns = size + 1, .depth = size + 2, .column_bias = true, .batch = batch};
      run<float>(c);
      c.share_a = true;
      run<float>(c);
      c.share_b = true;
      run<double>(c);
      c.share_a = false;
      run<float>(c);
      c.row_bias = true;
      run<float>(c);
    }
  run<float>({.rows = 260, .columns = 260, .depth = 260, .batch = 2});
}

TEST_CASE("gemm of nothing is its start") {
  run<float>({.rows = 3, .columns = 5, .depth = 0});
  run<float>({.rows = 3, .columns = 5, .depth = 0, .accumulate = true, .relu = true});
  run<double>({.rows = 20, .columns = 50, .depth = 0, .row_bias = true, .column_bias = true});
  run<float>({.rows = 0, .columns = 5, .depth = 4});
  run<float>({.rows = 5, .columns = 0, .depth = 4});
  run<float>({.rows = 5, .columns = 4, .depth = 3, .batch = 0});
}

TEST_CASE("gemm gives the same bits for any number of threads") {
  const int threads = num_threads();
  const Case cases[] = {
      {.rows = 129, .columns = 257, .depth = 300},
      {.rows = 128, .columns = 130, .depth = 784, .transpose_b = true, .column_bias = true, .relu = true},
      {.rows = 10, .columns = 128, .depth = 3000, .transpose_a = true},
      {.rows = 33, .columns = 35, .depth = 37, .batch = 40}};
  for (const Case& c : cases) {
    set_num_threads(1);
    const std::vector<float> one = run<float>(c);
    for (const int count : {2, 3, 4}) {
      set_num_threads(count);
      const std::vector<float> more = run<float>(c);
      CHECK(std::memcmp(one.data(), more.data(), one.size() * sizeof(float)) == 0);
    }
  }
  set_num_threads(threads);
}

TEST_CASE("an element of a gemm does not depend on where it is") {
  // The same row of A against the same column of B, everywhere: all elements must be equal, bit by bit.
  const std::int64_t rows = 37, columns = 75, depth = 700;
  const std::vector<float> line = values<float>(depth, 3), other = values<float>(depth, 4);
  std::vector<float> c(static_cast<std::size_t>(rows * columns));
  for (const bool packed : {false, true}) {
    Gemm<float> p{.rows = packed ? rows : rows / 5,
                  .columns = columns,
                  .depth = depth,
                  .a = line.data(),
                  .a_row_stride = 0,
                  .a_column_stride = 1,
                  .b = other.data(),
                  .b_row_stride = 1,
                  .b_column_stride = 0,
                  .c = c.data(),
                  .c_row_stride = columns};
    kernels::gemm(p);
    for (std::int64_t i = 0; i < p.rows * columns; ++i) REQUIRE(c[static_cast<std::size_t>(i)] == c[0]);
  }
}

TEST_CASE("a NaN or an infinity reaches its row or column and nothing else") {
  const std::int64_t rows = 29, columns = 45, depth = 19;
  const float nan = std::numeric_limits<float>::quiet_NaN(),
              infinity = std::numeric_limits<float>::infinity();
  for (const bool transposed : {false, true}) {
    std::vector<float> a = values<float>(rows * depth, 1), b = values<float>(depth * columns, 2);
    std::vector<float> c(static_cast<std::size_t>(rows * columns));
    a[static_cast<std::size_t>(7 * depth + 3)] = nan;
    b[static_cast<std::size_t>(transposed ? 44 * depth + 5 : 5 * columns + 44)] = infinity;
    Gemm<float> p{.rows = rows,
                  .columns = columns,
                  .depth = depth,
                  .a = a.data(),
                  .a_row_stride = depth,
                  .a_column_stride = 1,
                  .b = b.data(),
                  .b_row_stride = transposed ? 1 : columns,
                  .b_column_stride = transposed ? depth : 1,
                  .c = c.data(),
                  .c_row_stride = columns,
                  .relu = true};
    kernels::gemm(p);
    for (std::int64_t i = 0; i < rows; ++i)
      for (std::int64_t j = 0; j < columns; ++j) {
        const float x = c[static_cast<std::size_t>(i * columns + j)];
        if (i == 7)
          CHECK(std::isnan(x));
        else if (j == 44)
          CHECK((x == infinity || x == 0));  // relu of minus infinity
        else
          CHECK(std::isfinite(x));
      }
  }
}
