// ONNX: what a model becomes, and what is refused. (That onnxruntime computes the same is onnx.py's to show.)
#include <algorithm>

#include <catch.h>
#include <errors.h>
#include <temporary_directory.h>

#include <taper/interop/onnx.h>
#include <taper/interop/onnx_graph.h>
#include <taper/io/file.h>
#include <taper/taper.h>

using namespace taper;
using interop::detail::OnnxGraph;
using interop::detail::OnnxNode;

namespace {

template <class M>
OnnxGraph graph_of(const M& model, const std::vector<Tensor>& examples,
                   const interop::OnnxOptions& options = {}) {
  const auto forward = [&](const std::vector<Tensor>& x) {
    std::vector<Tensor> outputs;
    interop::detail::add_outputs(outputs, model(x[0]));
    return outputs;
  };
  return interop::detail::traced_graph(model, interop::OnnxForward(forward), examples, options);
}

std::vector<std::string> types_of(const OnnxGraph& graph) {
  std::vector<std::string> types;
  for (const OnnxNode& node : graph.nodes) types.push_back(node.type);
  return types;
}

const OnnxNode& node_of(const OnnxGraph& graph, const std::string& type) {
  const auto found = std::find_if(graph.nodes.begin(), graph.nodes.end(),
                                  [&](const OnnxNode& node) { return node.type == type; });
  REQUIRE(found != graph.nodes.end());
  return *found;
}

bool has_initializer(const OnnxGraph& graph, const std::string& name) {
  return std::any_of(graph.initializers.begin(), graph.initializers.end(),
                     [&](const auto& each) { return each.first == name; });
}

std::vector<std::int64_t> integers(const OnnxNode& node, const std::string& name) {
  for (const auto& attribute : node.attributes)
    if (attribute.name == name) return std::get<std::vector<std::int64_t>>(attribute.value);
  FAIL("no attribute " << name);
  return {};
}

struct Forward : nn::Layer<Forward> {
  explicit Forward(Function<Tensor(const Tensor&)> given) : function(std::move(given)) {}
  Function<Tensor(const Tensor&)> function;
  Tensor forward(const Tensor& x) const { return function(x); }
};

std::string refusal(const nn::Module& model, const Tensor& example,
                    const interop::OnnxOptions& options = {}) {
  return message_of([&] { graph_of(model, {example}, options); });
}
std::string refusal(Function<Tensor(const Tensor&)> function, const Tensor& example = linspace(-1, 1, 6)) {
  return refusal(Forward(std::move(function)), example);
}

using Catch::Matchers::Contains;
using Strings = std::vector<std::string>;

}  // namespace

TEST_CASE("a model becomes nodes, and its parameters initializers of their names") {
  nn::Sequential model(nn::Conv2d(1, 2, 3, {.stride = 2, .padding = 1}), nn::ReLU(), nn::Dropout(0.5),
                       nn::Flatten(), nn::Linear(18, 3));
  const OnnxGraph graph = graph_of(model, {zeros({4, 1, 6, 6})});
  CHECK(types_of(graph) == Strings{"Conv", "Relu", "Reshape", "Gemm", "Identity"});
  for (const char* const name : {"0.weight", "0.bias", "4.weight", "4.bias"})
    CHECK(has_initializer(graph, name));
  const OnnxNode& convolution = node_of(graph, "Conv");
  CHECK(convolution.name == "0.Conv");
  CHECK(convolution.inputs == Strings{"input", "0.weight", "0.bias"});
  CHECK(integers(convolution, "strides") == std::vector<std::int64_t>{2, 2});
  CHECK(integers(convolution, "pads") == std::vector<std::int64_t>{1, 1, 1, 1});
  CHECK(graph.inputs[0].extents == std::vector<std::int64_t>{-1, 1, 6, 6});
  CHECK(graph.outputs[0].name == "output");
  CHECK(graph.outputs[0].extents == std::vector<std::int64_t>{-1, 3});
  CHECK(graph_of(model, {zeros({4, 1, 6, 6})}, {.batch_axis = -1}).inputs[0].extents ==
        std::vector<std::int64_t>{4, 1, 6, 6});
}

TEST_CASE("an export leaves the model and the generator as they were") {
  nn::Sequential model(nn::Linear(3, 3), nn::Dropout(0.5), nn::BatchNorm1d(3));
  model[1].eval();
  const std::uint64_t position = default_generator().position();
  const std::vector<float> mean = model.named_buffers()[0].second.to_vector<float>();
  graph_of(model, {ones({2, 3})});
  CHECK(model.is_training());
  CHECK_FALSE(model[1].is_training());
  CHECK(model[2].is_training());
  CHECK(default_generator().position() == position);
  CHECK(model.named_buffers()[0].second.to_vector<float>() == mean);
  CHECK(detail::observer == nullptr);
  CHECK(grad_enabled());
}

TEST_CASE("what no input reaches is computed at once, and what no output needs is left out") {
  const Tensor weight = ones({3});
  const OnnxGraph graph = graph_of(Forward([weight](const Tensor& x) {
                                     cumsum(x, 0);  // which could not be exported
                                     return x * exp(weight * 2);
                                   }),
                                   {ones({2, 3})});
  CHECK(types_of(graph) == Strings{"Mul", "Identity"});
  CHECK(graph.initializers.size() == 1);
}

TEST_CASE("functions made of operations are one node, or the nodes of their parts") {
  CHECK(types_of(graph_of(nn::Conv1d(2, 3, 3), {zeros({2, 2, 5})})) == Strings{"Conv", "Identity"});
  CHECK(types_of(graph_of(nn::CELU(), {ones({2, 3})})) == Strings{"Div", "Elu", "Mul", "Identity"});
  CHECK(types_of(graph_of(nn::BatchNorm1d(3), {ones({2, 3})})) == Strings{"BatchNormalization", "Identity"});
  const OnnxGraph lstm = graph_of(nn::LSTM(2, 3), {ones({4, 2, 2})}, {.batch_axis = 1});
  CHECK(types_of(lstm).front() == "LSTM");
  CHECK(lstm.outputs.size() == 3);
}

TEST_CASE("an operation that ONNX lacks is refused with its layer") {
  const nn::Sequential model(nn::Linear(4, 4),
                             nn::Sequential(Forward([](const Tensor& x) { return cumsum(x, 1); })));
  CHECK_THAT(refusal(model, ones({2, 4})), Contains("cumsum") && Contains("1.0 (Forward)"));
  CHECK_THAT(refusal([](const Tensor& x) { return adaptive_avg_pool1d(x, 3); }, ones({2, 1, 4})),
             Contains("adaptive_avg_pool1d") && Contains("4 elements in 3 parts"));
  CHECK_THAT(refusal([](const Tensor& x) {
               return record("mine", x.detach() * 1, {x}, [](const Tensor& g) { return g; });
             }),
             Catch::Matchers::Equals(""));  // it returns what another operation has computed
}

TEST_CASE("what depends on the values of the inputs is refused") {
  CHECK_THAT(refusal(
                 [](const Tensor& x) {
                   return sum(x).item<float>() > -1e9f && x[0].item<float>() < 0 ? x * 2 : exp(x);
                 },
                 linspace(-1, 1, 6)),
             Contains("another path"));
  CHECK_THAT(refusal([](const Tensor& x) { return x * x[0].item<float>(); }), Contains("for other inputs"));
  // A loop over the elements is no operation.
  CHECK_THAT(refusal([](const Tensor& x) {
               Tensor y = clone(x.detach());
               for (std::int64_t i = 0; i < y.numel(); ++i)
                 y.mutable_data<float>()[i] = float(i) * x.data<float>()[i];
               return y;
             }),
             Contains("in place"));
  CHECK_THAT(refusal([](const Tensor& x) {
               Tensor y = zeros_like(x);
               for (std::int64_t i = 0; i < y.numel(); ++i)
                 y.mutable_data<float>()[i] = x.data<float>()[i] + 1;
               return y * 2;
             }),
             Contains("comes from no operation"));
  for (const Tensor& constant : {zeros({3}), ones({3})})
    CHECK_THAT(refusal([](const Tensor& x) { return x * x[0].item<float>(); }, constant),
               Contains("for other inputs"));
  CHECK_THAT(refusal([](const Tensor& x) { return x[0].item<std::int64_t>() == 0 ? x * 2 : x + 1; },
                     zeros({9}, int64)),
             Contains("another path"));
  CHECK_THAT(refusal([](const Tensor& x) { return to(x * 100, uint8); }), Contains("uint8"));
  CHECK_THAT(refusal([](const Tensor& x) { return x + to(argmax(x), float32); }),
             Contains("comes from no operation"));
  CHECK_THAT(refusal([](const Tensor& x) { return x + normal(x.shape()); }),
             Contains("comes from no operation"));
}

TEST_CASE("what depends on the batch is refused, unless it is fixed") {
  const Forward mean_of_batch([](const Tensor& x) { return mean(x, 0); });
  CHECK_THAT(refusal(mean_of_batch, ones({4, 3})), Contains("divide") && Contains("for other inputs"));
  CHECK(refusal(mean_of_batch, ones({4, 3}), {.batch_axis = -1}) == "");
  CHECK_THAT(refusal(Forward([](const Tensor& x) { return narrow(x, 0, 0, 1); }), ones({4, 3})),
             Contains("a part of the batch"));
  CHECK_THAT(refusal(Forward([](const Tensor& x) { return concat(unbind(x, 0), 0); }), ones({4, 3})),
             Contains("another path") && Contains("batch_axis"));
}

TEST_CASE("extents that follow from the batch are computed by the graph") {
  const OnnxGraph reshaped = graph_of(Forward([](const Tensor& x) {
                                        return reshape(x, {-1, 2});
                                      }),
                                      {ones({3, 4})});
  const std::string shape = node_of(reshaped, "Reshape").inputs[1];
  for (const auto& [name, value] : reshaped.initializers)
    if (name == shape) CHECK(value.to_vector<std::int64_t>() == std::vector<std::int64_t>{-1, 2});
  const OnnxGraph expanded = graph_of(Forward([](const Tensor& x) {
                                        return concat({x, zeros({x.size(0), 2})}, 1);
                                      }),
                                      {ones({3, 4})});
  CHECK(node_of(expanded, "Expand").inputs.size() == 2);
  CHECK(node_of(expanded, "Shape").inputs == Strings{"input"});
}

TEST_CASE("a change in place of what the graph has computed is refused") {
  CHECK_THAT(refusal([](const Tensor& x) {
               Tensor y = x * 2;
               assign(y, 0);
               return y + 1;
             }),
             Contains("in place"));
  // += makes a new tensor.
  const OnnxGraph graph = graph_of(Forward([](const Tensor& x) {
                                     Tensor y = x * 2;
                                     y += x;
                                     return y;
                                   }),
                                   {ones({2, 3})});
  CHECK(types_of(graph) == Strings{"Mul", "Add", "Identity"});
}

TEST_CASE("save_onnx checks its arguments") {
  const nn::Linear model(3, 2);
  CHECK_THAT(refusal(model, ones({2, 3}), {.opset = 16}), Contains("opset"));
  CHECK_THAT(refusal(model, ones({2, 3}), {.input_names = {"a", "b"}}),
             Contains("expected 1 input names, got 2"));
  CHECK_THAT(refusal(model, ones({2, 3}), {.input_names = {"x"}, .output_names = {"x"}}),
             Contains("the name x"));
  CHECK_THAT(refusal(model, zeros({0, 3})), Contains("batch"));
  CHECK_THAT(refusal(model, Tensor()), Contains("defined"));
  CHECK_THROWS_WITH(interop::save_onnx("x.onnx", model, {ones({2, 3}), ones({2, 3})}), Contains("no tensor"));
}

#ifdef TAPER_HAS_PROTOBUF
TEST_CASE("a file has the version, the nodes and the parameters") {
  const nn::Linear model(3, 2);
  const TemporaryDirectory directory;
  const std::string path = directory / "model.onnx";
  interop::save_onnx(path, model, ones({2, 3}), {.output_names = {"logits"}});
  const std::string content = io::read_file(path);
  CHECK(content.substr(0, 2) == std::string("\x08\x08"));  // ir_version 8
  CHECK(content.find("\x0a\x05Taper") == std::string::npos);
  CHECK(content.find("\x12\x05Taper") == 2);
  for (const char* const part : {"Gemm", "weight", "logits", "batch"})
    CHECK(content.find(part) != std::string::npos);
  const Tensor weight = model.weight.detach();
  const std::string bytes(static_cast<const char*>(weight.raw()), 24);
  CHECK(content.find(bytes) != std::string::npos);
  CHECK_THROWS_AS(interop::save_onnx((directory / "none" / "model.onnx").string(), model, ones({2, 3})),
                  IoError);
}
#else
TEST_CASE("without Protobuf the error says how to get it") {
  CHECK_THROWS_WITH(interop::save_onnx("x.onnx", nn::Linear(3, 2), ones({2, 3})), Contains("protobuf"));
}
#endif
