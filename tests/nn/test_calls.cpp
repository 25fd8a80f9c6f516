// Calls: forward() with other arguments, errors that name the layer, hooks, children that are none,
// containers.
#include <catch.h>
#include <errors.h>

#include <taper/autograd/autograd.h>
#include <taper/nn/nn.h>
#include <taper/tensor/create.h>
#include <taper/tensor/error.h>

using namespace taper;

namespace {

struct TwoTensors {
  Tensor output, state;
};

struct Recurrent : nn::Layer<Recurrent> {
  nn::Linear input = child("input", nn::Linear(3, 4)), hidden = child("hidden", nn::Linear(4, 4));
  TwoTensors forward(const Tensor& x, const Tensor& state, double scale = 1) const {
    const Tensor next = tanh(input(x) + hidden(state)) * scale;
    return {next, next};
  }
};

struct Block : nn::Layer<Block> {
  nn::Sequential body = child("body", nn::Sequential(nn::Linear(3, 3), nn::ReLU(), nn::Linear(3, 3)));
  Tensor forward(const Tensor& x) const { return x + body(x); }
};

struct Model : nn::Layer<Model> {
  nn::ModuleList<Block> blocks = child("blocks", nn::ModuleList<Block>(Block(), Block()));
  nn::ModuleDict heads = child("heads", nn::ModuleDict());
  Model() { heads.insert("digits", nn::Linear(3, 2)); }
  Tensor forward(const Tensor& x) const {
    Tensor y = x;
    for (std::size_t i = 0; i < blocks.size(); ++i) y = blocks[i](y);
    return heads["digits"](y);
  }
};

}  // namespace

TEST_CASE("forward takes and returns anything") {
  const Recurrent layer;
  const TwoTensors result = layer(ones({2, 3}), zeros({2, 4}), 0.5);
  CHECK(result.output.shape() == Shape{2, 4});
  CHECK(layer(ones({2, 3}), zeros({2, 4})).output.to_vector<float>() ==
        (2 * result.output).to_vector<float>());
  const nn::Module& module = layer;
  CHECK_THROWS_WITH(module(ones({2, 3})), "Recurrent: its forward() does not take one tensor and return one");
  Recurrent copy = layer;
  CHECK_THAT(nn::summary(copy, ones({5, 3}), zeros({5, 4})),
             ContainsSubstring("│ input (Linear)  │ [5, 4]       │         16 │"));
}

TEST_CASE("an error names the layer, from the outermost call") {
  const Model model;
  CHECK(message_of([&] {
          model(ones({2, 4}));
        }) == "blocks.0.body.0 (Linear): " + message_of([&] {
                const nn::Linear layer(3, 3);
                linear(ones({2, 4}), layer.weight, layer.bias);
              }));
  CHECK_THROWS_AS(model(ones({2, 4})), ShapeError);
  CHECK_THAT(message_of([&] { model.heads["digits"](ones({2, 4})); }), ContainsSubstring("Linear: linear: "));
  CHECK(message_of([&] { model.blocks[1](Tensor()); }) == "Block: the input is an undefined tensor");
  struct Careless : nn::Layer<Careless> {
    nn::Sequential body =
        child("body", nn::Sequential(nn::Lambda([](const Tensor&) { return Tensor(); }), nn::Tanh()));
    Tensor forward(const Tensor& x) const { return body(x); }
  };
  CHECK(message_of([&] { Careless()(ones({1})); }) == "body.1 (Tanh): the input is an undefined tensor");
}

TEST_CASE("anomaly detection names the layer, forward and backward") {
  struct Log : nn::Layer<Log> {
    Tensor forward(const Tensor& x) const { return log(x); }
  };
  const nn::Sequential model(nn::Linear(1, 1), Log());
  Tensor weight = model.get<nn::Linear>(0).weight, bias = model.get<nn::Linear>(0).bias;
  assign(weight, -1);
  assign(bias, 0);
  const DetectAnomaly guard;
  CHECK(message_of([&] {
          model(ones({1, 1}));
        }) == "1 (Log): DetectAnomaly: log computed the first NaN, in its result of shape [1, 1]");
  struct Root : nn::Layer<Root> {
    Tensor forward(const Tensor& x) const { return sqrt(x) * 0; }
  };
  const nn::Sequential roots{nn::Identity(), Root()};
  const Tensor x = zeros({1}).set_requires_grad();
  const Tensor y = sum(roots(x));
  CHECK_THAT(message_of([&] { y.backward(); }),
             ContainsSubstring("the gradient of sqrt in 1 (Root) computed the first NaN"));
}

TEST_CASE("a layer that would not be trained cannot be called") {
  struct Forgotten : nn::Layer<Forgotten> {
    nn::Linear hidden = child("hidden", nn::Linear(2, 2)), out{2, 1};
    Tensor forward(const Tensor& x) const { return out(relu(hidden(x))); }
  };
  CHECK(
      message_of([] {
        Forgotten()(ones({1, 2}));
      }) ==
      "Forgotten: calls a Linear that is not a child, so its parameters would be neither trained nor saved; "
      "declare it as `Linear name = child(\"name\", Linear(...))`, or as External<Linear>");
  struct Frozen : nn::Layer<Frozen> {
    nn::External<nn::Linear> teacher = nn::Linear(2, 1);
    Tensor forward(const Tensor& x) const { return nn::ReLU()(teacher(x)); }
  };
  const Frozen frozen;
  CHECK(frozen(ones({1, 2})).shape() == Shape{1, 1});
  CHECK(frozen.parameters().empty());
  CHECK_THAT(message_of([&] { frozen(ones({1, 3})); }), ContainsSubstring("Linear: linear: "));
  // A child of another module is none of this one.
  struct Borrows : nn::Layer<Borrows> {
    explicit Borrows(const nn::Linear& layer) : borrowed(layer) {}
    nn::Linear borrowed;
    Tensor forward(const Tensor& x) const { return borrowed(x); }
  };
  const nn::Sequential owner(nn::Linear(2, 1));
  CHECK_THROWS_AS(Borrows(owner.get<nn::Linear>(0))(ones({1, 2})), ValueError);
  struct Owns : nn::Layer<Owns> {
    explicit Owns(const nn::Linear& layer) : own(child("own", layer)) {}
    nn::Linear own;
    Tensor forward(const Tensor& x) const { return own(x); }
  };
  CHECK(Owns(owner.get<nn::Linear>(0))(ones({1, 2})).shape() == Shape{1, 1});
  // Once its second parent is gone, it is again a child of the first alone.
  CHECK(owner(ones({1, 2})).shape() == Shape{1, 1});
}

TEST_CASE("hooks see and change results and gradients") {
  const nn::Linear layer(2, 1, {.bias = false, .dtype = float64});
  nn::Sequential model(layer, nn::Identity());
  const Tensor x = ones({1, 2}, float64);
  const double before = model(x).item<double>();
  std::vector<double> seen;
  const int watch = model[0].register_forward_hook([&](const Tensor& y) {
    seen.push_back(y.item<double>());
    return Tensor();
  });
  const int change = model[0].register_forward_hook([](const Tensor& y) { return 3 * y; });
  const int gradient = model.register_gradient_hook([](const Tensor& g) { return 5 * g; });
  const Tensor y = model(x);
  CHECK(y.item<double>() == Approx(3 * before).epsilon(1e-15));
  CHECK(seen == std::vector<double>{before});
  y.backward();
  CHECK(layer.weight.grad().to_vector<double>() == std::vector<double>{15, 15});
  model[0].remove_hook(change);
  model[0].remove_hook(watch);
  model.remove_hook(gradient);
  model.remove_hook(gradient);
  model.zero_grad();
  model(x).backward();
  CHECK(layer.weight.grad().to_vector<double>() == std::vector<double>{1, 1});
  CHECK(seen.size() == 1);
  Recurrent recurrent;
  recurrent.register_forward_hook([](const Tensor& h) { return zeros_like(h); });
  CHECK(sum(abs(recurrent(ones({1, 3}), ones({1, 4})).output)).item<float>() == 0);
  CHECK_THROWS_AS(model.register_forward_hook({}), ValueError);
  CHECK_THROWS_AS(model.register_gradient_hook({}), ValueError);
}

TEST_CASE("children are found, replaced and visited") {
  Model model;
  CHECK(model.get_submodule("blocks.1.body.2").type() == "Linear");
  CHECK_THROWS_WITH(model.get_submodule("blocks.2"),
                    "get_submodule: Model has no descendant called \"blocks.2\"");
  std::string visited;
  model.blocks[0].apply([&](nn::Module& module) { visited += module.type() + " "; });
  CHECK(visited == "Linear ReLU Linear Sequential Block ");
  CHECK(model(ones({1, 3})).shape() == Shape{1, 2});
  model.heads.replace("digits", nn::Linear(3, 7));
  CHECK(model(ones({1, 3})).shape() == Shape{1, 7});
  CHECK(model.parameters().back().shape() == Shape{7});
  nn::Sequential& body = model.blocks[1].body;
  body.replace(2, std::make_shared<nn::Linear>(3, 3, nn::Linear::Options{.bias = false}));
  CHECK(model(ones({1, 3})).shape() == Shape{1, 7});
  CHECK(model.state_dict().size() == 4 + 3 + 2);
  CHECK(body.get<nn::Linear>(2).bias.defined() == false);
  CHECK_THROWS_WITH(body.get<nn::Linear>(1), "Sequential: \"1\" is a ReLU, not what was asked for");
  CHECK_THROWS_WITH(body[3], "Sequential: index 3 is out of range for 3 modules");
  CHECK_THROWS_AS(body.replace(3, nn::ReLU()), IndexError);
  CHECK_THROWS_WITH(model.heads["letters"], "ModuleDict: there is no module called \"letters\"");
  CHECK_THROWS_AS(model.heads.get<nn::Conv2d>("digits"), ValueError);
  CHECK_THROWS_AS(model.heads.replace("letters", nn::ReLU()), ValueError);
  CHECK((model.heads.contains("digits") && !model.heads.contains("letters") && model.heads.size() == 1));
  CHECK_THROWS_AS(body.replace(0, body), ValueError);
}

TEST_CASE("a state is a snapshot, unless it is shared") {
  nn::Linear model(2, 1);
  const NamedTensors best = model.state_dict(), shared = model.state_dict({.share = true});
  const std::vector<float> before = model.weight.to_vector<float>();
  Tensor weight = model.weight;
  assign(weight, 7);
  CHECK(best[0].second.to_vector<float>() == before);
  CHECK(shared[0].second.to_vector<float>() == std::vector<float>{7, 7});
  model.load_state_dict(best);
  CHECK(model.weight.to_vector<float>() == before);
}

TEST_CASE("a state may be loaded in part, and converted") {
  nn::Sequential small(nn::Linear(2, 2), nn::ReLU());
  nn::Sequential large(nn::Linear(2, 2), nn::ReLU(), nn::Linear(2, 1));
  NamedTensors state = large.state_dict();
  for (auto& [name, tensor] : state) tensor = to(tensor, float64);
  state.erase(state.begin());
  CHECK_THROWS_AS(small.load_state_dict(state, {.strict = false}), DTypeError);
  const nn::LoadResult result = small.load_state_dict(state, {.strict = false, .convert = true});
  CHECK(result.missing == std::vector<std::string>{"0.weight"});
  CHECK(result.unexpected == std::vector<std::string>{"2.weight", "2.bias"});
  CHECK(small.get<nn::Linear>(0).bias.to_vector<float>() == large.get<nn::Linear>(0).bias.to_vector<float>());
  CHECK_THROWS_AS(small.load_state_dict(state, {.convert = true}), ValueError);
  state[0].second = zeros({3});
  CHECK_THROWS_AS(small.load_state_dict(state, {.strict = false}), ShapeError);
}
