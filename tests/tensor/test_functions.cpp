// Accuracy of the element-wise functions, in units in the last place (ulp), against long double.
// Samples as a rule; `test_tensor "[.all]"` measures many more and prints the table of
// docs/performance.md.
#include <cmath>
#include <cstring>
#include <limits>

#include <catch.h>
#include <fmt/format.h>

#include <taper/tensor/create.h>
#include <taper/tensor/elementwise.h>
#include <taper/tensor/parallel.h>

using namespace taper;
using compute::Unary;

namespace {

long double sigmoid(long double x) { return 1 / (1 + std::exp(-x)); }
long double softplus(long double x) { return std::fmax(x, 0.0L) + std::log1p(std::exp(-std::fabs(x))); }
long double silu(long double x) { return std::isinf(x) && x < 0 ? -0.0L : x * sigmoid(x); }
long double normal_cdf(long double x) { return std::erfc(-x / std::sqrt(2.0L)) / 2; }
long double gelu(long double x) { return std::isinf(x) && x < 0 ? -0.0L : x * normal_cdf(x); }
long double negate(long double x) { return -x; }
long double round_to_even(long double x) { return std::nearbyint(x); }

struct Entry {
  const char* name;
  Unary op;
  long double (*exact)(long double);
  double float_bound, double_bound;  // in ulp
  /// Errors count in ulp of the result, or of this where it is larger: denormal numbers, which are
  /// multiplied, have few digits.
  double scale = 0;
};
const Entry entries[] = {{"exp", Unary::exp, std::exp, 1, 1},
                         {"expm1", Unary::expm1, std::expm1, 1.5, 2},
                         {"log", Unary::log, std::log, 1, 1},
                         {"log1p", Unary::log1p, std::log1p, 1.5, 2},
                         {"sin", Unary::sin, std::sin, 2.5, 2},
                         {"cos", Unary::cos, std::cos, 2.5, 2},
                         {"tanh", Unary::tanh, std::tanh, 2.5, 3},
                         {"erf", Unary::erf, std::erf, 1.5, 1.5},
                         {"sigmoid", Unary::sigmoid, sigmoid, 2.5, 2.5},
                         {"softplus", Unary::softplus, softplus, 2, 2},
                         {"silu", Unary::silu, silu, 3, 3.5, 1e-36},
                         {"normal_cdf", Unary::normal_cdf, normal_cdf, 7.5, 7.5, 1e-36},
                         {"gelu", Unary::gelu, gelu, 7.5, 7.5, 1e-36},
                         {"negate", Unary::negate, negate, 0, 0},
                         {"floor", Unary::floor, std::floor, 0, 0},
                         {"ceil", Unary::ceil, std::ceil, 0, 0},
                         {"round", Unary::round, round_to_even, 0, 0}};

/// The error of `value` in ulp; infinite where a zero has the wrong sign, or where only one is NaN.
template <class T>
double error(T value, long double exact, double scale) {
  const T nearest = static_cast<T>(exact);
  if (std::isnan(exact)) return std::isnan(value) ? 0 : INFINITY;
  if (value == nearest) return std::signbit(value) == std::signbit(nearest) ? 0 : INFINITY;
  if (std::isinf(value) && std::fabs(exact) > std::numeric_limits<T>::max()) return 0;
  int exponent = 0;
  std::frexp(std::fmax(std::fabs(exact), static_cast<long double>(scale)), &exponent);
  const int last = std::max(exponent, std::numeric_limits<T>::min_exponent) - std::numeric_limits<T>::digits;
  const auto ulps = static_cast<double>(std::ldexp(std::fabs(value - exact), -last));
  return std::isnan(ulps) ? INFINITY : ulps;
}

template <class T>
struct Worst {
  double ulps = 0;
  T at = 0, value = 0;
  void take(const Worst& other) {
    if (other.ulps > ulps) *this = other;
  }
};

template <class T>
Worst<T> measure(const Entry& entry, const std::vector<T>& inputs) {
  const auto count = static_cast<std::int64_t>(inputs.size());
  const Tensor y = compute::unary(entry.name, entry.op, from_data(inputs, {count}));
  const T* const values = y.data<T>();
  std::vector<Worst<T>> chunks(16);
  parallel_for(16, [&](std::int64_t chunk) {
    for (std::int64_t i = count * chunk / 16; i < count * (chunk + 1) / 16; ++i) {
      const T in = inputs[static_cast<std::size_t>(i)];
      chunks[static_cast<std::size_t>(chunk)].take(
          {error<T>(values[i], entry.exact(in), entry.scale), in, values[i]});
    }
  });
  Worst<T> worst;
  for (const Worst<T>& each : chunks) worst.take(each);
  return worst;
}

/// Over every step-th float32.
Worst<float> worst_float(const Entry& entry, std::uint64_t step) {
  Worst<float> worst;
  std::vector<float> inputs;
  for (std::uint64_t bits = 0; bits < std::uint64_t{1} << 32; bits += step) {
    const auto word = static_cast<std::uint32_t>(bits);
    float x;
    std::memcpy(&x, &word, sizeof(x));
    inputs.push_back(x);
    if (inputs.size() < 1 << 20 && bits + step < std::uint64_t{1} << 32) continue;
    worst.take(measure(entry, inputs));
    inputs.clear();
  }
  return worst;
}

/// Over all exponents, and closely where the functions are curved.
Worst<double> worst_double(const Entry& entry, int count) {
  std::vector<double> inputs;
  std::uint64_t word = 0;
  for (int i = 0; i < count; ++i) {
    word += 0x9E3779B97F4A7C15;
    double x;
    std::memcpy(&x, &word, sizeof(x));
    inputs.push_back(x);
    for (const double scale : {0x1p-60, 0x1p-63, 0x1p-53})
      inputs.push_back(static_cast<double>(static_cast<std::int64_t>(word)) * scale);
  }
  return measure(entry, inputs);
}

}  // namespace

TEST_CASE("element-wise functions are exact to the last digits") {
  for (const Entry& entry : entries) {
    const Worst<float> single = worst_float(entry, 524287);
    INFO(entry.name << " of " << single.at << " gave " << single.value);
    CHECK(single.ulps <= entry.float_bound);
    const Worst<double> twice = worst_double(entry, 2048);
    INFO(entry.name << " of " << twice.at << " gave " << twice.value);
    CHECK(twice.ulps <= entry.double_bound);
  }
}

TEST_CASE("the table: functions at every 127th float32", "[.all]") {
  for (const Entry& entry : entries) {
    const Worst<float> single = worst_float(entry, 127);
    const Worst<double> twice = worst_double(entry, 1 << 20);
    fmt::print("| {} | {:.3f} | {:.3f} | at {:.9g} and {:.17g}\n", entry.name, single.ulps, twice.ulps,
               single.at, twice.at);
    CHECK(single.ulps <= entry.float_bound);
    CHECK(twice.ulps <= entry.double_bound);
  }
}

TEST_CASE("element-wise functions at their special values") {
  const double infinity = std::numeric_limits<double>::infinity(),
               nan = std::numeric_limits<double>::quiet_NaN();
  for (const DType dtype : {float32, float64})
    for (const Entry& entry : entries)
      for (const double at : {0.0, -0.0, 0.25, -0.25, 1.0, -1.0, infinity, -infinity, nan}) {
        const double value =
            compute::cast(compute::unary("test", entry.op, full({1}, at, dtype)), float64).item<double>();
        INFO(entry.name << " of " << at << " gave " << value);
        const long double exact = entry.exact(at);
        CHECK((std::isnan(exact) ? std::isnan(value) : std::abs(value - exact) < 1e-6 || value == exact));
        if (exact == 0) CHECK((value == 0 && std::signbit(value) == std::signbit(exact)));
      }
}
