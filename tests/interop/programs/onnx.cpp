// Models of all kinds, saved as ONNX, with inputs and the outputs that Taper computes: onnx FOLDER, for
// onnx.py.
#include <cstdio>
#include <string>

#include <taper/interop/onnx.h>
#include <taper/taper.h>

using namespace taper;

namespace {

std::string folder;
bool failed = false;

// Parameters and running statistics that change something.
void fill(nn::Module& model) {
  for (const auto& [name, tensor] : model.named_parameters())
    assign(tensor.detach(), uniform_like(tensor, -0.5, 0.5));
  for (const auto& [name, tensor] : model.named_buffers())
    if (is_floating(tensor.dtype()))
      assign(tensor, name.ends_with("running_var") ? uniform_like(tensor, 0.5, 1.5)
                                                   : uniform_like(tensor, -0.5, 0.5));
}

template <class M>
std::vector<Tensor> outputs_of(const M& model, const std::vector<Tensor>& inputs) {
  const NoGrad no_grad;
  std::vector<Tensor> outputs;
  if constexpr (requires { model.forward(inputs[0]); }) {
    if (inputs.size() == 1) interop::detail::add_outputs(outputs, model(inputs[0]));
  }
  if constexpr (requires { model.forward(inputs[0], inputs[1]); }) {
    if (inputs.size() == 2) interop::detail::add_outputs(outputs, model(inputs[0], inputs[1]));
  }
  return outputs;
}

// The model is exported with the first inputs; its outputs for both are saved.
template <class M>
void save(const std::string& name, M model, const std::vector<Tensor>& first,
          const std::vector<Tensor>& second, interop::OnnxOptions options = {}) {
  fill(model);
  try {
    interop::save_onnx(folder + "/" + name + ".onnx", model, first, options);
  } catch (const Error& error) {
    std::fprintf(stderr, "%s: %s\n", name.c_str(), error.what());
    failed = true;
    return;
  }
  model.eval();
  NamedTensors all;
  int set = 0;
  for (const auto& inputs : {first, second}) {
    const std::string prefix = set++ == 0 ? "first." : "second.";
    for (std::size_t i = 0; i < inputs.size(); ++i)
      all.emplace_back(prefix + "input." + std::to_string(i), inputs[i]);
    const auto outputs = outputs_of(model, inputs);
    for (std::size_t i = 0; i < outputs.size(); ++i)
      all.emplace_back(prefix + "output." + std::to_string(i), contiguous(outputs[i]));
  }
  io::save_safetensors(folder + "/" + name + ".safetensors", all);
}

// Of one floating input, whose batch is the axis of the options.
template <class M>
void save(const std::string& name, M model, const Shape& shape, interop::OnnxOptions options = {},
          DType dtype = float32) {
  Shape other = shape;
  if (options.batch_axis >= 0) other[options.batch_axis] += 3;
  save(name, model, {uniform(shape, -2, 2, dtype)}, {uniform(other, -2, 2, dtype)}, options);
}

struct Function1 : nn::Layer<Function1> {
  explicit Function1(Function<Tensor(const Tensor&)> given) : function(std::move(given)) {}
  Function<Tensor(const Tensor&)> function;
  Tensor forward(const Tensor& x) const { return function(x); }
};

struct Residual : nn::Layer<Residual> {
  nn::Conv2d first = child("first", nn::Conv2d(4, 4, 3, {.padding = 1})),
             last = child("last", nn::Conv2d(4, 4, 3, {.padding = 1}));
  nn::BatchNorm2d norm = child("norm", nn::BatchNorm2d(4));
  nn::Linear head = child("head", nn::Linear(4, 3));
  Tensor forward(const Tensor& x) const {
    const Tensor h = relu(x + last(relu(norm(first(x)))));
    return softmax(head(mean(h, {2, 3})), 1);
  }
};

struct Attention : nn::Layer<Attention> {
  nn::MultiheadAttention attention = child("attention", nn::MultiheadAttention(8, 2));
  Tensor forward(const Tensor& query, const Tensor& key) const { return attention(query, key, key).output; }
};

struct Positions : nn::Layer<Positions> {
  nn::Embedding words = child("words", nn::Embedding(11, 6));
  const Tensor places = parameter("places", zeros({5, 6}));
  nn::LayerNorm norm = child("norm", nn::LayerNorm(6));
  Tensor forward(const Tensor& tokens) const { return norm(words(tokens) + places); }
};

struct Tied : nn::Layer<Tied> {
  const Tensor weight = parameter("weight", zeros({4, 4}));
  Tensor forward(const Tensor& x) const {
    return matmul(tanh(matmul(x, weight)), transpose(weight)) * exp(weight[0]);
  }
};

struct Lengths : nn::Layer<Lengths> {
  nn::GRU gru = child("gru", nn::GRU(3, 5, {.batch_first = true, .bidirectional = true}));
  nn::LSTM lstm = child("lstm", nn::LSTM(10, 4, {.batch_first = true}));
  Tensor forward(const Tensor& x, const Tensor& lengths) const {
    return lstm(gru(x, Tensor(), lengths).output, RecurrentState(), lengths).output;
  }
};

struct TwoResults : nn::Layer<TwoResults> {
  nn::Linear a = child("a", nn::Linear(3, 2)), b = child("b", nn::Linear(3, 5));
  std::pair<Tensor, Tensor> forward(const Tensor& x) const { return {a(x), sigmoid(b(x))}; }
};

void functions() {
  using F = Tensor (*)(const Tensor&);
  const std::pair<const char*, F> all[] = {
      {"abs", abs},
      {"acosh", [](const Tensor& x) { return acosh(abs(x) + 1.5); }},
      {"asin", [](const Tensor& x) { return asin(x / 3) + acos(x / 3); }},
      {"atan", atan},
      {"asinh", asinh},
      {"atanh", [](const Tensor& x) { return atanh(x / 3); }},
      {"ceil", ceil},
      {"floor", floor},
      {"sign", sign},
      {"cos", cos},
      {"sin", sin},
      {"tan", tan},
      {"cosh", cosh},
      {"sinh", sinh},
      {"erf", erf},
      {"exp", exp},
      {"log", [](const Tensor& x) { return log(abs(x) + 0.1); }},
      {"rsqrt", [](const Tensor& x) { return rsqrt(abs(x) + 0.1) + sqrt(abs(x)) + reciprocal(x + 5); }},
      {"square", square},
      {"softsign", softsign},
      {"relu6", relu6},
      {"hardsigmoid", hardsigmoid},
      {"hardswish", hardswish},
      {"mish", mish},
      {"selu", selu},
      {"silu", silu},
      {"tanhshrink", tanhshrink},
      {"logsigmoid", logsigmoid},
      {"squareplus", [](const Tensor& x) { return squareplus(x, 4); }},
      {"gelu", [](const Tensor& x) { return gelu(x); }},
      {"gelu_tanh", [](const Tensor& x) { return gelu(x, GeluApproximation::tanh); }},
      {"elu", [](const Tensor& x) { return elu(x, 0.7) + celu(x, 1.3); }},
      {"leaky_relu", [](const Tensor& x) { return leaky_relu(x, 0.2); }},
      {"hardtanh", [](const Tensor& x) { return hardtanh(x, -0.5, 1.5); }},
      {"hardshrink", [](const Tensor& x) { return hardshrink(x, 0.5) + softshrink(x, 0.3); }},
      {"threshold", [](const Tensor& x) { return threshold(x, 0.1, 20); }},
      {"softplus", [](const Tensor& x) { return softplus(x) + softplus(x, 2, 1); }},
      {"clip",
       [](const Tensor& x) {
         return clip(x, -0.5, 0.25) + clip(x, -1, std::numeric_limits<double>::infinity());
       }},
      {"glu", [](const Tensor& x) { return glu(x, 1); }},
      {"softmax", [](const Tensor& x) { return softmax(x, 1) + softmin(x, 2); }},
      {"log_softmax", [](const Tensor& x) { return log_softmax(x, 1); }},
      {"arithmetic",
       [](const Tensor& x) { return (2 - x) * x / (x + 5) + (x - 1) - 3 / (x + 4) + pow(x + 3, 1.5); }},
      {"extremes", [](const Tensor& x) { return maximum(x, 0.3) + minimum(x, -x); }},
      {"conditions",
       [](const Tensor& x) {
         return where(((x > 0) & (x <= 1)) | (x < -1) ^ (x >= 1.5), x, -2) + to(x != 0, float32) +
                where(!(x == x), 1, x);
       }},
      {"reductions", [](const Tensor& x) { return sum(x, 1) + mean(x, 1) * max(x, 1) - min(x, {1}); }},
      {"keepdim",
       [](const Tensor& x) {
         return x - mean(x, {1, 2}, true) + sum(x, 2, true);
       }},
      {"views",
       [](const Tensor& x) {
         const Tensor turned = permute(x, {0, 2, 1}), part = slice(turned, 1, 1, 6, 2);
         return flip(
             concat({part, transpose(part, 1, 2)[1].shape().rank() > 0 ? narrow(turned, 1, 0, 3) : part}, 1),
             {2});
       }},
      {"selects",
       [](const Tensor& x) {
         return select(x, 1, -1) + select(x, 2, 2)(Ellipsis, Slice(0, 1)) + x(Slice(), 1, Slice());
       }},
      {"reshapes",
       [](const Tensor& x) {
         return expand(unsqueeze(reshape(x, {-1, 2, 2, 6}), 1), {x.size(0), 3, 2, 2, 6}) + 1;
       }},
      {"gathered",
       [](const Tensor& x) {
         return index_select(x, 1, tensor({2, 0, 0}, int64)) + tile(x, {1, 1, 1})(Slice(), Slice(0, 3));
       }},
      {"padded",
       [](const Tensor& x) {
         return pad(pad(x, {{1, 2}, {0, 1}}, PadMode::reflect), {{2, 1}}, PadMode::constant, 0.5);
       }},
      {"causal",
       [](const Tensor& x) { return scaled_dot_product_attention(x, x * 0.5, x, {.causal = true}); }},
      {"stacked",
       [](const Tensor& x) {
         return stack({x, x * 2, -x}, 1);
       }},
      {"global_pool", [](const Tensor& x) { return global_avg_pool(x, false) + global_max_pool(x, false); }},
      {"rotary", [](const Tensor& x) { return rotary_embedding(x, arange(4)); }},
      {"var", [](const Tensor& x) { return square(x - mean(x, 2, true)); }},
  };
  for (const auto& [name, function] : all)
    save(std::string("function_") + name, Function1(function), {2, 4, 6});
}

void layers() {
  using namespace nn;
  save("linear", Sequential(Linear(5, 4, {.activation = Activation::relu}), Linear(4, 3, {.bias = false})),
       {2, 5});
  save("linear_3d", Linear(5, 4), {2, 3, 5});
  save("linear_float64", Linear(5, 4, {.dtype = float64}), {2, 5}, {}, float64);
  save("fixed_batch", Linear(5, 4), {3, 5}, {.batch_axis = -1});
  save("batch_of_one", Linear(5, 4), {1, 5});
  save("conv1d", Conv1d(4, 6, 3, {.stride = 2, .padding = 2, .dilation = 2, .groups = 2}), {2, 4, 11});
  save("conv2d",
       Conv2d(4, 6, Extent2d(3, 2), {.stride = Extent2d(2, 1), .padding = Extent2d(1, 2), .groups = 2}),
       {2, 4, 7, 6});
  save("conv2d_fused", Conv2d(2, 3, 3, {.padding = 1, .activation = Activation::relu, .max_pool = 2}),
       {2, 2, 8, 8});
  save("conv2d_circular", Conv2d(2, 3, 3, {.padding = 1, .padding_mode = PadMode::circular}), {2, 2, 5, 5});
  save("conv2d_same", Conv2d(2, 3, 4, {.padding = Padding::same}), {2, 2, 7, 6});
  save("conv3d", Conv3d(2, 3, 3, {.stride = 2, .padding = 1}), {2, 2, 5, 6, 7});
  save("conv_transpose1d", ConvTranspose1d(3, 2, 3, {.stride = 2, .padding = 1, .output_padding = 1}),
       {2, 3, 5});
  save("conv_transpose2d", ConvTranspose2d(4, 6, 3, {.stride = 2, .padding = 1, .groups = 2}), {2, 4, 5, 4});
  save("conv_transpose3d", ConvTranspose3d(2, 3, 2, {.stride = 2}), {2, 2, 3, 4, 3});
  save("batch_norm", Sequential(Conv2d(3, 4, 1), BatchNorm2d(4)), {2, 3, 4, 5});
  save("batch_norm_1d", Sequential(Linear(3, 4), BatchNorm1d(4)), {2, 3});
  save("layer_norm", LayerNorm(LayerNorm::Options{.normalized_shape = {4, 5}}), {2, 3, 4, 5});
  save("group_norm", GroupNorm(2, 6), {2, 6, 3, 4});
  save("instance_norm", InstanceNorm2d(3), {2, 3, 4, 5});
  save("rms_norm", RMSNorm(6), {2, 5, 6});
  save("max_pool1d", MaxPool1d({.kernel_size = 3, .stride = 2, .padding = 1}), {2, 3, 9});
  save("max_pool2d", MaxPool2d({.kernel_size = 3, .stride = 2, .padding = 1, .dilation = 2}), {2, 3, 9, 8});
  save("max_pool2d_ceil", MaxPool2d({.kernel_size = 3, .stride = 2, .ceil_mode = true}), {2, 3, 8, 8});
  save("max_pool3d", MaxPool3d({.kernel_size = 2}), {2, 2, 4, 5, 6});
  save("avg_pool1d", AvgPool1d({.kernel_size = 2}), {2, 3, 9});
  save("avg_pool2d", AvgPool2d({.kernel_size = 3, .stride = 2, .padding = 1}), {2, 3, 9, 8});
  save("avg_pool2d_exclusive",
       AvgPool2d({.kernel_size = 3, .stride = 2, .padding = 1, .count_include_pad = false}), {2, 3, 9, 8});
  save("avg_pool3d", AvgPool3d({.kernel_size = 2, .padding = 1}), {2, 2, 4, 4, 6});
  save("adaptive_avg_pool", Sequential(AdaptiveAvgPool2d(Extent2d(2, 3)), AdaptiveAvgPool2d(1)),
       {2, 3, 4, 6});
  save("adaptive_max_pool", Sequential(AdaptiveMaxPool2d(Extent2d(2, 3)), AdaptiveMaxPool2d(1)),
       {2, 3, 4, 6});
  save("prelu", PReLU(3), {2, 3, 4});
  save("zero_pad", ZeroPad2d(1), {2, 3, 4, 4});
  save("dropout", Sequential(Linear(4, 4), Dropout(0.5), Linear(4, 2)), {2, 4});
  save("weight_tied", Tied(), {2, 4});
  save("residual", Residual(), {2, 4, 6, 6});
  save("two_results", TwoResults(), {2, 3}, {.input_names = {"x"}, .output_names = {"a", "b"}});
  save("opset_20",
       Sequential(Conv2d(1, 2, 3), ReLU(), Flatten(), Linear(32, 4),
                  Function1([](const Tensor& x) { return max(x, 1, true) - x; })),
       {2, 1, 6, 6}, {.opset = 20});
  save("rnn", RNN(3, 5, {.num_layers = 2, .nonlinearity = RecurrentActivation::relu}), {4, 2, 3},
       {.batch_axis = 1});
  save("lstm", LSTM(3, 5, {.num_layers = 2, .bidirectional = true}), {4, 2, 3}, {.batch_axis = 1});
  save("lstm_batch_first", LSTM(3, 5, {.bias = false, .batch_first = true}), {2, 4, 3});
  save("gru", GRU(3, 5, {.bidirectional = true}), {4, 2, 3}, {.batch_axis = 1});
  save("gru_reset_before", GRU(3, 5, {.batch_first = true, .reset_after = false}), {2, 4, 3});
  save("lengths", Lengths(), {uniform({3, 4, 3}, -1, 1), tensor({4, 1, 3}, int64)},
       {uniform({2, 4, 3}, -1, 1), tensor({2, 4}, int64)});
  const auto tokens = [](std::int64_t batch) { return remainder(arange(batch * 5), 11); };
  save("embedding", Positions(), {reshape(tokens(2), {2, 5})}, {reshape(tokens(4), {4, 5})});
  save("attention", Attention(), {uniform({3, 2, 8}, -1, 1), uniform({5, 2, 8}, -1, 1)},
       {uniform({3, 4, 8}, -1, 1), uniform({5, 4, 8}, -1, 1)}, {.batch_axis = 1});
  for (const bool norm_first : {false, true})
    save(norm_first ? "transformer_norm_first" : "transformer",
         TransformerEncoder(
             {.d_model = 8, .nhead = 2, .dim_feedforward = 16, .batch_first = true, .norm_first = norm_first},
             2),
         {2, 5, 8});
}

}  // namespace

int main(int, char** argv) {
  folder = argv[1];
  functions();
  layers();
  return failed ? 1 : 0;
}
