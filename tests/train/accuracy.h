// A metric for the tests: the part of the examples, by weight, whose largest output is at the label.
#pragma once

#include <string>

#include <taper/autograd/autograd.h>
#include <taper/tensor/create.h>
#include <taper/tensor/elementwise.h>
#include <taper/train/metric.h>

class TestAccuracy : public taper::training::Metric {
 public:
  explicit TestAccuracy(std::string name = "accuracy") : Metric(std::move(name)) {}
  void update(const taper::Tensor& predictions, const taper::Tensor& targets,
              const taper::Tensor& weights = {}) override {
    using namespace taper;
    const Tensor right = compute::cast(argmax(predictions, -1) == targets, float64);
    right_ += weights.defined() ? sum(right * compute::cast(weights, float64)).item<double>()
                                : sum(right).item<double>();
    all_ += weights.defined() ? sum(compute::cast(weights, float64)).item<double>()
                              : static_cast<double>(right.numel());
  }
  double result() const override { return all_ > 0 ? right_ / all_ : 0; }
  void reset() override { right_ = all_ = 0; }
  taper::NamedTensors state_dict() const override {
    return {{"right", taper::scalar(right_, taper::float64)}, {"all", taper::scalar(all_, taper::float64)}};
  }
  void load_state_dict(const taper::NamedTensors& state) override {
    const auto values = taper::matched("TestAccuracy", TestAccuracy::state_dict(), state);
    right_ = values[0].item<double>();
    all_ = values[1].item<double>();
  }

 private:
  double right_ = 0, all_ = 0;
};
