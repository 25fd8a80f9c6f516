// Drawing indices by weights.
#include <algorithm>
#include <limits>
#include <vector>

#include <fmt/format.h>

#include <taper/tensor/check.h>
#include <taper/tensor/elementwise.h>
#include <taper/tensor/error.h>
#include <taper/tensor/memory.h>
#include <taper/tensor/random_words.h>

namespace taper {
namespace {

using compute::generate;
using compute::open_unit;

template <class T>
bool is_at_least_0(T x) {  // false for NaN
  return (x >= 0) & (x <= std::numeric_limits<T>::max());
}

template <class T>
void check_weight(T weight) {
  if (!is_at_least_0(weight)) [[unlikely]]
    throw ValueError(fmt::format("multinomial: expected finite weights of at least 0, got {}", weight));
}

// With replacement. A row's weights are added up in blocks. Where a random number lies among the sums is
// looked up in a table of as many places as there are blocks, or fewer for few draws (Chen, Asau: On
// generating random variates from an empirical distribution; 1974), and then in the block.
template <class T>
class Wheel {
 public:
  Wheel(const T* weights, std::int64_t rows, std::int64_t n, std::int64_t count)
      : weights_(weights), n_(n), blocks_((n + block - 1) / block), places_(std::min(blocks_, count)) {
    sums_ = Tensor::empty({rows, blocks_ + 1}, float64, "multinomial");
    starts_ = Tensor::empty({rows, places_ + 1}, int64, "multinomial");
    double* const sums = sums_.mutable_data<double>();
    std::int64_t* const starts = starts_.mutable_data<std::int64_t>();
    const std::int64_t chunks = chunk_count(rows * blocks_, grain::reduced / block);
    parallel_for(chunks, [=, this](std::int64_t chunk) {
      const std::int64_t begin = chunk_begin(chunk, chunks, rows * blocks_),
                         end = chunk_begin(chunk + 1, chunks, rows * blocks_);
      std::int64_t row = begin / blocks_, at = begin % blocks_;
      for (std::int64_t i = begin; i < end; ++i, ++at) {
        if (at == blocks_) ++row, at = 0;
        sums[row * (blocks_ + 1) + at] = sum_of(block_of(row, at), block_end(row, at));
      }
    });
    const std::int64_t groups = chunk_count(rows, grain::reduced / blocks_ + 1);
    parallel_for(groups, [=, this](std::int64_t group) {
      const std::int64_t end = chunk_begin(group + 1, groups, rows);
      for (std::int64_t row = chunk_begin(group, groups, rows); row < end; ++row)
        place_sums(row, sums + row * (blocks_ + 1), starts + row * (places_ + 1));
    });
    sum_data_ = sums;
    start_data_ = starts;
  }

  std::int64_t draw(std::int64_t row, double u) const {
    const double* const sums = sum_data_ + row * (blocks_ + 1);
    const std::int64_t* const start = start_data_ + row * (places_ + 1) + place(u);
    const std::int64_t found = std::upper_bound(sums + start[0], sums + start[1], u) - sums;
    const double rest = (found == 0 ? u : u - sums[found - 1]) * sums[blocks_];
    const T *const begin = block_of(row, found), *const end = block_end(row, found);
    double sum = 0;
    std::int64_t before = 0;
    for (const T* w = begin; w < end; ++w) {
      sum += static_cast<double>(*w);
      before += sum <= rest;
    }
    const T* w = begin + before;
    if (w == end) [[unlikely]]  // rounding left too much: the last one with a weight
      do --w;
      while (!(*w > 0));
    return w - weights_ - row * n_;
  }

 private:
  static constexpr std::int64_t block = 8;

  static double sum_of(const T* begin, const T* end) {
    double sum = 0;
    bool fine = true;
    for (const T* w = begin; w < end; ++w) {
      fine &= is_at_least_0(*w);
      sum += static_cast<double>(*w);
    }
    if (!fine) [[unlikely]]
      std::for_each(begin, end, check_weight<T>);
    return sum;
  }
  // From the sums of a row's blocks: the sums up to each as parts of the total, and where places begin.
  void place_sums(std::int64_t row, double* sums, std::int64_t* start) const {
    for (std::int64_t i = 1; i < blocks_; ++i) sums[i] += sums[i - 1];
    const double total = sums[blocks_] = sums[blocks_ - 1];
    if (!(total > 0) || !is_at_least_0(total))
      throw ValueError(fmt::format(
          "multinomial: expected weights with a finite sum above 0, got {} in row {}", total, row));
    // Place p begins with the first block whose sum is of place p or later.
    std::int64_t next = 0;
    for (std::int64_t i = 0; i < blocks_; ++i) {
      sums[i] /= total;
      for (const std::int64_t p = place(sums[i]); next <= p; ++next) start[next] = i;
    }
    start[places_] = blocks_ - 1;
  }
  const T* block_of(std::int64_t row, std::int64_t i) const { return weights_ + row * n_ + i * block; }
  const T* block_end(std::int64_t row, std::int64_t i) const {
    return block_of(row, i) + std::min(block, n_ - i * block);
  }
  // Of x from 0 to 1. It grows with x, so that what has a smaller place is smaller.
  std::int64_t place(double x) const {
    return std::min(static_cast<std::int64_t>(x * static_cast<double>(places_)), places_ - 1);
  }

  const T* weights_;
  std::int64_t n_, blocks_, places_;
  Tensor sums_, starts_;  // for each row: the sums up to each block as parts of the total, and the total
  const double* sum_data_;
  const std::int64_t* start_data_;
};

template <class T>
void draw_with_replacement(const T* weights, std::int64_t rows, std::int64_t n, std::int64_t count,
                           Generator& generator, std::int64_t* out) {
  const Wheel<T> wheel(weights, rows, n, count);
  generate(generator, rows * count, 2, [&](const std::uint32_t* words, std::int64_t begin, std::int64_t end) {
    std::int64_t row = begin / count, row_end = (row + 1) * count;
    for (std::int64_t i = begin; i < end; ++i, words += 2) {
      if (i == row_end) ++row, row_end += count;
      out[i] = wheel.draw(row, open_unit(words));
    }
  });
}

// Note [Races]
// Drawing one after the other without replacement is the same as a race: each index finishes after an
// exponential time, at a rate that is its weight, and the first `count` are taken in their order (Efraimidis,
// Spirakis: Weighted random sampling with a reservoir; 2006). Only the few times that are below the last of
// the best so far are computed.
struct Finish {
  double time;
  std::int64_t index;
  bool operator<(const Finish& other) const {
    return time < other.time || (time == other.time && index < other.index);
  }
};

class Race {
 public:
  // The weights have `total` elements; their random numbers begin with block `first`, two in each.
  Race(std::int64_t count, std::int64_t total, std::uint64_t seed, std::uint64_t first)
      : count_(static_cast<std::size_t>(count)),
        capacity_(count_ + std::max<std::size_t>(count_, 8)),
        total_(total),
        seed_(seed),
        first_(first) {}

  // Elements begin..end-1 of the row whose first is `row`.
  template <class T>
  void run(const T* weights, std::int64_t row, std::int64_t begin, std::int64_t end) {
    for (std::int64_t at = begin; at < end;) {
      if (at < drawn_begin_ || at >= drawn_end_) draw(at);
      const std::int64_t stop = std::min(end, drawn_end_);
      const std::uint32_t* words = words_ + 2 * (at - drawn_begin_);
      for (; at < stop; ++at, words += 2) {
        check_weight(weights[at]);
        // The time -log(1 - u) / weight is at least u / weight.
        const double u = open_unit(words), weight = static_cast<double>(weights[at]);
        if (u < limit_ * weight) add({-std::log1p(-u) / weight, at - row});
      }
    }
  }
  void join(const Race& other) { best_.insert(best_.end(), other.best_.begin(), other.best_.end()); }

  void write(std::int64_t* out) {
    if (best_.size() < count_)
      throw ValueError(
          fmt::format("multinomial: expected at least {} weights above 0 to draw without replacement, got {}",
                      count_, best_.size()));
    keep_first();
    std::sort(best_.begin(), best_.end());
    for (std::size_t i = 0; i < count_; ++i) out[i] = best_[i].index;
  }
  void clear() {
    best_.clear();
    limit_ = std::numeric_limits<double>::infinity();  // times a weight of 0: NaN, never more than u
  }

 private:
  static constexpr std::int64_t piece = 512;

  // Random numbers from element `at` on.
  void draw(std::int64_t at) {
    drawn_begin_ = at - at % 2;
    drawn_end_ = std::min(drawn_begin_ + piece, total_);
    kernels::random().blocks(seed_, first_ + static_cast<std::uint64_t>(at / 2),
                             (drawn_end_ - drawn_begin_ + 1) / 2, words_);
  }
  void add(Finish finish) {
    best_.push_back(finish);
    if (best_.size() < capacity_) return;
    keep_first();
    limit_ = std::max(best_.back().time * (1 + 1e-9), 1e-290);  // rounded up
  }
  // The last of them comes last.
  void keep_first() {
    std::nth_element(best_.begin(), best_.begin() + static_cast<std::ptrdiff_t>(count_) - 1, best_.end());
    best_.resize(count_);
  }

  std::vector<Finish, memory::Allocator<Finish>> best_;  // the first `count_` are among them
  std::size_t count_, capacity_;
  std::int64_t total_;
  std::uint64_t seed_, first_;
  std::int64_t drawn_begin_ = 0, drawn_end_ = 0;
  alignas(64) std::uint32_t words_[2 * piece];
  double limit_ = std::numeric_limits<double>::infinity();
};

template <class T>
void draw_without_replacement(const T* weights, std::int64_t rows, std::int64_t n, std::int64_t count,
                              Generator& generator, std::int64_t* out) {
  const std::int64_t total = rows * n;
  const std::uint64_t first = generator.advance(static_cast<std::uint64_t>((total + 1) / 2));
  const Race start(count, total, generator.seed(), first);
  const std::int64_t parts = chunk_count(n, std::max(grain::reduced, 8 * count));
  if (parts > 1) {
    for (std::int64_t row = 0; row < rows; ++row) {
      std::vector<Race> races(static_cast<std::size_t>(parts), start);
      parallel_for(parts, [&](std::int64_t part) {
        races[static_cast<std::size_t>(part)].run(weights, row * n, row * n + chunk_begin(part, parts, n),
                                                  row * n + chunk_begin(part + 1, parts, n));
      });
      for (std::size_t i = 1; i < races.size(); ++i) races[0].join(races[i]);
      races[0].write(out + row * count);
    }
    return;
  }
  const std::int64_t chunks = chunk_count(rows, grain::reduced / n + 1);
  parallel_for(chunks, [&](std::int64_t chunk) {
    Race race(start);
    const std::int64_t end = chunk_begin(chunk + 1, chunks, rows);
    for (std::int64_t row = chunk_begin(chunk, chunks, rows); row < end; ++row) {
      race.clear();
      race.run(weights, row * n, row * n, (row + 1) * n);
      race.write(out + row * count);
    }
  });
}

}  // namespace

Tensor multinomial(const Tensor& weights, std::int64_t count, bool replacement, Generator& generator) {
  compute::check_floating("multinomial", weights);
  if (weights.rank() == 0) throw ShapeError("multinomial: expected weights of rank 1 or more, got shape []");
  const std::int64_t n = weights.size(-1);
  if (count < 0) throw ValueError(fmt::format("multinomial: expected a count of at least 0, got {}", count));
  if (count > (replacement && n > 0 ? std::numeric_limits<std::int64_t>::max() : n))
    throw ValueError(
        fmt::format("multinomial: expected a count of at most the {} weights, got {}", n, count));
  Shape shape = weights.shape();
  shape[-1] = count;
  Tensor result = Tensor::empty(shape, int64, "multinomial");
  if (result.numel() == 0) return result;
  const Tensor source = compute::contiguous(weights);
  compute::run_kernel("multinomial", source.dtype(), [&]<class T>() {
    const auto draw = replacement ? draw_with_replacement<T> : draw_without_replacement<T>;
    draw(source.data<T>(), source.numel() / n, n, count, generator, result.mutable_data<std::int64_t>());
  });
  return result;
}

}  // namespace taper
