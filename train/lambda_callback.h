// LambdaCallback: a callback of functions, for what needs no class.
#pragma once

#include <cstdint>
#include <utility>

#include <taper/tensor/function.h>
#include <taper/train/callback.h>

namespace taper::training {

/// Functions of Callback; those that are empty are not called.
struct LambdaCallbackOptions {
  Function<void(Trainer&)> on_train_begin = {};
  Function<void(Trainer&, std::int64_t epoch)> on_epoch_begin = {};
  Function<void(Trainer&, std::int64_t batch)> on_batch_begin = {};
  Function<void(Trainer&, std::int64_t batch, const Logs&)> on_batch_end = {};
  Function<void(Trainer&, std::int64_t epoch, const Logs&)> on_epoch_end = {};
  Function<void(Trainer&)> on_train_end = {};
};

///     training::LambdaCallback({.on_epoch_end = [](auto& trainer, auto epoch, const auto& logs) { ... }})
class LambdaCallback final : public Callback {
 public:
  explicit LambdaCallback(LambdaCallbackOptions functions) : functions_(std::move(functions)) {}

  void on_train_begin(Trainer& trainer) override { call(functions_.on_train_begin, trainer); }
  void on_epoch_begin(Trainer& trainer, std::int64_t epoch) override {
    call(functions_.on_epoch_begin, trainer, epoch);
  }
  void on_batch_begin(Trainer& trainer, std::int64_t batch) override {
    call(functions_.on_batch_begin, trainer, batch);
  }
  void on_batch_end(Trainer& trainer, std::int64_t batch, const Logs& logs) override {
    call(functions_.on_batch_end, trainer, batch, logs);
  }
  void on_epoch_end(Trainer& trainer, std::int64_t epoch, const Logs& logs) override {
    call(functions_.on_epoch_end, trainer, epoch, logs);
  }
  void on_train_end(Trainer& trainer) override { call(functions_.on_train_end, trainer); }

 private:
  template <class Held, class... Arguments>
  static void call(const Held& function, Arguments&... arguments) {
    if (function) function(arguments...);
  }
  LambdaCallbackOptions functions_;
};

}  // namespace taper::training
