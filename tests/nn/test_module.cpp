// Module: registration, names, state, copies.
#include <optional>

#include <catch.h>

#include <taper/autograd/autograd.h>
#include <taper/nn/nn.h>
#include <taper/tensor/create.h>
#include <taper/tensor/error.h>

using namespace taper;

namespace {

struct Net : nn::Layer<Net> {
  const Tensor scale = parameter("scale", ones({2}));
  const Tensor calls = buffer("calls", zeros({}, int64));
  nn::Linear first = child("first", nn::Linear(3, 4)), second = child("second", nn::Linear(4, 2));
  nn::Dropout drop = child("drop", nn::Dropout(0.5));
  Tensor forward(const Tensor& x) const { return second(drop(relu(first(x)))) * scale; }
};

std::vector<std::string> names(const nn::NamedTensors& tensors) {
  std::vector<std::string> result;
  for (const auto& [name, tensor] : tensors) result.push_back(name);
  return result;
}

using Names = std::vector<std::string>;

Net make_net() {
  std::optional<Net> net(std::in_place);
  return std::move(*net);  // moved out of what is then destroyed
}

struct Open : nn::Module {
  using Module::buffer;
  using Module::child;
  using Module::parameter;
};

}  // namespace

TEST_CASE("a module knows its tensors by name, in order of registration") {
  Net net;
  CHECK(names(net.named_parameters()) ==
        Names{"scale", "first.weight", "first.bias", "second.weight", "second.bias"});
  CHECK(names(net.named_buffers()) == Names{"calls"});
  CHECK(names(net.state_dict()) ==
        Names{"scale", "calls", "first.weight", "first.bias", "second.weight", "second.bias"});
  CHECK(net.parameters().size() == 5);
  CHECK(net.buffers().size() == 1);
  CHECK(net.num_parameters() == 2 + 12 + 4 + 8 + 2);
  CHECK(net.type() == "Net");
  CHECK(net.first.type() == "Linear");
  Names modules, types;
  for (const auto& [name, module] : net.named_modules()) {
    modules.push_back(name);
    types.push_back(module->type());
  }
  CHECK(modules == Names{"", "first", "second", "drop"});
  CHECK(types == Names{"Net", "Linear", "Linear", "Dropout"});
  CHECK(&net.named_parameters()[1].second.value() == &net.first.weight.value());
  for (const Tensor& parameter : net.parameters()) CHECK(parameter.requires_grad());
  for (const auto& [name, tensor] : net.state_dict()) CHECK(!tensor.requires_grad());
}

TEST_CASE("moved and copied modules stay whole and share everything") {
  Net net = make_net();
  const Net copy = net;
  net.eval();
  CHECK(!copy.is_training());
  CHECK(!net.drop.is_training());
  CHECK(!copy.drop.is_training());
  sum(net(ones({2, 3}))).backward();
  CHECK(copy.first.weight.grad().defined());
  std::vector<nn::Linear> layers;
  for (int i = 0; i < 5; ++i) layers.push_back(nn::Linear(1, 1));
  CHECK(layers[0].parameters().size() == 2);
  static_assert(!std::is_copy_assignable_v<Net> && std::is_copy_constructible_v<Net>);
}

TEST_CASE("training and evaluation reach every child") {
  Net net;
  CHECK(net.is_training());
  net.eval();
  CHECK((!net.is_training() && !net.drop.is_training()));
  net.train();
  CHECK((net.is_training() && net.drop.is_training()));
}

TEST_CASE("zero_grad clears and set_requires_grad freezes") {
  Net net;
  sum(net(ones({1, 3}))).backward();
  CHECK(net.second.bias.grad().defined());
  net.zero_grad();
  for (const Tensor& parameter : net.parameters()) CHECK(!parameter.grad().defined());
  net.first.set_requires_grad(false);
  CHECK(!net.first.weight.requires_grad());
  CHECK(net.second.weight.requires_grad());
  net.zero_grad();
  net.set_requires_grad();
  CHECK(net.first.weight.requires_grad());
}

TEST_CASE("to converts what everybody holds, gradients too") {
  Net net;
  const std::vector<Tensor> held = net.parameters();
  const Tensor before = net.first.weight.detach();
  const std::uint64_t count = held.size();
  net.eval();
  sum(net(ones({1, 3}))).backward();
  net.first.set_requires_grad(false);
  net.to(float64);
  CHECK(net.parameters().size() == count);
  CHECK(held[1].dtype() == float64);
  CHECK(net.first.weight.dtype() == float64);
  CHECK(net.first.weight.to_vector<double>() == to(before, float64).to_vector<double>());
  CHECK(!net.first.weight.requires_grad());
  CHECK(net.second.weight.grad().dtype() == float64);
  CHECK(net.calls.dtype() == int64);
  net.zero_grad();
  sum(net(ones({1, 3}, float64))).backward();
  CHECK(held[3].grad().dtype() == float64);
  CHECK_THROWS_AS(net.to(int64), DTypeError);
}

TEST_CASE("a tied parameter counts once, and has both names in the state") {
  struct Tied : nn::Module {
    nn::Linear a = child("a", nn::Linear(2, 2, {.bias = false}));
    nn::Linear b = child("b", a);
  } tied;
  CHECK(names(tied.named_parameters()) == Names{"a.weight"});
  CHECK(tied.num_parameters() == 4);
  CHECK(names(tied.state_dict()) == Names{"a.weight", "b.weight"});
  CHECK(tied.named_modules().size() == 2);
}

TEST_CASE("a state dictionary restores values, in any order") {
  Net from, to;
  nn::NamedTensors state = from.state_dict();
  std::swap(state[0], state[3]);
  const Tensor x = ones({2, 3});
  from.eval();
  to.eval();
  CHECK(from(x).to_vector<float>() != to(x).to_vector<float>());
  const Tensor held = to.first.weight;
  to.load_state_dict(state);
  CHECK(from(x).to_vector<float>() == to(x).to_vector<float>());
  CHECK(held.to_vector<float>() == from.first.weight.to_vector<float>());
  CHECK(held.requires_grad());
}

TEST_CASE("a state dictionary holds tensors of 16 bits") {
  struct Packed : nn::Module {
    const Tensor table = buffer("table", taper::to(tensor({0.5, -1.}), float16));
  };
  const Packed from;
  Packed into;
  Tensor table = from.table;
  assign(table, 2.5);
  into.to(float64);  // of parameters and buffers that are calculated with
  into.load_state_dict(from.state_dict());
  CHECK(into.table.dtype() == float16);
  CHECK(to(into.table, float32).to_vector<float>() == std::vector<float>{2.5f, 2.5f});
  CHECK_THROWS_WITH(into.to(bfloat16), "to: expected float32 or float64, got bfloat16");

  nn::NamedTensors half = Net().state_dict();
  for (auto& [name, tensor] : half) tensor = to(tensor, bfloat16);
  Net net;
  CHECK_THROWS_WITH(net.load_state_dict(half),
                    ContainsSubstring("\"scale\" has dtype float32, got bfloat16 (convert one of them"));
}

TEST_CASE("a state may consist of views of what it is loaded into") {
  nn::Linear a(2, 2), b(2, 2);
  const std::vector<float> weights = {1, 2, 3, 4};
  a.load_state_dict({{"weight", from_data<float>(weights, {2, 2})}, {"bias", from_data<float>({5, 6}, {2})}});
  const Tensor weight = a.weight.detach();
  a.load_state_dict({{"weight", transpose(weight)}, {"bias", select(weight, 0, 1)}});
  CHECK(a.weight.to_vector<float>() == std::vector<float>{1, 3, 2, 4});
  CHECK(a.bias.to_vector<float>() == std::vector<float>{3, 4});
  nn::Sequential both(a, b);
  const std::vector<float> before[] = {a.weight.to_vector<float>(), b.weight.to_vector<float>()};
  nn::NamedTensors swapped = both.state_dict();
  std::swap(swapped[0].second, swapped[2].second);
  both.load_state_dict(swapped);
  CHECK(a.weight.to_vector<float>() == before[1]);
  CHECK(b.weight.to_vector<float>() == before[0]);
}

TEST_CASE("a state dictionary that does not fit changes nothing") {
  Net net;
  net.eval();
  const Tensor x = ones({2, 3});
  const std::vector<float> before = net(x).to_vector<float>();
  nn::NamedTensors zeroed;
  for (const auto& [name, tensor] : net.state_dict()) zeroed.emplace_back(name, zeros_like(tensor));

  nn::NamedTensors state = zeroed;
  state.pop_back();
  state.emplace_back("third.weight", ones({1}));
  CHECK_THROWS_WITH(net.load_state_dict(state),
                    "load_state_dict: missing: \"second.bias\"; unexpected: \"third.weight\"");
  CHECK_THROWS_AS(net.load_state_dict(state), ValueError);
  CHECK_THROWS_WITH(net.load_state_dict({}), ContainsSubstring("missing: \"scale\", \"calls\""));
  state = zeroed;
  state.back().second = zeros({3});
  CHECK_THROWS_WITH(net.load_state_dict(state), "load_state_dict: \"second.bias\" has shape [2], got [3]");
  CHECK_THROWS_AS(net.load_state_dict(state), ShapeError);
  state = zeroed;
  state.back().second = zeros({2}, float64);
  CHECK_THROWS_AS(net.load_state_dict(state), DTypeError);
  CHECK_THROWS_WITH(net.load_state_dict(state),
                    ContainsSubstring("\"second.bias\" has dtype float32, got float64"));
  // Everything that differs is said at once.
  state = zeroed;
  state[0].second = zeros({2}, float64);
  state[2].second = zeros({3, 3});
  CHECK_THROWS_WITH(
      net.load_state_dict(state),
      "load_state_dict: \"first.weight\" has shape [4, 3], got [3, 3]; \"scale\" has dtype float32, "
      "got float64 (convert one of them with to(dtype) first)");
  CHECK_THROWS_AS(net.load_state_dict(state), ShapeError);
  state.pop_back();
  state.emplace_back("third.weight", Tensor());
  state.push_back(state[1]);
  CHECK_THROWS_WITH(net.load_state_dict(state),
                    ContainsSubstring("missing: \"second.bias\"; unexpected: \"third.weight\"; given twice: "
                                      "\"calls\"; undefined: \"third.weight\"; \"first.weight\" has shape") &&
                        ContainsSubstring("\"scale\" has dtype"));
  CHECK_THROWS_AS(net.load_state_dict(state), ValueError);
  state = zeroed;
  for (int i = 0; i < 9; ++i) state.emplace_back("more" + std::to_string(i), ones({}));
  CHECK_THROWS_WITH(net.load_state_dict(state), ContainsSubstring("\"more6\", \"more7\" and 1 more"));
  state = zeroed;
  state.push_back(state[0]);
  CHECK_THROWS_WITH(net.load_state_dict(state), "load_state_dict: given twice: \"scale\"");
  state = zeroed;
  state[0].second = Tensor();
  CHECK_THROWS_AS(net.load_state_dict(state), ValueError);
  CHECK(net(x).to_vector<float>() == before);
  net.load_state_dict(zeroed);
  CHECK(net(x).to_vector<float>() == std::vector<float>(4));
}

TEST_CASE("registration refuses what would not work") {
  Open module;
  module.parameter("a", ones({1}));
  CHECK_THROWS_AS(module.parameter("a", ones({1})), ValueError);
  CHECK_THROWS_WITH(module.buffer("a", ones({1})), ContainsSubstring("already uses the name \"a\""));
  CHECK_THROWS_AS(module.child("a", nn::Identity()), ValueError);
  CHECK_THROWS_AS(module.parameter("", ones({1})), ValueError);
  CHECK_THROWS_AS(module.parameter("a.b", ones({1})), ValueError);
  CHECK_THROWS_AS(module.parameter("b", Tensor()), ValueError);
  CHECK_THROWS_AS(module.buffer("b", Tensor()), ValueError);
  CHECK_THROWS_AS(module.parameter("b", ones({1}, int64)), DTypeError);
  CHECK_THROWS_AS(module.buffer("b", ones({1}).set_requires_grad()), ValueError);
  CHECK_THROWS_WITH(module.parameter("b", expand(ones({1}), {3})),
                    ContainsSubstring("parameter: the elements of \"b\" share memory"));
  CHECK_THROWS_AS(module.buffer("b", expand(ones({2, 1}), {2, 3})), ValueError);
  CHECK_THROWS_AS(module.child("b", std::shared_ptr<nn::Linear>()), ValueError);
  CHECK_THROWS_AS(module.child("b", module), ValueError);
  Open parent;
  parent.child("child", module);
  CHECK_THROWS_WITH(module.child("b", parent), ContainsSubstring("contains the module"));
  CHECK(module.named_parameters().size() == 1);
  CHECK_THROWS_WITH(module(ones({1})), "Open: its forward() does not take one tensor and return one");
  CHECK_THROWS_AS(nn::Identity()(Tensor()), ValueError);
}
