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
using compute::Special;
using compute::SpecialPair;
using compute::Unary;

namespace {

long double sigmoid(long double x) { return 1 / (1 + std::exp(-x)); }
long double softplus(long double x) { return std::fmax(x, 0.0L) + std::log1p(std::exp(-std::fabs(x))); }
long double silu(long double x) { return std::isinf(x) && x < 0 ? -0.0L : x * sigmoid(x); }
long double normal_cdf(long double x) { return std::erfc(-x / std::sqrt(2.0L)) / 2; }
long double gelu(long double x) { return std::isinf(x) && x < 0 ? -0.0L : x * normal_cdf(x); }
long double negate(long double x) { return -x; }
long double round_to_even(long double x) { return std::nearbyint(x); }

long double rsqrt(long double x) { return 1 / std::sqrt(x); }
long double logit(long double x) {
  return std::fabs(x - 0.5L) < 0.25L ? std::log1p((2 * x - 1) / (1 - x)) : std::log(x / (1 - x));
}
// Newton's method on erfc, whose digits are not lost near 1.
long double erfinv(long double x) {
  if (x == 0 || std::isnan(x)) return x;
  if (std::fabs(x) >= 1)
    return std::fabs(x) == 1 ? std::copysign(static_cast<long double>(INFINITY), x) : NAN;
  const long double a = std::fabs(x), l = std::log1p(-a * a), t = 4.33L + l / 2;
  long double y = std::sqrt(std::sqrt(t * t - l / 0.147L) - t);
  for (int i = 0; i < 6; ++i) {
    const long double excess = a < 0.5L ? a - std::erf(y) : std::erfc(y) - (1 - a);
    const long double step = excess * 0.886226925452758013649L * std::exp(y * y);
    y += step / (1 - y * step);  // Halley's
  }
  return std::copysign(y, x);
}

template <auto op>
Tensor run(const Tensor& x) {
  return compute::unary("test", op, x);
}

// std::lgamma writes a sign where all threads see it.
long double log_gamma(long double x) {
  int sign = 0;
  return lgammal_r(x, &sign);
}

struct Entry {
  const char* name;
  Tensor (*run)(const Tensor& x);
  long double (*exact)(long double);
  double float_bound, double_bound;  // in ulp
  /// Errors count in ulp of the result, or of this where it is larger: denormal numbers, which are
  /// multiplied, have few digits.
  double scale = 0;
};
const Entry entries[] = {{"exp", run<Unary::exp>, std::exp, 1, 1},
                         {"expm1", run<Unary::expm1>, std::expm1, 1.5, 2},
                         {"log", run<Unary::log>, std::log, 1, 1},
                         {"log1p", run<Unary::log1p>, std::log1p, 1.5, 2},
                         {"sin", run<Unary::sin>, std::sin, 2.5, 2},
                         {"cos", run<Unary::cos>, std::cos, 2.5, 2},
                         {"tanh", run<Unary::tanh>, std::tanh, 2.5, 3},
                         {"erf", run<Unary::erf>, std::erf, 1.5, 1.5},
                         {"sigmoid", run<Unary::sigmoid>, sigmoid, 2.5, 2.5},
                         {"softplus", run<Unary::softplus>, softplus, 2, 2},
                         {"silu", run<Unary::silu>, silu, 3, 3.5, 1e-36},
                         {"normal_cdf", run<Unary::normal_cdf>, normal_cdf, 7.5, 7.5, 1e-36},
                         {"gelu", run<Unary::gelu>, gelu, 7.5, 7.5, 1e-36},
                         {"negate", run<Unary::negate>, negate, 0, 0},
                         {"floor", run<Unary::floor>, std::floor, 0, 0},
                         {"ceil", run<Unary::ceil>, std::ceil, 0, 0},
                         {"round", run<Unary::round>, round_to_even, 0, 0},
                         {"trunc", run<Special::trunc>, std::trunc, 0, 0},
                         {"exp2", run<Special::exp2>, std::exp2, 1.1, 1.1},
                         {"log2", run<Special::log2>, std::log2, 2.2, 2.2},
                         {"log10", run<Special::log10>, std::log10, 2, 2},
                         {"logit", run<Special::logit>, logit, 3, 3},
                         {"rsqrt", run<Special::rsqrt>, rsqrt, 1.6, 1.6},
                         {"cbrt", run<Special::cbrt>, std::cbrt, 1, 1},
                         {"tan", run<Special::tan>, std::tan, 4, 4},
                         {"asin", run<Special::asin>, std::asin, 1.8, 1.8},
                         {"acos", run<Special::acos>, std::acos, 1.3, 1.3},
                         {"atan", run<Special::atan>, std::atan, 2.1, 2.1},
                         {"sinh", run<Special::sinh>, std::sinh, 2.7, 2.7},
                         {"cosh", run<Special::cosh>, std::cosh, 1.7, 1.7},
                         {"asinh", run<Special::asinh>, std::asinh, 2, 2},
                         {"acosh", run<Special::acosh>, std::acosh, 2.4, 2.4},
                         {"atanh", run<Special::atanh>, std::atanh, 2.3, 2.3},
                         {"erfc", run<Special::erfc>, std::erfc, 6, 6, 1e-36},
                         {"erfinv", run<Special::erfinv>, erfinv, 3.5, 3.5},
                         {"lgamma", run<Special::lgamma>, log_gamma, 1, 20, 1}};

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
  const Tensor y = entry.run(from_data(inputs, {count}));
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
        const double value = compute::cast(entry.run(full({1}, at, dtype)), float64).item<double>();
        INFO(entry.name << " of " << at << " gave " << value);
        const long double exact = entry.exact(at);
        CHECK((std::isnan(exact) ? std::isnan(value) : std::abs(value - exact) < 1e-6 || value == exact));
        if (exact == 0) CHECK((value == 0 && std::signbit(value) == std::signbit(exact)));
      }
}

namespace {

struct PairEntry {
  const char* name;
  SpecialPair op;
  long double (*exact)(long double, long double);
  double bound;
  double low = -3, high = 3;
};
long double logaddexp(long double a, long double b) {
  return std::fmax(a, b) + std::log1p(std::exp(-std::fabs(a - b)));
}
const PairEntry pair_entries[] = {{"atan2", SpecialPair::atan2, std::atan2, 4},
                                  {"hypot", SpecialPair::hypot, std::hypot, 1.5},
                                  {"logaddexp", SpecialPair::logaddexp, logaddexp, 4, 0, 3},
                                  {"copysign", SpecialPair::copysign, std::copysign, 0},
                                  {"fmod", SpecialPair::fmod, std::fmod, 0},
                                  {"fmax", SpecialPair::fmax, std::fmax, 0},
                                  {"fmin", SpecialPair::fmin, std::fmin, 0}};

/// Over powers of ten between low and high, of both signs.
template <class T>
double worst_pair(const PairEntry& entry) {
  const std::int64_t count = 20'000;
  std::vector<T> a, b;
  for (std::int64_t i = 0; i < count; ++i)
    for (std::vector<T>* const x : {&a, &b}) {
      const double place = std::fmod(static_cast<double>(i + 1) * (x == &a ? 0.6180339887 : 0.7548776662), 1);
      const double size = std::pow(10, entry.low + (entry.high - entry.low) * place);
      x->push_back(static_cast<T>((i >> (x == &a)) % 2 == 0 ? size : -size));
    }
  const Tensor y = compute::binary(entry.name, entry.op, from_data(a, {count}), from_data(b, {count}));
  double worst = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    worst = std::max(worst, error<T>(y.data<T>()[i], entry.exact(a[i], b[i]), 0));
  return worst;
}

}  // namespace

TEST_CASE("element-wise functions of two operands are exact to the last digits") {
  for (const PairEntry& entry : pair_entries) {
    INFO(entry.name);
    CHECK(worst_pair<float>(entry) <= entry.bound);
    CHECK(worst_pair<double>(entry) <= entry.bound);
  }
}

TEST_CASE("powers of 2 and cubes are exact") {
  for (const DType dtype : {float32, float64}) {
    const double low = dtype == float32 ? -149 : -1074, high = dtype == float32 ? 128 : 1024;
    const Tensor whole = arange(low, high, 1, dtype);
    const Tensor powers = compute::unary("exp2", Special::exp2, whole);
    CHECK(compute::all_true(compute::compare("==", compute::Comparison::equal, whole,
                                             compute::unary("log2", Special::log2, powers))));
    const std::vector<double> found = compute::cast(powers, float64).to_vector<double>();
    for (std::size_t i = 0; i < found.size(); ++i)
      CHECK(found[i] == std::ldexp(1., static_cast<int>(low) + static_cast<int>(i)));
    const Tensor roots = arange(-50, 51, 1, dtype);
    const Tensor cubes = compute::binary("*", compute::Binary::multiply, roots,
                                         compute::unary("square", Unary::square, roots));
    CHECK(compute::all_true(compute::compare("==", compute::Comparison::equal, roots,
                                             compute::unary("cbrt", Special::cbrt, cubes))));
  }
}
