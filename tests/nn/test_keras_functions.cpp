// Losses of Keras's, and its layers that are functions or cells here: the rows of
// tests/golden/keras_functions.py. The other layers are those of test_keras_calls.cpp in tests/interop; all
// that have a counterpart have a row in one of them.
#include <cmath>
#include <fstream>
#include <map>
#include <set>

#include <catch.h>
#include <repository.h>

#include <taper/taper.h>

using namespace taper;

namespace {

using Inputs = std::vector<Tensor>;
using Call = Function<Tensor(const Inputs&)>;

// Keras's order of the gates along the last axis, z, r, n, as r, z, n.
Tensor gates(const Tensor& x) {
  const std::int64_t units = x.size(-1) / 3;
  return concat({slice(x, -1, units, 2 * units), slice(x, -1, 0, units), slice(x, -1, 2 * units, 3 * units)},
                -1);
}

RecurrentWeights weights_of(const Tensor& kernel, const Tensor& recurrent, const Tensor& bias,
                            const Tensor& hidden_bias = {}) {
  return {transpose(kernel), transpose(recurrent), bias, hidden_bias, {}};
}

Tensor lstm_cell_of(const Inputs& in) {
  const RecurrentState after =
      lstm_cell(in[0], {in[1], in[2]}, weights_of(in[3], in[4], in.size() > 5 ? in[5] : Tensor()));
  return concat({after.hidden, after.cell}, -1);
}

Tensor gru_cell_of(const Inputs& in) {
  const Tensor bias = gates(in[4]);
  const bool two = bias.rank() == 2;
  return gru_cell(in[0], in[1],
                  weights_of(gates(in[2]), gates(in[3]), two ? bias[0] : bias, two ? bias[1] : Tensor()),
                  {.reset_after = two});
}

Call rnn_cell_of(RecurrentActivation activation) {
  return [activation](const Inputs& in) {
    return rnn_cell(in[0], in[1], weights_of(in[2], in[3], in[4]), activation);
  };
}

// Keras's power method begins with v, and goes on to u.
Tensor spectral_of(const Inputs& in) {
  const Tensor weight = transpose(in[1]);
  Tensor u = reshape(in[2], {-1}), v;
  for (int i = 0; i < 2; ++i) {
    v = normalize(matmul(transpose(weight), u), 2, 0).detach();
    u = normalize(matmul(weight, v), 2, 0).detach();
  }
  return matmul(in[0], transpose(spectral_norm(weight, u, v, {.iterations = 0}))) + in[3];
}

Call grouped_attention(bool causal) {
  return [causal](const Inputs& in) {
    const auto heads = [&](const Tensor& x, std::size_t kernel) {
      return einsum("bsd,dhk->bhsk", {x, in[kernel]}) + unsqueeze(in[kernel + 1], 1);
    };
    const Tensor all = scaled_dot_product_attention(heads(in[0], 2), heads(in[1], 4), heads(in[1], 6),
                                                    {.causal = causal, .grouped_queries = true});
    return einsum("bhsk,hkd->bsd", {all, in[8]}) + in[9];
  };
}

Call attention(bool causal) {
  return [causal](const Inputs& in) {
    const Tensor query = in.size() > 3 ? in[0] * in[3] : in[0];
    return scaled_dot_product_attention(query, in[2], in[1], {.causal = causal, .scale = 1});
  };
}

// A loss here, of the prediction and the target; in[0] is the target.
template <class Loss, class Options>
Call loss(Loss function, const Options& options) {
  return [=](const Inputs& in) { return function(in[1], in[0], options); };
}

Tensor smoothed(const Tensor& target) { return target * 0.75 + 0.125; }

Tensor ctc(const Inputs& in) {
  const Tensor lengths = full({in[1].size(0)}, in[1].size(1), int64);
  const Tensor labels = to(in[0], int64);
  return mean(ctc_loss(log_softmax(movedim(in[1], 1, 0), -1), labels, lengths, sum(to(labels != 0, int64), 1),
                       {.reduction = Reduction::none}));
}

const std::multimap<std::string, Call>& table() {
  static const std::multimap<std::string, Call> all{
      {"EinsumDense",
       [](const Inputs& in) {
         return tanh(einsum("abc,cde->abde", {in[0], in[1]}) + in[2]);
       }},
      {"Lambda",
       [](const Inputs& in) { return nn::Lambda([](const Tensor& x) { return x * x + 1; })(in[0]); }},
      {"LSTMCell", lstm_cell_of},
      {"LSTMCell", lstm_cell_of},
      {"GRUCell", gru_cell_of},
      {"GRUCell", gru_cell_of},
      {"SimpleRNNCell", rnn_cell_of(RecurrentActivation::tanh)},
      {"SimpleRNNCell", rnn_cell_of(RecurrentActivation::relu)},
      {"SpectralNormalization", spectral_of},
      {"GroupQueryAttention", grouped_attention(false)},
      {"GroupQueryAttention", grouped_attention(true)},
      {"Attention", attention(false)},
      {"Attention", attention(true)},
      {"Attention", attention(false)},
      {"Dot",
       [](const Inputs& in) {
         return einsum("bij,bki->bjk", {in[0], in[1]});
       }},
      {"Dot",
       [](const Inputs& in) {
         return einsum("bij,bkj->bik", {normalize(in[0], 2, -1), normalize(in[1], 2, -1)});
       }},
      {"binary_crossentropy",
       [](const Inputs& in) { return binary_cross_entropy_with_logits(in[1], in[0]); }},
      {"binary_crossentropy",
       [](const Inputs& in) { return binary_cross_entropy_with_logits(in[1], smoothed(in[0])); }},
      {"binary_crossentropy", [](const Inputs& in) { return binary_cross_entropy(in[1], in[0]); }},
      {"binary_crossentropy", [](const Inputs& in) { return binary_cross_entropy(in[1], smoothed(in[0])); }},
      {"binary_focal_crossentropy", loss(sigmoid_focal_loss, SigmoidFocalOptions{.alpha = -1})},
      {"binary_focal_crossentropy", loss(sigmoid_focal_loss, SigmoidFocalOptions{})},
      {"binary_focal_crossentropy", loss(sigmoid_focal_loss, SigmoidFocalOptions{.alpha = -1, .gamma = 1})},
      {"binary_focal_crossentropy", loss(sigmoid_focal_loss, SigmoidFocalOptions{.alpha = 0.75, .gamma = 3})},
      {"categorical_crossentropy", loss(cross_entropy, CrossEntropyOptions{})},
      {"categorical_crossentropy", loss(cross_entropy, CrossEntropyOptions{.label_smoothing = 0.25})},
      {"categorical_crossentropy", [](const Inputs& in) { return cross_entropy(log(in[1]), in[0]); }},
      {"categorical_crossentropy", loss(cross_entropy, CrossEntropyOptions{})},
      {"sparse_categorical_crossentropy",
       [](const Inputs& in) { return cross_entropy(in[1], to(in[0], int64)); }},
      {"sparse_categorical_crossentropy",
       [](const Inputs& in) { return cross_entropy(in[1], to(in[0], int64), {.ignore_index = 1}); }},
      {"sparse_categorical_crossentropy",
       [](const Inputs& in) { return cross_entropy(log(in[1]), to(in[0], int64)); }},
      {"poisson", loss(poisson_nll_loss, PoissonNllOptions{.log_input = false, .epsilon = 1e-7})},
      {"kl_divergence",
       [](const Inputs& in) { return kl_div(log(in[1]), in[0], {.reduction = Reduction::batch_mean}); }},
      {"ctc", ctc},
      {"mean_squared_error", loss(mse_loss, LossOptions{})},
      {"mean_squared_error",
       [](const Inputs& in) {
         return sum(mean(mse_loss(in[1], in[0], {.reduction = Reduction::none}), -1));
       }},
      {"mean_squared_error",
       [](const Inputs& in) { return mean(mse_loss(in[1], in[0], {.reduction = Reduction::none}), -1); }},
      {"mean_absolute_error", loss(l1_loss, LossOptions{})},
      {"mean_absolute_percentage_error", loss(mean_absolute_percentage_error, LossOptions{})},
      {"mean_squared_logarithmic_error", loss(mean_squared_logarithmic_error, LossOptions{})},
      {"log_cosh", loss(log_cosh_loss, LossOptions{})},
      {"hinge", loss(hinge_loss, LossOptions{})},
      {"hinge", [](const Inputs& in) { return hinge_loss(in[1], 2 * in[0] - 1); }},
      {"squared_hinge", loss(squared_hinge_loss, LossOptions{})},
      {"cosine_similarity", loss(cosine_similarity_loss, CosineSimilarityOptions{})},
      {"cosine_similarity", loss(cosine_similarity_loss, CosineSimilarityOptions{.axis = 1})},
      {"huber", loss(huber_loss, HuberOptions{})},
      {"huber", loss(huber_loss, HuberOptions{.delta = 0.5})},
      {"categorical_hinge", loss(categorical_hinge_loss, LossOptions{})},
      {"dice", loss(dice_loss, DiceOptions{})},
      {"dice", loss(dice_loss, DiceOptions{.axes = {1, 2}})},
      // Keras takes alpha and beta the other way round than it, and the paper, says.
      {"tversky", loss(tversky_loss, TverskyOptions{})},
      {"tversky", loss(tversky_loss, TverskyOptions{.alpha = 0.75, .beta = 0.25})},
      {"tversky", loss(tversky_loss, TverskyOptions{.alpha = 0.5, .beta = 0.75, .axes = {1, 2}})},
  };
  return all;
}

using Tensors = std::map<std::string, Tensor>;

Tensors golden_file(const std::string& name) {
  const NamedTensors all = io::load_safetensors(repository("tests/golden/" + name + ".safetensors")).tensors;
  return {all.begin(), all.end()};
}

double distance(const Tensor& own, const Tensor& wanted) {
  const double error = max(abs(own.detach() - wanted)).item<double>();
  return std::isfinite(error) ? error / std::max(1., max(abs(wanted)).item<double>()) : INFINITY;
}

// The largest error of a row.
double error_of(const Call& call, const Tensors& file, const std::string& key) {
  Inputs inputs, leaves;
  std::vector<std::string> names;
  for (int i = 0; file.contains(key + "/input " + std::to_string(i)); ++i) {
    const std::string number = std::to_string(i);
    inputs.push_back(clone(file.at(key + "/input " + number)));
    if (!file.contains(key + "/gradient " + number)) continue;
    leaves.push_back(inputs.back().set_requires_grad());
    names.push_back(key + "/gradient " + number);
  }
  const Tensor output = call(inputs);
  REQUIRE(output.shape() == file.at(key + "/output").shape());
  double error = distance(output, file.at(key + "/output"));
  const std::vector<Tensor> gradients = grad({output}, leaves, {file.at(key + "/cotangent")});
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    REQUIRE(gradients[i].shape() == file.at(names[i]).shape());
    error = std::max(error, distance(gradients[i], file.at(names[i])));
  }
  return error;
}

// The names of a section of docs/coverage.txt that have a counterpart.
std::set<std::string> covered(const std::string& section) {
  std::ifstream file(repository("docs/coverage.txt"));
  std::set<std::string> names;
  bool inside = false;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("#")) inside = line.starts_with("# " + section + ":");
    if (!inside || line.starts_with("#") || line.find(": ") != std::string::npos) continue;
    std::string name;
    const std::size_t end = line.find(" -> ");
    for (const char c : line.substr(0, end) + " ") {
      if (c != ' ') name += c;
      if (c == ' ' && !name.empty()) names.insert(std::exchange(name, ""));
    }
  }
  return names;
}

}  // namespace

TEST_CASE("losses and cells are those of Keras, with their gradients") {
  const Tensors file = golden_file("keras_functions");
  // TensorFlow computes CTC, and takes the logarithm of 2, in float32; Keras adds 1e-7 only below a quotient.
  const std::set<std::string> rough{"ctc", "log_cosh", "dice", "tversky"};
  std::map<std::string, int> count;
  for (const auto& [name, call] : table()) {
    const std::string key = name + '.' + std::to_string(count[name]++);
    INFO(key);
    CHECK(error_of(call, file, key) < (rough.contains(name) ? 1e-7 : 1e-10));
  }
  for (const auto& [key, tensor] : file)  // no row of the file without one here
    CHECK(std::stoi(key.substr(key.find('.') + 1)) < count[key.substr(0, key.find('.'))]);
}

TEST_CASE("all layers and losses of Keras's that have a counterpart are compared with Keras") {
  std::set<std::string> compared;
  for (const std::string file : {"keras_functions", "keras_calls"})
    for (const auto& [key, tensor] : golden_file(file)) compared.insert(key.substr(0, key.find('.')));
  const std::set<std::string> layers = covered("keras.layers"), losses = covered("keras.losses");
  CHECK(layers.size() >= 70);
  CHECK(losses.size() >= 19);
  for (const auto& names : {layers, losses})
    for (const std::string& name : names) {
      INFO(name);
      CHECK(compared.contains(name));
    }
}
