// float16 and bfloat16: conversions against PyTorch, every way of moving elements, printing, and what is
// refused.
#include <cmath>
#include <functional>
#include <limits>
#include <memory>

#include <catch.h>
#include <repository.h>

#include "views.h"
#include <taper/autograd/autograd.h>
#include <taper/io/safetensors.h>
#include <taper/tensor/error.h>
#include <taper/tensor/promotion.h>

using namespace taper;

namespace {

// What a pattern of bits means.
double meaning(unsigned bits, int exponent_bits) {
  const int digits = 15 - exponent_bits, bias = (1 << (exponent_bits - 1)) - 1;
  const int exponent = static_cast<int>(bits >> digits) & ((1 << exponent_bits) - 1);
  const double fraction = std::ldexp(static_cast<double>(bits & ((1u << digits) - 1)), -digits);
  const double magnitude = exponent == (1 << exponent_bits) - 1 ? (fraction == 0 ? INFINITY : NAN)
                           : exponent == 0                      ? std::ldexp(fraction, 1 - bias)
                                                                : std::ldexp(1 + fraction, exponent - bias);
  return bits >> 15 ? -magnitude : magnitude;
}

template <class T>
T from_bits(unsigned bits) {
  T result;
  result.bits = static_cast<std::uint16_t>(bits);
  return result;
}

template <class T>
std::vector<T> all_patterns() {
  std::vector<T> all;
  all.reserve(65536);
  for (unsigned bits = 0; bits < 65536; ++bits) all.push_back(from_bits<T>(bits));
  return all;
}

bool same(double a, double b) {
  return std::isnan(a) ? std::isnan(b) : a == b && std::signbit(a) == std::signbit(b);
}

template <class T>
std::vector<unsigned> bits_of(const Tensor& x) {
  std::vector<unsigned> bits;
  for (const T each : x.to_vector<T>()) bits.push_back(each.bits);
  return bits;
}

template <class T>
bool same_bits(const Tensor& given, const Tensor& wanted) {
  const std::vector<T> a = given.to_vector<T>(), b = wanted.to_vector<T>();
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (std::isnan(static_cast<float>(b[i])) ? std::isnan(static_cast<float>(a[i])) : a[i].bits == b[i].bits)
      continue;
    UNSCOPED_INFO("element " << i << ": " << a[i].bits << ", wanted " << b[i].bits);
    return false;
  }
  return given.shape() == wanted.shape();
}

const std::vector<DType> halves{float16, bfloat16};

Tensor some(DType dtype) { return to(tensor({{0.5, -1., 2.}, {3., 0., -0.25}}), dtype); }

}  // namespace

TEMPLATE_TEST_CASE("every pattern of 16 bits becomes the number that it means, and comes back", "", Float16,
                   BFloat16) {
  const std::vector<TestType> all = all_patterns<TestType>();
  const Tensor x = from_data(all, {256, 256});
  const std::vector<float> floats = to(x, float32).to_vector<float>();
  const std::vector<double> doubles = to(x, float64).to_vector<double>();
  const Tensor turned = to(transpose(x), float32);  // one by one, not in registers
  const std::vector<float> again = transpose(turned).to_vector<float>();
  for (unsigned bits = 0; bits < 65536; ++bits) {
    const double wanted = meaning(bits, TestType::exponent);
    if (same(floats[bits], wanted) && same(doubles[bits], wanted) && same(again[bits], wanted) &&
        same(static_cast<float>(all[bits]), wanted))
      continue;
    FAIL(bits << " is " << floats[bits] << ", wanted " << wanted);
  }
  for (const DType dtype : {float32, float64}) CHECK(same_bits<TestType>(to(to(x, dtype), x.dtype()), x));
  CHECK(TestType(1.5f).bits == bits_of<TestType>(full({1}, 1.5, x.dtype()))[0]);
}

TEST_CASE("numbers become float16 and bfloat16 as in PyTorch") {
  const io::SafeTensors golden = io::load_safetensors(repository("tests/golden/torch_half.safetensors"));
  int compared = 0;
  for (const auto& [name, wanted] : golden.tensors) {
    const std::size_t from = name.rfind('/', name.rfind("/value") - 1);
    if (!name.ends_with("/value")) continue;
    INFO(name);
    const Tensor& x = golden.at("to" + name.substr(from, name.rfind('/') - from) + "/input");
    CHECK("to/" + std::string(taper::name(wanted.dtype())) == name.substr(0, from));
    const Tensor given = to(x, wanted.dtype());
    CHECK(
        (wanted.dtype() == float16 ? same_bits<Float16>(given, wanted) : same_bits<BFloat16>(given, wanted)));
    ++compared;
  }
  CHECK(compared == 12);
}

TEST_CASE("of two numbers as near the even one is taken, and what is too large becomes infinite") {
  const auto rounded = [](double x, DType dtype) { return to(tensor(x, float64), dtype).item<double>(); };
  CHECK(rounded(2049, float16) == 2048);
  CHECK(rounded(2051, float16) == 2052);
  CHECK(rounded(65519, float16) == 65504);
  CHECK(rounded(65520, float16) == INFINITY);
  CHECK(rounded(-1e300, float16) == -INFINITY);
  CHECK(rounded(0x1p-25, float16) == 0);
  CHECK(rounded(0x1.8p-24, float16) == 0x1p-23);
  CHECK(std::signbit(rounded(-0x1p-30, float16)));
  CHECK(rounded(257, bfloat16) == 256);
  CHECK(rounded(259, bfloat16) == 260);
  CHECK(rounded(3.4e38, bfloat16) == INFINITY);
  CHECK(rounded(0x1p-133, bfloat16) == 0x1p-133);
  CHECK(rounded(0x1p-134, bfloat16) == 0);
  for (const DType dtype : halves) CHECK(std::isnan(rounded(NAN, dtype)));
}

TEST_CASE("float16 and bfloat16 become integers, bools and each other") {
  const Tensor x = to(tensor({-1.75, 300., 0., NAN, INFINITY}), float16);
  CHECK(to(x, uint8).to_vector<std::uint8_t>() == std::vector<std::uint8_t>{0, 255, 0, 0, 255});
  CHECK(to(x, int32).to_vector<std::int32_t>() == std::vector<std::int32_t>{-1, 300, 0, 0, INT32_MAX});
  CHECK(to(x, int64).to_vector<std::int64_t>() == std::vector<std::int64_t>{-1, 300, 0, 0, INT64_MAX});
  CHECK(to(x, boolean).to_vector<bool>() == std::vector<bool>{true, true, false, true, true});
  CHECK(to(to(tensor({300.5, 1e5}), float16), bfloat16).to_vector<BFloat16>()[0].bits == 0x4396);
  CHECK(to(to(tensor({1e5}), bfloat16), float16).item<float>() == INFINITY);
  CHECK(to(tensor({true, false}), bfloat16).to_vector<BFloat16>()[0].bits == 0x3f80);
  CHECK(x[1].item<std::int64_t>() == 300);
  CHECK(x[0].item<Float16>().bits == Float16(-1.75f).bits);
  CHECK(tensor(3).item<BFloat16>().bits == 0x4040);
}

TEST_CASE("views, copies and conversions of every layout move numbers of 16 bits") {
  Random random(3);
  for (int round = 0; round < 300; ++round) {
    const DType dtype = halves[static_cast<std::size_t>(random(0, 1))];
    const Tensor wide = reshape(arange(0., 60.), {3, 4, 5}), narrow = to(wide, dtype);  // exact in both
    Layout layout = wide.layout();
    for (int step = 0; step < 3; ++step) layout = random_step(layout, random);
    const Tensor wanted = wide.alias(layout), given = narrow.alias(layout);
    REQUIRE(to(given, float32).to_vector<float>() == wanted.to_vector<float>());
    REQUIRE(to(contiguous(given), float64).to_vector<double>() == to(wanted, float64).to_vector<double>());
    REQUIRE(to(clone(given), int64).to_vector<std::int64_t>() == to(wanted, int64).to_vector<std::int64_t>());
    REQUIRE(to(to(wanted, dtype), float32).to_vector<float>() == wanted.to_vector<float>());
    Tensor place = zeros(layout.shape, dtype);
    assign(place, given);
    REQUIRE(to(place, float32).to_vector<float>() == wanted.to_vector<float>());
    assign(place, to(wanted, uint8));
    REQUIRE(to(place, float32).to_vector<float>() == wanted.to_vector<float>());
  }
}

TEST_CASE("what only moves elements takes float16 and bfloat16") {
  const Tensor wide = tensor({{0.5, -1., 2.}, {3., 0., -0.25}}), mask = wide > 0;
  const Tensor columns = tensor({2, 0, 2}), index = tensor({{1, 1}, {0, 2}});
  const std::vector<std::pair<const char*, TensorFunction>> moves{
      {"reshape",
       [](const auto& in) {
         return reshape(in[0], {3, 2});
       }},
      {"slice", [](const auto& in) { return slice(in[0], 1, 0, 3, 2); }},
      {"select", [](const auto& in) { return in[0][1]; }},
      {"transpose", [](const auto& in) { return transpose(in[0]); }},
      {"expand",
       [](const auto& in) {
         return contiguous(expand(in[0], {2, 2, 3}));
       }},
      {"flip",
       [](const auto& in) {
         return flip(in[0], {0, 1});
       }},
      {"roll", [](const auto& in) { return roll(in[0], 1, 1); }},
      {"tile",
       [](const auto& in) {
         return tile(in[0], {2, 2});
       }},
      {"pad",
       [](const auto& in) {
         return pad(in[0], {{1, 2}});
       }},
      {"tril", [](const auto& in) { return tril(in[0]); }},
      {"diag_embed", [](const auto& in) { return diag_embed(in[0]); }},
      {"concat",
       [](const auto& in) {
         return concat({in[0], in[0]}, 1);
       }},
      {"stack",
       [](const auto& in) {
         return stack({in[0], in[0]}, -1);
       }},
      {"index_select", [=](const auto& in) { return index_select(in[0], 1, columns); }},
      {"index_copy",
       [=](const auto& in) { return index_copy(in[0], 1, tensor({1}), slice(in[0], 1, 0, 1)); }},
      {"gather", [=](const auto& in) { return gather(in[0], 1, index); }},
      {"take", [=](const auto& in) { return take(in[0], index); }},
      {"scatter", [=](const auto& in) { return scatter(in[0], 1, index, slice(in[0], 1, 1)); }},
      {"where", [=](const auto& in) { return where(mask, in[0], 0.5); }},
      {"masked_fill", [=](const auto& in) { return masked_fill(in[0], mask, -2); }},
      {"masked_select", [=](const auto& in) { return masked_select(in[0], mask); }},
      {"index", [=](const auto& in) { return in[0](Ellipsis, columns); }},
      {"index_put", [=](const auto& in) { return index_put(in[0], {mask}, 1.5); }},
      {"select_scatter", [](const auto& in) { return select_scatter(in[0], in[0][1], 0, 0); }}};
  for (const DType dtype : halves)
    for (const auto& [name, function] : moves) {
      INFO(name << " of " << dtype);
      const Tensor given = function({to(wide, dtype)}), wanted = function({wide});
      CHECK(given.dtype() == dtype);
      CHECK(given.shape() == wanted.shape());
      CHECK(to(given, float32).to_vector<float>() == wanted.to_vector<float>());
    }
}

TEST_CASE("tensors of numbers of 16 bits are made and read") {
  for (const DType dtype : halves) {
    CHECK(size_of(dtype) == 2);
    CHECK(to(zeros({2}, dtype), float32).to_vector<float>() == std::vector<float>{0, 0});
    CHECK(ones({}, dtype).item<double>() == 1);
    CHECK(to(tensor({1.5, 2}, dtype), float32).to_vector<float>() == std::vector<float>{1.5f, 2});
    CHECK(to(arange(0, 3, 1, dtype), int64).to_vector<std::int64_t>() == std::vector<std::int64_t>{0, 1, 2});
    CHECK(to(eye(2, -1, dtype), uint8).to_vector<std::uint8_t>() == std::vector<std::uint8_t>{1, 0, 0, 1});
    CHECK(one_hot(tensor({1}), 2, dtype).dtype() == dtype);
    CHECK(empty_like(zeros({3}, dtype)).dtype() == dtype);
    Tensor x = some(dtype);
    assign(x[0], 7);
    CHECK(to(x[0], float32).to_vector<float>() == std::vector<float>{7, 7, 7});
  }
  const auto numbers = std::make_shared<std::vector<BFloat16>>(4, BFloat16(2.5f));
  const Tensor shared = from_blob(numbers->data(), {2, 2}, numbers);
  CHECK(shared.dtype() == bfloat16);
  CHECK(shared.data<BFloat16>() == numbers->data());
  CHECK(from_data({Float16(0.5f), Float16(-2.f)}, {2})[1].item<float>() == -2);
  CHECK_THROWS_WITH(shared.data<Float16>(),
                    "data: the elements are bfloat16, not float16; convert with to(x, float16)");
  CHECK_THROWS_WITH(shared.to_vector<float>(),
                    "to_vector: the elements are bfloat16, not float32; convert with to(x, float32)");
  CHECK(name(float16) == "float16");
  CHECK(name(bfloat16) == "bfloat16");
}

TEST_CASE("numbers of 16 bits are printed with as many digits as they need") {
  CHECK(to_string(to(tensor({0.1, 3.14159}), float16)) == "[0.10, 3.14]");
  CHECK(to_string(to(tensor({1. / 3, 2. / 3}), float16)) == "[0.3333, 0.6665]");
  CHECK(to_string(to(tensor({1., -2.}), bfloat16)) == "[ 1., -2.]");
  CHECK(to_string(to(tensor({100.3, 0.5}), bfloat16)) == "[100.5,   0.5]");
  CHECK(to_string(full({}, 65504, float16)) == "65500.");
  CHECK(to_string(full({}, 6e-8, float16)) == "6.e-08");
  CHECK(to_string(to(tensor({6e-8, 1.5}), float16)) == "[6.0e-08, 1.5e+00]");
  CHECK(to_string(full({}, 0.00012344, float16)) == "0.0001234");
  CHECK(to_string(full({}, 1e-40, bfloat16)) == "9.e-41");
  CHECK(to_string(to(tensor({NAN, INFINITY, -0.}), float16)) == "[nan, inf, -0.]");
  const auto comes_back = []<class T>(T element) {
    const float value(element);
    const std::string text = to_string(from_data({element}, {}));
    return std::isnan(value) ? text == "nan" : T(std::stof(text)).bits == element.bits;
  };
  for (unsigned bits = 0; bits < 65536; bits += 7) {
    REQUIRE(comes_back(from_bits<Float16>(bits)));
    const BFloat16 other = from_bits<BFloat16>(bits);
    if (std::abs(static_cast<float>(other)) > std::numeric_limits<float>::min()) REQUIRE(comes_back(other));
  }
}

TEST_CASE("nothing is calculated with numbers of 16 bits") {
  using Call = std::function<Tensor(const Tensor&)>;
  const Tensor floats = ones({2, 3}), mask = ones({2, 3}, boolean);
  const std::vector<std::pair<std::string, Call>> calls{
      {"add", [](const Tensor& x) { return x + x; }},
      {"add", [](const Tensor& x) { return x + 1; }},
      {"add", [&](const Tensor& x) { return floats + x; }},
      {"subtract", [&](const Tensor& x) { return x - floats; }},
      {"multiply", [](const Tensor& x) { return 2 * x; }},
      {"divide", [](const Tensor& x) { return x / 2; }},
      {"divide", [](const Tensor& x) { return x / x; }},
      {"negate", [](const Tensor& x) { return -x; }},
      {"+=",
       [](const Tensor& x) {
         Tensor own = clone(x);
         return own += 1;
       }},
      {"pow", [](const Tensor& x) { return pow(x, 2); }},
      {"maximum", [](const Tensor& x) { return maximum(x, 0); }},
      {"floor_divide", [](const Tensor& x) { return floor_divide(x, x); }},
      {"==", [](const Tensor& x) { return x == x; }},
      {"<", [](const Tensor& x) { return x < 0.5; }},
      {"&", [](const Tensor& x) { return x & x; }},
      {"clip", [](const Tensor& x) { return clip(x); }},
      {"exp", [](const Tensor& x) { return exp(x); }},
      {"abs", [](const Tensor& x) { return abs(x); }},
      {"floor", [](const Tensor& x) { return floor(x); }},
      {"tan", [](const Tensor& x) { return tan(x); }},
      {"trunc", [](const Tensor& x) { return trunc(x); }},
      {"polygamma", [](const Tensor& x) { return polygamma(1, x); }},
      {"nan_to_num", [](const Tensor& x) { return nan_to_num(x); }},
      {"isnan", [](const Tensor& x) { return isnan(x); }},
      {"isfinite", [](const Tensor& x) { return isfinite(x); }},
      {"signbit", [](const Tensor& x) { return signbit(x); }},
      {"isclose", [](const Tensor& x) { return isclose(x, x); }},
      {"logical_not", [](const Tensor& x) { return logical_not(x); }},
      {"logical_and", [&](const Tensor& x) { return logical_and(mask, x); }},
      {"relu", [](const Tensor& x) { return relu(x); }},
      {"softmax", [](const Tensor& x) { return softmax(x, 0); }},
      {"sum", [](const Tensor& x) { return sum(x); }},
      {"mean", [](const Tensor& x) { return mean(x); }},
      {"max", [](const Tensor& x) { return max(x, 0); }},
      {"argmin", [](const Tensor& x) { return argmin(x, 0); }},
      {"any", [](const Tensor& x) { return any(x); }},
      {"count_nonzero", [](const Tensor& x) { return count_nonzero(x); }},
      {"nansum", [](const Tensor& x) { return nansum(x); }},
      {"median", [](const Tensor& x) { return median(x); }},
      {"cumsum", [](const Tensor& x) { return cumsum(x, 0); }},
      {"cummax", [](const Tensor& x) { return cummax(x, 0).values; }},
      {"sort", [](const Tensor& x) { return sort(x).values; }},
      {"sort", [](const Tensor& x) { return sort(slice(x, 0, 0, 0)).values; }},
      {"topk", [](const Tensor& x) { return topk(x, 1).values; }},
      {"mode", [](const Tensor& x) { return mode(x).values; }},
      {"unique", [](const Tensor& x) { return unique(x).values; }},
      {"isin", [&](const Tensor& x) { return isin(floats, x); }},
      {"searchsorted", [](const Tensor& x) { return searchsorted(x[0], x[1]); }},
      {"nonzero", [](const Tensor& x) { return nonzero(x); }},
      {"bincount",
       [](const Tensor& x) {
         return bincount(tensor({1, 2, 0}), x[0]);
       }},
      {"matmul", [](const Tensor& x) { return matmul(x, transpose(x)); }},
      {"einsum",
       [](const Tensor& x) {
         return einsum("ij,ij", {x, x});
       }},
      {"index_add", [](const Tensor& x) { return index_add(x, 0, tensor({0}), slice(x, 0, 0, 1)); }},
      {"scatter",
       [](const Tensor& x) {
         return scatter(x, 0, zeros({2, 3}, int64), x, Scatter::maximum);
       }},
      {"scatter",
       [](const Tensor& x) {
         return scatter(x, 0, zeros({2, 3}, int64), x, Scatter::mean);
       }},
      {"index_put", [](const Tensor& x) { return index_put(x, {0}, 1, true); }},
      {"bernoulli", [](const Tensor& x) { return bernoulli({2}, 0.5, x.dtype()); }},
      {"result_type", [](const Tensor& x) { return zeros({}, result_type(x, 1)); }}};
  for (const DType dtype : halves)
    for (const auto& [function, call] : calls) {
      INFO(function);
      CHECK_THROWS_AS(call(some(dtype)), DTypeError);
      CHECK_THROWS_WITH(call(some(dtype)), function + ": " + std::string(name(dtype)) +
                                               " is for storage only; convert with to(x, float32)");
    }
  const Tensor x = some(float16);
  CHECK_THROWS_WITH(uniform({2}, 0, 1, float16), "uniform: expected float32 or float64, got float16");
  CHECK_THROWS_AS(random_integers({2}, 0, 3, bfloat16), DTypeError);
  CHECK_THROWS_WITH(index_select(x, 0, x[0]), "index_select: expected integer indices, got float16");
  CHECK_THROWS_AS(one_hot(x, 3), DTypeError);
  CHECK_THROWS_AS(x(x), DTypeError);
  CHECK_THROWS_AS(where(x, 1, 2), DTypeError);
  CHECK_THROWS_WITH(set_default_dtype(float16),
                    "set_default_dtype: expected float32 or float64, got float16");
  CHECK_THROWS_AS(visit(float16, []<class T>() {}), DTypeError);
}

TEST_CASE("numbers of 16 bits have no gradient, and nobody loses one unawares") {
  Tensor x = some(float16);
  CHECK_THROWS_WITH(x.set_requires_grad(), "set_requires_grad: expected float32 or float64, got float16");
  const Tensor w = ones({2}).set_requires_grad();
  CHECK_THROWS_WITH(to(w, bfloat16),
                    "to: expected a float32 or float64 result, because an input requires a gradient, got "
                    "bfloat16; detach() the inputs");
  CHECK(to(w.detach(), bfloat16).dtype() == bfloat16);
  const NoGrad guard;
  CHECK(to(w, float16).dtype() == float16);
}

TEST_CASE("dtypes of 16 bits are promoted as in PyTorch") {
  CHECK(promote_types(float16, bfloat16) == float32);
  CHECK(promote_types(bfloat16, float32) == float32);
  CHECK(promote_types(float64, float16) == float64);
  CHECK(promote_types(int64, float16) == float16);
  CHECK(promote_types(bfloat16, boolean) == bfloat16);
  CHECK(promote_types(float16, float16) == float16);
  const Tensor joined = concat({some(float16), some(bfloat16)});
  CHECK(joined.dtype() == float32);
  CHECK(joined.to_vector<float>()[7] == -1);
  CHECK(concat({some(float16), ones({1, 3}, uint8)}).dtype() == float16);
}
