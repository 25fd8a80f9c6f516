// Sorting and searching against std::stable_sort, for every algorithm and number of threads; and errors.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <numeric>

#include <catch.h>

#include <taper/autograd/autograd.h>
#include <taper/tensor/create.h>
#include <taper/tensor/error.h>
#include <taper/tensor/parallel.h>
#include <taper/tensor/random.h>

using namespace taper;

namespace {

using Integers = std::vector<std::int64_t>;

template <class T>
bool before(T a, T b) {
  if constexpr (std::is_floating_point_v<T>)
    if (std::isnan(a) || std::isnan(b)) return !std::isnan(a) && std::isnan(b);
  return a < b;
}

enum class Pattern { random, ties, ascending, descending, equal, extreme, low_bits, count };

template <class T>
std::vector<T> numbers(std::int64_t count, Pattern pattern) {
  Generator generator(static_cast<std::uint64_t>(count));
  const std::int64_t most = std::is_same_v<T, bool> ? 2 : sizeof(T) == 1 ? 256 : std::int64_t{1} << 31;
  const Integers random = random_integers({count}, 0, most, int64, generator).to_vector<std::int64_t>();
  std::vector<T> extremes{T(0), T(1), std::numeric_limits<T>::max(), std::numeric_limits<T>::lowest()};
  if constexpr (std::is_floating_point_v<T>)
    extremes.insert(extremes.end(), {T(-0.0), T(NAN), -T(NAN), T(INFINITY), -T(INFINITY),
                                     std::numeric_limits<T>::denorm_min(), T(-1)});
  std::vector<T> result(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < result.size(); ++i) {
    const auto any = static_cast<std::size_t>(random[i]);
    const auto at = static_cast<std::int64_t>(i);
    switch (pattern) {
      case Pattern::random:
        result[i] = static_cast<T>(sizeof(T) == 1   ? random[i]
                                   : sizeof(T) == 4 ? random[i] - most / 2
                                                    : (random[i] - most / 2) * random[i]);
        break;
      case Pattern::ties:
        result[i] = static_cast<T>(any % 5);
        break;
      case Pattern::ascending:
        result[i] = static_cast<T>(at * most / (count + 1));
        break;
      case Pattern::descending:
        result[i] = static_cast<T>((count - at) * most / (count + 1));
        break;
      case Pattern::equal:
        result[i] = T(1);
        break;
      case Pattern::extreme:
        result[i] = extremes[any % extremes.size()];
        break;
      default:
        result[i] = static_cast<T>(any % 700);
    }
  }
  return result;
}

template <class T>
bool same(const std::vector<T>& a, const std::vector<T>& b) {
  if constexpr (std::is_same_v<T, bool>)
    return a == b;
  else
    return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0);
}

template <class T>
Tensor tensor_of(const std::vector<T>& values, const Shape& shape) {
  if constexpr (std::is_same_v<T, bool>) {
    Tensor x = Tensor::empty(shape, boolean);
    std::copy(values.begin(), values.end(), x.mutable_data<bool>());
    return x;
  } else {
    return from_data(values, shape);
  }
}

// Every function of order on [rows, length] against std::stable_sort of each row; the bits of the values,
// too.
template <class T>
void check_order(std::int64_t rows, std::int64_t length, Pattern pattern) {
  INFO(name(dtype_of<T>) << " [" << rows << ", " << length << "], pattern " << static_cast<int>(pattern));
  const std::vector<T> values = numbers<T>(rows * length, pattern);
  const Tensor x = tensor_of(values, {rows, length});
  for (const bool descending : {false, true}) {
    Integers order;
    std::vector<T> wanted;
    for (std::int64_t row = 0; row < rows; ++row) {
      Integers mine(static_cast<std::size_t>(length));
      std::iota(mine.begin(), mine.end(), 0);
      const auto value = [&](std::int64_t i) { return values[static_cast<std::size_t>(row * length + i)]; };
      std::stable_sort(mine.begin(), mine.end(), [&](std::int64_t i, std::int64_t j) {
        return descending ? before<T>(value(j), value(i)) : before<T>(value(i), value(j));
      });
      for (const std::int64_t i : mine) wanted.push_back(value(i));
      order.insert(order.end(), mine.begin(), mine.end());
    }
    const Tensor all = tensor_of(wanted, {rows, length}), indices = from_data(order, {rows, length});
    for (const int threads : {1, 8}) {
      set_num_threads(threads);
      const ValuesAndIndices sorted = sort(x, -1, descending);
      CHECK(same(sorted.values.to_vector<T>(), wanted));
      CHECK(sorted.indices.to_vector<std::int64_t>() == order);
      for (const std::int64_t k : {std::int64_t{0}, std::int64_t{1}, std::int64_t{7}, length / 9, length / 4,
                                   length / 4 + 1, length}) {
        if (k > length) continue;
        INFO("k " << k);
        const ValuesAndIndices top = topk(x, k, -1, descending);
        CHECK(same(top.values.to_vector<T>(), slice(all, 1, 0, k).to_vector<T>()));
        CHECK(top.indices.to_vector<std::int64_t>() == slice(indices, 1, 0, k).to_vector<std::int64_t>());
        if (k == 0 || descending) continue;
        const ValuesAndIndices one = kthvalue(x, k);
        CHECK(same(one.values.to_vector<T>(), select(all, 1, k - 1).to_vector<T>()));
        CHECK(one.indices.to_vector<std::int64_t>() == select(indices, 1, k - 1).to_vector<std::int64_t>());
      }
    }
  }
}

template <class T>
void check_lengths(std::initializer_list<std::int64_t> lengths, std::int64_t rows = 1) {
  for (int pattern = 0; pattern < static_cast<int>(Pattern::count); ++pattern)
    for (const std::int64_t length : lengths) check_order<T>(rows, length, static_cast<Pattern>(pattern));
}

}  // namespace

TEST_CASE("sorting short rows of every dtype is std::stable_sort") {
  const int threads = num_threads();
  const auto lengths = {std::int64_t{1},   std::int64_t{2},  std::int64_t{32}, std::int64_t{33},
                        std::int64_t{47},  std::int64_t{66}, std::int64_t{99}, std::int64_t{128},
                        std::int64_t{129}, std::int64_t{48}, std::int64_t{49}, std::int64_t{513}};
  for (const std::int64_t rows : {1, 3, 9}) {
    check_lengths<bool>(lengths, rows);
    check_lengths<std::uint8_t>(lengths, rows);
    check_lengths<std::int32_t>(lengths, rows);
    check_lengths<std::int64_t>(lengths, rows);
    check_lengths<float>(lengths, rows);
    check_lengths<double>(lengths, rows);
  }
  set_num_threads(threads);
}

TEST_CASE("sorting long rows is std::stable_sort") {
  const int threads = num_threads();
  const auto lengths = {std::int64_t{4095}, std::int64_t{4096}, std::int64_t{4097}, std::int64_t{65537}};
  check_lengths<std::int64_t>(lengths);
  check_lengths<float>(lengths);
  check_lengths<double>(lengths);
  check_order<std::int32_t>(1, 200'000, Pattern::random);
  check_order<float>(1, 200'000, Pattern::random);
  check_order<float>(1, 200'000, Pattern::extreme);
  check_order<double>(1, 200'000, Pattern::random);
  check_order<float>(3, 140'000, Pattern::ties);
  check_order<float>(9, 5'000, Pattern::random);
  set_num_threads(threads);
}

TEST_CASE("the most frequent, the different and the counted elements") {
  const Tensor x = tensor({{3, 1, 3, 1, 2}, {5, 4, 3, 2, 1}});
  CHECK(mode(x).values.to_vector<std::int64_t>() == Integers{1, 1});
  CHECK(mode(x).indices.to_vector<std::int64_t>() == Integers{3, 4});
  CHECK(mode(tensor({NAN, NAN, 2.0})).values.item<double>() == 2);
  CHECK(std::isnan(mode(tensor({NAN, NAN})).values.item<double>()));
  const Unique all = unique(x);
  CHECK(all.values.to_vector<std::int64_t>() == Integers{1, 2, 3, 4, 5});
  CHECK(all.counts.to_vector<std::int64_t>() == Integers{3, 2, 3, 1, 1});
  CHECK(all.inverse.shape() == x.shape());
  CHECK(index_select(all.values, 0, flatten(all.inverse)).to_vector<std::int64_t>() ==
        x.to_vector<std::int64_t>());
  CHECK(unique(x[1]).values.to_vector<std::int64_t>() == Integers{1, 2, 3, 4, 5});
  CHECK(unique(scalar(2)).values.shape() == Shape{1});
  CHECK(unique(tensor({NAN, 0.0, NAN, -0.0})).counts.to_vector<std::int64_t>() == Integers{2, 1, 1});
  CHECK(unique(zeros({0, 2})).values.numel() == 0);

  // Many elements, several chunks.
  Generator generator(3);
  const Tensor many = random_integers({300, 500}, 0, 1000, int64, generator);
  const Tensor counts = bincount(flatten(many)), below = to(many, float32);
  CHECK(unique(many).counts.to_vector<std::int64_t>() == counts.to_vector<std::int64_t>());
  CHECK(to(histogram(below, 999, 0, 999).counts, int64).to_vector<std::int64_t>() == [&] {
    Integers bins = counts.to_vector<std::int64_t>();
    bins[998] += bins[999];  // the last bin has both edges
    bins.pop_back();
    return bins;
  }());
  const Tensor places = nonzero(many), flags = many != 0;
  CHECK(places.size(0) == sum(flags).item<std::int64_t>());
  const Tensor numbers = select(places, 1, 0) * 500 + select(places, 1, 1);
  CHECK(sum(index_select(flatten(flags), 0, numbers)).item<std::int64_t>() == places.size(0));
  CHECK(sum(slice(numbers, 0, 1) > slice(numbers, 0, 0, -1)).item<std::int64_t>() == places.size(0) - 1);
}

TEST_CASE("searching sorted rows") {
  const Tensor row = tensor({1, 3, 3, 5});
  const Tensor values = arange(7);
  CHECK(searchsorted(row, values).to_vector<std::int64_t>() == Integers{0, 0, 1, 1, 3, 3, 4});
  CHECK(searchsorted(row, values, true).to_vector<std::int64_t>() == Integers{0, 1, 1, 3, 3, 4, 4});
  const Tensor special = tensor({-INFINITY, 0.0, INFINITY, NAN});
  CHECK(searchsorted(special, tensor({-0.0, NAN, INFINITY})).to_vector<std::int64_t>() == Integers{1, 3, 2});
  CHECK(searchsorted(special, tensor({-0.0, NAN, INFINITY}), true).to_vector<std::int64_t>() ==
        Integers{2, 4, 3});
  CHECK(searchsorted(zeros({2, 0}), zeros({2, 3})).to_vector<std::int64_t>() == Integers(6, 0));
  for (const std::int64_t length : {1, 2, 3, 64, 1000}) {
    Generator generator(1);
    const Tensor rows = sort(random_integers({3, length}, 0, 50, int64, generator)).values;
    const Tensor wanted = random_integers({3, 5000}, -2, 52, int64, generator);
    const Integers places = searchsorted(rows, wanted).to_vector<std::int64_t>(),
                   behind = searchsorted(rows, wanted, true).to_vector<std::int64_t>();
    const Integers all = rows.to_vector<std::int64_t>(), numbers = wanted.to_vector<std::int64_t>();
    bool right = true;
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      const auto begin = all.begin() + static_cast<std::int64_t>(i / 5000) * length;
      right = right && places[i] == std::lower_bound(begin, begin + length, numbers[i]) - begin &&
              behind[i] == std::upper_bound(begin, begin + length, numbers[i]) - begin;
    }
    CHECK(right);
  }
  CHECK(isin(tensor({1., NAN}), tensor({NAN, 1.})).to_vector<bool>() == std::vector<bool>{true, false});
  CHECK(isin(tensor({1, 2}), scalar(2)).to_vector<bool>() == std::vector<bool>{false, true});
  CHECK(isin(zeros({0, 2}), zeros(0)).shape() == Shape{0, 2});
}

TEST_CASE("sorting and searching nothing, and views") {
  CHECK(sort(zeros({0, 3})).values.shape() == Shape{0, 3});
  CHECK(sort(zeros({3, 0})).indices.shape() == Shape{3, 0});
  CHECK(topk(zeros({3, 0}), 0).values.shape() == Shape{3, 0});
  CHECK(topk(zeros({3, 2}), 0, 0).values.shape() == Shape{0, 2});
  CHECK(kthvalue(zeros({0, 2}), 1).values.shape() == Shape{0});
  CHECK(mode(zeros({0, 0})).values.shape() == Shape{0});
  CHECK(bincount(zeros(0, int64)).shape() == Shape{0});
  CHECK(bincount(zeros(0, uint8), {}, 3).to_vector<std::int64_t>() == Integers{0, 0, 0});
  CHECK(histogram(zeros(0), 2).edges.to_vector<float>() == std::vector<float>{-1, 0, 1});
  CHECK(nonzero(scalar(3)).shape() == Shape{1, 0});
  CHECK(nonzero(scalar(0)).shape() == Shape{0, 0});
  CHECK(nonzero(tensor({NAN, -0.0})).to_vector<std::int64_t>() == Integers{0});
  const Tensor x = tensor({{9, 8}, {7, 3}, {5, 1}});
  CHECK(sort(slice(x, 0, 1), 0).values.to_vector<std::int64_t>() == Integers{5, 1, 7, 3});
  CHECK(sort(select(x, 1, 1)).values.to_vector<std::int64_t>() == Integers{1, 3, 8});
  CHECK(bincount(tensor({1, 1}), tensor({2, 3})).to_vector<double>() == std::vector<double>{0, 5});
}

TEST_CASE("a tensor of rank 0 is an axis of one element, as in PyTorch") {
  using Function = std::function<ValuesAndIndices(const Tensor&, std::int64_t)>;
  const std::vector<std::pair<const char*, Function>> functions{
      {"sort", [](const Tensor& x, std::int64_t axis) { return sort(x, axis, true); }},
      {"topk", [](const Tensor& x, std::int64_t axis) { return topk(x, 1, axis); }},
      {"kthvalue", [](const Tensor& x, std::int64_t axis) { return kthvalue(x, 1, axis, true); }},
      {"mode", [](const Tensor& x, std::int64_t axis) { return mode(x, axis); }},
      {"cummax", cummax},
      {"cummin", cummin},
      {"max_with_indices", [](const Tensor& x, std::int64_t axis) { return max_with_indices(x, axis); }},
      {"min_with_indices",
       [](const Tensor& x, std::int64_t axis) { return min_with_indices(x, axis, true); }},
      {"median", [](const Tensor& x, std::int64_t axis) { return median(x, axis); }},
      {"argsort",
       [](const Tensor& x, std::int64_t axis) {
         return ValuesAndIndices{x, argsort(x, axis)};
       }},
      {"argmin",
       [](const Tensor& x, std::int64_t axis) {
         return ValuesAndIndices{x, argmin(x, axis, true)};
       }},
      {"argmax",
       [](const Tensor& x, std::int64_t axis) {
         return ValuesAndIndices{x, argmax(x, axis)};
       }},
      {"sum",
       [](const Tensor& x, std::int64_t axis) {
         return ValuesAndIndices{sum(x, axis, true), argmax(x)};
       }},
      {"quantile",
       [](const Tensor& x, std::int64_t axis) {
         return ValuesAndIndices{quantile(x, 0.5, axis), argmax(x)};
       }},
      {"cumsum",
       [](const Tensor& x, std::int64_t axis) {
         return ValuesAndIndices{cumsum(x, axis), argmax(x)};
       }},
      {"cumprod",
       [](const Tensor& x, std::int64_t axis) {
         return ValuesAndIndices{cumprod(x, axis), argmax(x)};
       }},
      {"logcumsumexp", [](const Tensor& x, std::int64_t axis) {
         return ValuesAndIndices{logcumsumexp(x, axis), argmax(x)};
       }}};
  for (const auto& [name, function] : functions)
    for (const std::int64_t axis : {0, -1}) {
      INFO(name << " along axis " << axis);
      const Tensor x = scalar(3).set_requires_grad();
      const auto [values, indices] = function(x, axis);
      CHECK(values.shape() == Shape());
      CHECK(values.item<float>() == 3);
      CHECK(indices.shape() == Shape());
      CHECK(indices.item<std::int64_t>() == 0);
      CHECK(grad({values}, {x})[0].item<float>() == 1);
      for (const std::int64_t wrong : {1, -2}) CHECK_THROWS_AS(function(x, wrong), IndexError);
    }
  CHECK(topk(scalar(3), 1, 0, false).values.item<float>() == 3);
  CHECK(softmax(scalar(3), 0).item<float>() == 1);
  CHECK(log_softmax(scalar(3), -1).item<float>() == 0);
  CHECK_THROWS_AS(sum(scalar(3), {0, -1}), ValueError);
}

TEST_CASE("sorting and searching say what does not fit") {
  const Tensor x = zeros({2, 3}), list = tensor({1, 2});
  const Tensor huge = expand(zeros(1), {std::int64_t{1} << 33});
  constexpr std::int64_t least = std::numeric_limits<std::int64_t>::min(),
                         most = std::numeric_limits<std::int64_t>::max();
  CHECK_THROWS_WITH(sort(huge), "sort: expected at most 4294967294 elements along the axis, got 8589934592");
  CHECK_THROWS_AS(unique(Tensor()), ValueError);
  CHECK_THROWS_AS(sort(x, 2), IndexError);
  CHECK_THROWS_WITH(argsort(scalar(1), 1), ContainsSubstring("argsort: axis 1 is out of range"));
  CHECK_THROWS_WITH(topk(scalar(1), 2), "topk: expected k from 1 to the extent 1 of the axis, got 2");
  CHECK_THROWS_AS(kthvalue(scalar(1), 0), ValueError);
  CHECK_THROWS_WITH(topk(x, 4), "topk: expected k from 0 to the extent 3 of the axis, got 4");
  CHECK_THROWS_AS(topk(x, least), ValueError);
  CHECK_THROWS_WITH(kthvalue(x, 0, 0), "kthvalue: expected k from 1 to the extent 2 of the axis, got 0");
  CHECK_THROWS_AS(kthvalue(x, most), ValueError);
  CHECK_THROWS_WITH(mode(zeros({3, 0})), "mode: the axis of shape [3, 0] is empty, so there is no mode");
  CHECK_THROWS_AS(searchsorted(x, zeros({3, 2})), ShapeError);
  CHECK_THROWS_WITH(
      searchsorted(x, zeros(2)),
      "searchsorted: expected one sorted row, or one for each row of the values, got shapes [2, 3] and [2]");
  CHECK_THROWS_AS(searchsorted(scalar(1), x), ShapeError);
  CHECK_THROWS_AS(searchsorted(zeros(3), list), DTypeError);
  CHECK_THROWS_AS(searchsorted(Tensor(), x), ValueError);
  CHECK_THROWS_WITH(bincount(x), "bincount: expected integers, got float32");
  CHECK_THROWS_AS(bincount(list > 0), DTypeError);
  CHECK_THROWS_WITH(bincount(zeros({2, 1}, int64)), "bincount: expected rank 1, got shape [2, 1]");
  CHECK_THROWS_WITH(bincount(tensor({2, -1})), "bincount: expected numbers from 0 on, got -1");
  CHECK_THROWS_AS(bincount(tensor({most})), ValueError);
  CHECK_THROWS_WITH(bincount(list, {}, -1), "bincount: expected a minlength of at least 0, got -1");
  CHECK_THROWS_AS(bincount(list, zeros(3)), ShapeError);
  CHECK_THROWS_AS(bincount(list, {}, most), Error);
  CHECK_THROWS_WITH(histogram(x, 0), "histogram: expected a number of bins from 1 to 2^40, got 0");
  CHECK_THROWS_AS(histc(x, most), ValueError);
  CHECK_THROWS_AS(histogram(list, 3), DTypeError);
  CHECK_THROWS_WITH(histogram(x, 2, 1, 0), "histogram: expected finite edges low < high, got 1 and 0");
  CHECK_THROWS_AS(histogram(tensor({1., NAN}), 2), ValueError);
  CHECK_THROWS_AS(histogram(x, 2, NAN, NAN), ValueError);
  CHECK_THROWS_AS(histogram(x, 2, 0, INFINITY), ValueError);
  CHECK_THROWS_AS(histogram(x, 2, 1, 1 + 1e-12), ValueError);
}
