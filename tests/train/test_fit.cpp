// Trainer against Keras's fit(), evaluate() and predict(): see tests/golden/keras_fit.py.
#include <fstream>

#include <catch.h>
#include <nlohmann/json.hpp>
#include <repository.h>

#include "accuracy.h"
#include <taper/data/tensor_dataset.h>
#include <taper/nn/nn.h>
#include <taper/optim/optim.h>
#include <taper/train/trainer.h>

using namespace taper;
using nlohmann::json;

namespace {

const json& cases() {
  static const json all = json::parse(std::ifstream(repository("tests/golden/keras_fit.json")))["cases"];
  return all;
}

Tensor matrix(const json& rows) {
  std::vector<double> values;
  for (const json& row : rows)
    for (const json& value : row) values.push_back(value.get<double>());
  return from_data<double>(values, {std::ssize(rows), std::ssize(rows[0])});
}

Tensor vector(const json& row) {
  return from_data<double>(row.get<std::vector<double>>(), {std::ssize(row)});
}

struct KerasModel {
  explicit KerasModel(const json& given) : example(given) {
    model.to(float64);
    model.load_state_dict(state("before"));
  }
  NamedTensors state(const char* when) const {
    const json& weights = example[when];
    return {{"0.weight", transpose(matrix(weights[0]))},
            {"0.bias", vector(weights[1])},
            {"2.weight", transpose(matrix(weights[2]))},
            {"2.bias", vector(weights[3])}};
  }
  // The examples [begin, end), with weights if the case has them.
  data::TensorDataset examples(std::int64_t begin, std::int64_t end) const {
    const Slice rows(begin, end);
    std::vector<Tensor> tensors{matrix(example["x"])(rows)};
    if (regression)
      tensors.push_back(matrix(example["y"])(rows));
    else
      tensors.push_back(compute::cast(vector(example["y"]), int64)(rows));
    if (!example["weights"].empty()) tensors.push_back(vector(example["weights"])(rows));
    return data::TensorDataset(tensors);
  }

  const json& example;
  bool regression = example["y"][0].is_array();
  std::int64_t outputs = std::ssize(example["before"][3]);
  nn::Sequential model{nn::Linear(5, 6), nn::Tanh(), nn::Linear(6, outputs)};
};

void check_logs(const json& expected, const training::Logs& logs) {
  CHECK(expected.size() == logs.size());
  for (const auto& [name, value] : logs) {
    INFO(name);
    CHECK(value == Approx(expected.at(name).get<double>()).epsilon(1e-10));
  }
}

void check_case(const std::string& name) {
  INFO(name);
  const json& example = cases().at(name);
  KerasModel keras(example);
  const json& averages = example["optimizer"];
  optim::Adam adam(keras.model,
                   {.learning_rate = 0.02,
                    .use_ema = averages.contains("use_ema"),
                    .ema_momentum = averages.value("ema_momentum", 0.99),
                    .ema_overwrite_frequency = averages.value("ema_overwrite_frequency", std::int64_t{0})});
  training::TrainerOptions options;
  if (!keras.regression)
    options = {.metrics = {TestAccuracy()}, .weighted_metrics = {TestAccuracy("weighted_accuracy")}};
  training::Trainer trainer(keras.model, adam,
                            keras.regression ? training::Loss(mse_loss) : training::Loss(cross_entropy),
                            options);

  training::FitOptions fit{.epochs = 4, .validation_split = example["split"].get<double>(), .verbose = 0};
  const json& given = example["fit"];
  fit.validation_steps = given.value("validation_steps", std::int64_t{0});
  fit.steps_per_epoch = given.value("steps_per_epoch", std::int64_t{0});
  if (const auto frequency = given.find("validation_freq"); frequency != given.end()) {
    if (frequency->is_array())
      fit.validation_freq = frequency->get<std::vector<std::int64_t>>();
    else
      fit.validation_freq = frequency->get<std::int64_t>();
  }
  for (const auto& [label, weight] : example["class_weight"].items())
    fit.class_weight[std::stoll(label)] = weight.get<double>();
  const data::TensorDataset all = keras.examples(0, 29);
  data::DataLoader all_loader(all, {.batch_size = 4});
  if (fit.validation_split > 0) {
    trainer.fit(all, {.batch_size = 4}, fit);
  } else {
    const data::TensorDataset training = keras.examples(0, 22), validation = keras.examples(22, 29);
    data::DataLoader loader(training, {.batch_size = 4}), validation_loader(validation, {.batch_size = 4});
    fit.validation_data = &validation_loader;
    trainer.fit(loader, fit);
  }
  CHECK(example["history"].size() == trainer.history().all().size());
  for (const auto& [key, values] : trainer.history().all()) {
    INFO(key);
    const auto expected = example["history"].at(key).get<std::vector<double>>();
    REQUIRE(values.size() == expected.size());
    for (std::size_t i = 0; i < values.size(); ++i) CHECK(values[i] == Approx(expected[i]).epsilon(1e-10));
  }
  check_logs(example["evaluate"], trainer.evaluate(all_loader));
  CHECK(allclose(trainer.predict(all_loader), matrix(example["predict"]), {.rtol = 1e-10, .atol = 1e-10}));
  for (const auto& [key, expected] : keras.state("after")) {
    const NamedTensors state = keras.model.state_dict();
    for (const auto& [own, tensor] : state)
      if (own == key) CHECK(allclose(tensor, expected, {.rtol = 1e-9, .atol = 1e-10}));
  }
}

}  // namespace

TEST_CASE("fit, evaluate and predict give Keras's numbers") {
  CHECK(cases().size() == 14);
  for (const auto& [name, example] : cases().items()) check_case(name);
}

TEST_CASE("class weights take one-hot targets and targets with an axis of one, as in Keras") {
  const json& example = cases().at("class_weight");
  std::vector<double> losses;
  for (const std::string kind : {"labels", "one-hot", "column"}) {
    KerasModel keras(example);
    optim::SGD sgd(keras.model, {.learning_rate = 0});
    const data::TensorDataset examples = keras.examples(0, 22);
    Tensor target = examples.tensors()[1];
    if (kind == "one-hot") target = one_hot(target, 3);
    if (kind == "column") target = unsqueeze(target, 1);
    const data::TensorDataset changed({examples.tensors()[0], target});
    data::DataLoader loader(changed, {.batch_size = 22});
    training::Trainer trainer(keras.model, sgd, [&](const Tensor& output, const Tensor& given) {
      const Tensor labels = kind == "one-hot" ? argmax(given, 1) : reshape(given, {-1});
      return cross_entropy(output, labels, {.reduction = Reduction::none});
    });
    losses.push_back(trainer.fit(loader, {.class_weight = {{0, 0.5}, {2, 3.0}}, .verbose = 0})["loss"][0]);
  }
  CHECK(losses[0] == losses[1]);
  CHECK(losses[0] == losses[2]);
  KerasModel keras(example);
  optim::SGD sgd(keras.model, {.learning_rate = 0});
  training::Trainer trainer(keras.model, sgd, cross_entropy);
  const data::TensorDataset examples = keras.examples(0, 22);
  data::DataLoader loader(examples, {.batch_size = 22});
  CHECK(trainer.fit(loader, {.verbose = 0})["loss"][0] != losses[0]);
}

TEST_CASE("weights of classes and of examples multiply") {
  const json& example = cases().at("sample_weight");
  const auto loss = [&](bool given, const std::map<std::int64_t, double>& class_weight) {
    KerasModel keras(example);
    optim::SGD sgd(keras.model, {.learning_rate = 0});
    training::Trainer trainer(keras.model, sgd, cross_entropy);
    std::vector<Tensor> tensors = keras.examples(0, 22).tensors();
    if (!given) tensors.pop_back();
    const data::TensorDataset examples(tensors);
    data::DataLoader loader(examples, {.batch_size = 22});
    return trainer.fit(loader, {.class_weight = class_weight, .verbose = 0})["loss"][0];
  };
  const std::map<std::int64_t, double> twice{{0, 2}, {1, 2}, {2, 2}};
  CHECK(loss(true, twice) == Approx(2 * loss(true, {})).epsilon(1e-12));
  CHECK(loss(true, twice) != Approx(loss(false, twice)).epsilon(1e-3));
}
