// The table of operations: normalization, dropout and other randomness.
#include "cases.h"
#include <taper/tensor/create.h>
#include <taper/tensor/random.h>

using namespace taper;
using In = std::vector<Tensor>;

// Always the same numbers.
std::vector<Row> dropout_rows() {
  using Random = Tensor (*)(const Tensor&, Generator&);
  std::vector<Row> rows;
  const auto add = [&](const char* name, Shape shape, Random function, bool elementwise = true) {
    rows.push_back({name,
                    [function](const In& in) {
                      Generator generator(4);
                      return square(function(in[0], generator));
                    },
                    {{shape}},
                    elementwise});
  };
  using X = const Tensor&;
  add("dropout", {4, 6}, [](X x, Generator& g) { return dropout(x, 0.4, true, g); });
  add("dropout", {2, 3}, [](X x, Generator& g) { return dropout(x, 0.4, false, g); });
  add(
      "dropout1d", {3, 4, 2}, [](X x, Generator& g) { return dropout1d(x, 0.4, true, g); }, false);
  add(
      "dropout1d", {4, 2}, [](X x, Generator& g) { return dropout1d(x, 0.4, true, g); }, false);
  add(
      "dropout2d", {2, 4, 2, 2}, [](X x, Generator& g) { return dropout2d(x, 0.4, true, g); }, false);
  add(
      "dropout2d", {2, 4, 2}, [](X x, Generator& g) { return dropout2d(x, 0.4, true, g); }, false);
  add(
      "dropout3d", {2, 3, 1, 2, 2}, [](X x, Generator& g) { return dropout3d(x, 0.4, true, g); }, false);
  add("alpha_dropout", {4, 6}, [](X x, Generator& g) { return alpha_dropout(x, 0.4, true, g); });
  add(
      "feature_alpha_dropout", {3, 4, 2},
      [](X x, Generator& g) { return feature_alpha_dropout(x, 0.4, true, g); }, false);
  add("gaussian_noise", {2, 3}, [](X x, Generator& g) { return gaussian_noise(x, 0.3, true, g); });
  add("gaussian_dropout", {2, 3}, [](X x, Generator& g) { return gaussian_dropout(x, 0.3, true, g); });
  add("rrelu", {4, 6}, [](X x, Generator& g) { return rrelu(x, 0.1, 0.5, true, g); });
  add(
      "gumbel_softmax", {2, 4}, [](X x, Generator& g) { return gumbel_softmax(x, 0.7, false, -1, g); },
      false);
  return rows;
}

std::vector<Row> normalization_rows() {
  using cases::row;
  // Where the gradient takes what depends on the input for constant, only PyTorch's is compared.
  const auto constant_inside = [=](const char* name, std::vector<Argument> arguments,
                                   TensorFunction function) {
    Row result = row(name, std::move(arguments), std::move(function));
    result.differentiable = false;
    return result;
  };
  const auto train = [](const In& in) {
    return batch_norm(in[0], {}, {}, in[1], in[2], {.training = true, .epsilon = 1e-2});
  };
  const auto evaluate = [](const In& in) {
    const Tensor mean = linspace(-1, 1, 3, float64), variance = linspace(0.5, 2, 3, float64);
    return batch_norm(in[0], mean, variance, in[1], in[2]);
  };
  const std::vector<Argument> images = {{{2, 3, 2, 2}}, {{3}}, {{3}}}, rows = {{{5, 3}}, {{3}}, {{3}}};
  const Argument maps{{2, 4, 3}}, channels{{4}};
  return {
      row("batch_norm", images, train),
      row("batch_norm", rows, train),
      row("batch_norm", {{{4, 2}}},
          [](const In& in) { return batch_norm(in[0], {}, {}, {}, {}, {.training = true}); }),
      row("batch_norm", images, evaluate, true),
      row("batch_norm", rows, evaluate, true),
      row("layer_norm", {{{3, 4}}, {{4}}, {{4}}},
          [](const In& in) { return layer_norm(in[0], {4}, in[1], in[2], 1e-2); }),
      row("layer_norm", {{{2, 2, 3}}, {{2, 3}}},
          [](const In& in) {
            return layer_norm(in[0], {2, 3}, in[1], {});
          }),
      row("layer_norm", {{{3, 5}}}, [](const In& in) { return layer_norm(in[0], {5}); }),
      row("rms_norm", {{{3, 4}}, {{4}}}, [](const In& in) { return rms_norm(in[0], {4}, in[1], 1e-2); }),
      row("rms_norm", {{{2, 2, 3}}},
          [](const In& in) {
            return rms_norm(in[0], {2, 3});
          }),
      row("group_norm", {maps, channels, channels},
          [](const In& in) { return group_norm(in[0], 2, in[1], in[2], 1e-2); }),
      row("group_norm", {{{3, 6}}, {{6}}}, [](const In& in) { return group_norm(in[0], 2, in[1]); }),
      row("group_norm", {{{2, 3, 2, 2}}}, [](const In& in) { return group_norm(in[0], 1); }),
      row("instance_norm", {maps, channels, channels},
          [](const In& in) { return instance_norm(in[0], {}, {}, in[1], in[2], {.epsilon = 1e-2}); }),
      row("instance_norm", {{{2, 3, 2, 2}}}, [](const In& in) { return instance_norm(in[0]); }),
      row(
          "instance_norm", images,
          [](const In& in) {
            const Tensor mean = linspace(-1, 1, 3, float64), variance = linspace(0.5, 2, 3, float64);
            return instance_norm(in[0], mean, variance, in[1], in[2], {.use_input_stats = false});
          },
          true),
      constant_inside("instance_norm", {{{2, 3, 4}}},
                      [](const In& in) {  // the statistics that it leaves
                        const Tensor mean = linspace(-1, 1, 3, float64),
                                     variance = linspace(0.5, 2, 3, float64);
                        const Tensor y = instance_norm(in[0], mean, variance, {}, {}, {.momentum = 0.3});
                        return concat({mean, variance}) + 0 * sum(y);
                      }),
      row("local_response_norm", {{{2, 5, 3}}},
          [](const In& in) { return local_response_norm(in[0], 3, {.alpha = 0.5, .beta = 0.6, .k = 1.5}); }),
      row("local_response_norm", {{{1, 3, 2, 2}}},
          [](const In& in) { return local_response_norm(in[0], 4); }),
      row("normalize", {{{3, 4}}}, [](const In& in) { return normalize(in[0]); }),
      row("normalize", {{{3, 4, 2}}}, [](const In& in) { return normalize(in[0], 1, -1); }),
      row("normalize", {{{3, 4}}}, [](const In& in) { return normalize(in[0], 3, 0, 4); }),
      row("weight_norm", {{{3, 4, 2}}, {{3, 1, 1}}}, [](const In& in) { return weight_norm(in[0], in[1]); }),
      row("weight_norm", {{{3, 4}}, {{1, 4}}}, [](const In& in) { return weight_norm(in[0], in[1], 1); }),
      row("weight_norm", {{{3, 4}}, {{}}}, [](const In& in) { return weight_norm(in[0], in[1]); }),
      constant_inside("spectral_norm", {{{3, 2, 2}}},
                      [](const In& in) {
                        const Tensor u = linspace(-1, 1, 3, float64), v = linspace(0.5, 1, 4, float64);
                        return spectral_norm(in[0], u, v, {.iterations = 2});
                      }),
      row("spectral_norm", {{{3, 4}}},
          [](const In& in) {
            const Tensor u = linspace(-1, 1, 4, float64), v = linspace(0.5, 1, 3, float64);
            return spectral_norm(in[0], u, v, {.axis = 1, .iterations = 0});
          }),
  };
}
