// Arguments that make no sense: undefined tensors, extreme integers.
#include <algorithm>
#include <functional>
#include <limits>
#include <set>

#include <catch.h>
#include <errors.h>

#include "cases.h"
#include <taper/autograd/autograd.h>
#include <taper/tensor/create.h>
#include <taper/tensor/elementwise.h>
#include <taper/tensor/error.h>
#include <taper/tensor/memory.h>
#include <taper/tensor/parallel.h>
#include <taper/tensor/random.h>

using namespace taper;

namespace {

// What error messages call an operation.
std::vector<std::string> names_of(const Row& row) {
  if (row.name == "operator+") return {"add"};
  if (row.name == "operator-") return {"subtract", "negate"};
  if (row.name == "operator*") return {"multiply"};
  if (row.name == "operator/") return {"divide"};
  if (row.name.starts_with("operator")) return {row.name.substr(8)};
  return {row.name};
}

// Whether argument i may be left out.
bool is_optional(const Row& row, std::size_t i) {
  static const std::set<std::pair<std::string, std::size_t>> optional = {{"linear", 2},
                                                                         {"bincount", 1},
                                                                         {"bilinear", 3},
                                                                         {"embedding_bag", 1},
                                                                         {"scaled_dot_product_attention", 3}};
  const std::string& name = row.name;
  const bool recurrent = name.starts_with("rnn") || name.starts_with("lstm") || name.starts_with("gru");
  return optional.count({name, i}) == 1 || (name.starts_with("conv") && i == 2) || (recurrent && i > 0) ||
         (name.ends_with("_norm") && name != "weight_norm" && i > 0);
}

bool begins_with(const std::string& text, const std::string& start) { return text.rfind(start, 0) == 0; }

void check_names(const std::string& name, const std::string& message) {
  INFO(name << " says: " << message);
  CHECK(begins_with(message, name + ": "));
  CHECK(message.find("undefined") != std::string::npos);
}

}  // namespace

TEST_CASE("operations on an undefined tensor name themselves") {
  std::set<std::string> seen;
  for (const Row& row : all_rows()) {
    if (row.name == "expand" || row.name == "contiguous") continue;  // these rows do other things first
    if (row.name.find("::") != std::string::npos) continue;          // of a class: see test_distributions.cpp
    for (std::size_t i = 0; i < row.arguments.size(); ++i) {
      std::vector<Tensor> inputs;
      for (const Argument& argument : row.arguments)
        inputs.push_back(full(argument.shape, (argument.low + argument.high) / 2, argument.dtype));
      inputs[i] = Tensor();
      const std::string message = message_of([&] { row.function(inputs); });
      if (is_optional(row, i) && message.empty()) continue;
      if (row.name == "conv2d" && begins_with(message, "matmul: ")) continue;  // which made its operands
      INFO(row.name << ", argument " << i << ", says: " << message);
      bool named = false;
      for (const std::string& name : names_of(row)) named = named || begins_with(message, name + ": ");
      CHECK(named);
      seen.insert(row.name);
    }
  }
  CHECK(seen.size() > 50);
}

TEST_CASE("functions without a row name themselves on an undefined tensor") {
  const Tensor none, x = zeros({2}), labels = zeros({2}, int64), mask = zeros({2}, boolean);
  const std::pair<const char*, std::function<void()>> calls[] = {
      {"==", [&] { return none == x; }},
      {"!=", [&] { return x != none; }},
      {"<", [&] { return none < 1; }},
      {"<=", [&] { return 1 <= none; }},
      {">", [&] { return none > none; }},
      {">=", [&] { return x >= none; }},
      {"&", [&] { return mask & none; }},
      {"|", [&] { return none | mask; }},
      {"!", [&] { return !none; }},
      {"argmax", [&] { argmax(none, 0); }},
      {"argmin", [&] { argmin(none, 0); }},
      {"one_hot", [&] { one_hot(none, 3); }},
      {"zeros_like", [&] { zeros_like(none); }},
      {"ones_like", [&] { ones_like(none); }},
      {"full_like", [&] { full_like(none, 2); }},
      {"cross_entropy", [&] { cross_entropy(none, labels); }},
      {"cross_entropy",
       [&] {
         cross_entropy(zeros({2, 2}), none);
       }},
      {"nll_loss",
       [&] {
         nll_loss(zeros({2, 2}), none);
       }},
      {"concat",
       [&] {
         concat({x, none});
       }},
      {"stack",
       [&] {
         stack({none, x});
       }},
      {"index_select", [&] { index_select(x, 0, none); }},
      {"gather", [&] { gather(x, 0, none); }},
      {"scatter", [&] { scatter(x, 0, none, x); }},
      {"scatter", [&] { scatter(x, 0, labels, none); }},
      {"scatter", [&] { scatter(none, 0, labels, x); }},
      {"index", [&] { none(1); }},
      {"index", [&] { x(none); }},
      {"assign", [&] { assign(none, {0}, 1); }},
      {"assign", [&] { assign(x, {0}, none); }},
      {"where", [&] { where(none, x, x); }},
      {"expand", [&] { expand(none, {2}); }},
      {"contiguous", [&] { contiguous(none); }},
      {"custom", [&] { record("custom", zeros({2}), {none}, [](const Tensor& g) { return g; }); }},
  };
  for (const auto& [name, call] : calls) check_names(name, message_of(call));
}

TEST_CASE("methods and the graph's functions name themselves on an undefined tensor") {
  Tensor none;
  Tensor x = ones({2}, float64).set_requires_grad();
  const auto sum_of = [](const std::vector<Tensor>& in) { return sum(in[0]); };
  const auto nothing = [](const std::vector<Tensor>&) { return Tensor(); };
  const std::pair<const char*, std::function<void()>> calls[] = {
      {"shape", [&] { none.shape(); }},
      {"size", [&] { none.size(0); }},
      {"strides", [&] { none.strides(); }},
      {"layout", [&] { none.layout(); }},
      {"rank", [&] { none.rank(); }},
      {"numel", [&] { none.numel(); }},
      {"dtype", [&] { none.dtype(); }},
      {"is_contiguous", [&] { none.is_contiguous(); }},
      {"item", [&] { none.item<float>(); }},
      {"to_vector", [&] { none.to_vector<float>(); }},
      {"data", [&] { none.data<float>(); }},
      {"mutable_data", [&] { none.mutable_data<float>(); }},
      {"requires_grad", [&] { none.requires_grad(); }},
      {"set_requires_grad", [&] { none.set_requires_grad(); }},
      {"set_requires_grad", [&] { none.set_requires_grad(false); }},
      {"is_leaf", [&] { none.is_leaf(); }},
      {"grad", [&] { none.grad(); }},
      {"set_grad", [&] { none.set_grad(x.detach()); }},
      {"retain_grad", [&] { none.retain_grad(); }},
      {"backward", [&] { none.backward(); }},
      {"detach", [&] { none.detach(); }},
      {"operation", [&] { none.operation(); }},
      {"alias", [&] { none.alias(Layout()); }},
      {"raw", [&] { none.raw(); }},
      {"mutable_raw", [&] { none.mutable_raw(); }},
      {"value", [&] { none.value(); }},
      {"is_sole_owner", [&] { none.is_sole_owner(); }},
      {"grad", [&] { grad({none}, {x}); }},
      {"grad",
       [&] {
         grad({sum(x)}, {x, none});
       }},
      {"register_hook", [&] { register_hook(none, [](const Tensor& g) { return g; }); }},
      {"remove_hook", [&] { remove_hook(none, 1); }},
      {"to_dot", [&] { to_dot(none); }},
      {"gradcheck",
       [&] {
         gradcheck(sum_of, {x, none});
       }},
      {"gradcheck", [&] { gradcheck(nothing, {x}); }},
      {"gradgradcheck", [&] { gradgradcheck(sum_of, {none}); }},
      {"gradgradcheck", [&] { gradgradcheck(nothing, {x}); }},
  };
  for (const auto& [name, call] : calls) check_names(name, message_of(call));
  CHECK(to_string(none) == "undefined");
}

TEST_CASE("operations refuse numbers of 16 bits, but those that only move elements") {
  for (const DType dtype : {float16, bfloat16}) {
    std::set<std::string> accepted;
    for (const Row& row : all_rows()) {
      std::vector<Tensor> inputs;
      bool any = false;
      for (const Argument& argument : row.arguments) {
        const bool floating = is_floating(argument.dtype);
        inputs.push_back(zeros(argument.shape, floating ? dtype : argument.dtype));
        any = any || floating;
      }
      if (!any) continue;
      INFO(row.name);
      try {
        const Tensor result = row.function(inputs);
        accepted.insert(row.name);
        CHECK((result.dtype() == dtype || row.name == "to"));
      } catch (const DTypeError& error) {
        CHECK_THAT(error.what(), ContainsSubstring(std::string(name(dtype))));
      }
    }
    CHECK(accepted == std::set<std::string>{"broadcast_tensors",
                                            "channel_shuffle",
                                            "chunk",
                                            "clone",
                                            "concat",
                                            "contiguous",
                                            "diag",
                                            "diag_embed",
                                            "diagonal",
                                            "diagonal_scatter",
                                            "diff",
                                            "expand",
                                            "flatten",
                                            "flip",
                                            "gather",
                                            "hstack",
                                            "index",
                                            "index_copy",
                                            "index_fill",
                                            "index_put",
                                            "index_select",
                                            "interpolate",
                                            "masked_fill",
                                            "masked_scatter",
                                            "masked_select",
                                            "meshgrid",
                                            "movedim",
                                            "narrow",
                                            "pad",
                                            "permute",
                                            "pixel_shuffle",
                                            "pixel_unshuffle",
                                            "repeat_interleave",
                                            "reshape",
                                            "roll",
                                            "scatter",
                                            "select",
                                            "select_scatter",
                                            "slice",
                                            "slice_scatter",
                                            "split",
                                            "squeeze",
                                            "stack",
                                            "sum_to",
                                            "take",
                                            "take_along_dim",
                                            "tile",
                                            "to",
                                            "transpose",
                                            "tril",
                                            "triu",
                                            "unbind",
                                            "unflatten",
                                            "unfold",
                                            "unfold2d",
                                            "unsqueeze",
                                            "vstack",
                                            "where"});
  }
}

TEST_CASE("extreme integers are refused or clamped") {
  constexpr std::int64_t least = std::numeric_limits<std::int64_t>::min(),
                         most = std::numeric_limits<std::int64_t>::max();
  const Tensor x = zeros({2, 3}), labels = zeros({2}, int64);
  const auto extreme_labels = from_data({least, most}, {2});
  for (const std::int64_t n : {least, least + 1, most - 1, most}) {
    INFO(n);
    CHECK_THROWS_AS(one_hot(labels, n), Error);
    CHECK_THROWS_WITH(one_hot(extreme_labels, least), ContainsSubstring("one_hot: "));
    CHECK_THROWS_AS(scatter(x, n, zeros({2, 1}, int64), zeros({2, 1})), IndexError);
    CHECK_THROWS_AS(x(n), IndexError);
    CHECK_THROWS_AS(x(labels, n), IndexError);
    CHECK(x(Slice(n, n)).numel() == 0);
    CHECK(x(Slice(None, None, n)).shape() == Shape{1, 3});
    CHECK(x(Slice(n, None, -1), Slice(None, n, -2)).rank() == 2);
    CHECK_THROWS_AS(take(x, tensor({n})), IndexError);
    CHECK_THROWS_AS(gather(x, 1, from_data<std::int64_t>({least, least}, {2, 1})), IndexError);
    CHECK_THROWS_AS(index_select(x, n, labels), IndexError);
    CHECK_THROWS_AS(x[n], IndexError);
    CHECK_THROWS_AS(narrow(x, 1, n, 1), IndexError);
    CHECK_THROWS_AS(narrow(x, 1, 1, n), IndexError);
    CHECK_THROWS_AS(movedim(x, n, 0), IndexError);
    CHECK_THROWS_AS(unflatten(x, 1, {n, 3}), ShapeError);
    CHECK_THROWS_AS(split(x, std::vector<std::int64_t>{1, n}), ValueError);
    CHECK_THROWS_AS(tile(x, {n, n}), Error);
    CHECK_THROWS_AS(repeat_interleave(x, n, 0), Error);
    CHECK_THROWS_AS(pad(x, {{n, n}}), ValueError);
    CHECK_THROWS_AS(diag_embed(x, n), Error);
    CHECK(roll(x, n, 1).numel() == 6);
    CHECK(diagonal(x, n).numel() == 0);
    CHECK(sum(triu(x, n)).item<float>() == 0);
    CHECK_THROWS_AS(select(x, 0, n), IndexError);
    CHECK_THROWS_AS(select(x, n, 0), IndexError);
    CHECK(slice(x, 1, n).size(1) == (n < 0 ? 3 : 0));
    CHECK(slice(x, 1, 0, n).size(1) == (n < 0 ? 0 : 3));
    CHECK_THROWS_AS(slice(x, n, 0), IndexError);
    if (n > 0)
      CHECK(slice(x, 1, 0, most, n).size(1) == 1);
    else
      CHECK_THROWS_AS(slice(x, 1, 0, most, n), ValueError);
    CHECK_THROWS_AS(reshape(x, {n, 2}), ShapeError);
    CHECK_THROWS_AS(reshape(x, {-1, n}), ShapeError);
    CHECK_THROWS_AS(expand(x, {n, 2, 3}), ShapeError);
    CHECK_THROWS_AS(flatten(x, n), IndexError);
    CHECK_THROWS_AS(transpose(x, n, 0), IndexError);
    CHECK_THROWS_AS(permute(x, {0, n}), IndexError);
    CHECK_THROWS_AS(squeeze(x, n), IndexError);
    CHECK_THROWS_AS(unsqueeze(x, n), IndexError);
    CHECK_THROWS_AS(concat({x, x}, n), IndexError);
    CHECK_THROWS_AS(stack({x, x}, n), IndexError);
    CHECK_THROWS_AS(sum(x, {n}), IndexError);
    CHECK_THROWS_AS(sum_to(x, {n}), ShapeError);
    CHECK_THROWS_AS(argmax(x, n), IndexError);
    CHECK_THROWS_AS(softmax(x, n), IndexError);
    CHECK_THROWS_AS(layer_norm(x, {n}), ShapeError);
    CHECK_THROWS_AS(cross_entropy(x, extreme_labels, {.ignore_index = n}), IndexError);
    CHECK_THROWS_AS(zeros({n, 2}), ShapeError);
    if (n > 0) CHECK_THROWS_AS(eye(n), ShapeError);
    CHECK_THROWS_AS(linspace(0, 1, n), Error);
    CHECK_THROWS_AS(x.size(n), IndexError);
    const Tensor image = zeros({1, 2, 4, 4});
    for (const Pool2dOptions& options :
         {Pool2dOptions{.kernel_size = n}, Pool2dOptions{.stride = n}, Pool2dOptions{.padding = n}}) {
      CHECK_THROWS_AS(max_pool2d(image, options), Error);
      CHECK_THROWS_AS(avg_pool2d(image, options), Error);
    }
  }
  // Repeated elements take no memory, but their number has to fit.
  const std::vector<Tensor> long_ones(32, expand(zeros({1}), {std::int64_t{1} << 59}));
  CHECK_THROWS_WITH(concat(long_ones), ContainsSubstring("concat: 32 tensors have too many elements"));
  CHECK_THROWS_AS(sum(long_ones[0] + 1), MemoryError);
}

TEST_CASE("results that find no memory have a better name than 'empty'") {
  std::int64_t refused = 0;
  for (const Row& row : all_rows()) {
    std::vector<Tensor> inputs;
    for (const Argument& argument : row.arguments)
      inputs.push_back(full(argument.shape, (argument.low + argument.high) / 2, argument.dtype));
    for (std::uint64_t n = 1; n < 100; ++n) {
      memory::refuse(n);
      const std::string message = message_of([&] { row.function(inputs); });
      memory::refuse(0);
      if (message.empty()) break;
      INFO(row.name << " says: " << message);
      CHECK(!begins_with(message, "empty: "));
      ++refused;
    }
  }
  CHECK(refused > 500);
}

TEST_CASE("operations that run out of memory name themselves, and training goes on") {
  const int threads = num_threads();
  set_num_threads(1);
  const Tensor a = uniform({200, 200}, -1, 1), image = uniform({1, 16, 40, 40}, -1, 1),
               filter = uniform({16, 16, 3, 3}, -1, 1);
  // The result finds room, the kernel's workspace does not.
  const auto without_workspace = [](auto&& function) {
    memory::refuse(2);
    const std::string message = message_of(function);
    memory::refuse(0);
    return message;
  };
  CHECK_THAT(without_workspace([&] { matmul(a, a); }),
             Catch::Matchers::StartsWith("matmul: out of memory for a workspace: "));
  CHECK_THAT(without_workspace([&] { conv2d(image, filter, {}, {.padding = 1}); }),
             Catch::Matchers::StartsWith("conv2d: out of memory for a workspace: "));

  const auto train = [&](bool interrupted) {
    Tensor weight = full({8, 8}, 0.1).set_requires_grad();
    const Tensor x = full({4, 8}, 0.5);
    const auto step = [&](const Tensor& input) {
      sum(square(tanh(matmul(input, weight)) - 1)).backward();
      const NoGrad guard;
      compute::copy(weight, weight - 0.1 * weight.grad());
      weight.set_grad({});
    };
    for (int i = 0; i < 3; ++i) {
      step(x);
      if (!interrupted) continue;
      memory::limit(memory::statistics().bytes_reserved + (1 << 20));
      CHECK_THAT(message_of([&] {
                   step(expand(x, {std::int64_t{1} << 30, 4, 8}));
                 }),
                 Catch::Matchers::EndsWith(
                     ": out of memory: shape [1073741824, 4, 8] of float32 takes 137438953472 bytes"));
      memory::limit(std::numeric_limits<std::uint64_t>::max());
    }
    return weight.detach().to_vector<float>();
  };
  CHECK(train(true) == train(false));
  set_num_threads(threads);
}
