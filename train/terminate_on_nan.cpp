// TerminateOnNaN: looks at the loss of each batch.
#include <cmath>
#include <cstdio>

#include <fmt/format.h>

#include <taper/train/terminate_on_nan.h>
#include <taper/train/trainer.h>

namespace taper::training {

void TerminateOnNaN::on_batch_end(Trainer& trainer, std::int64_t batch, const Logs& logs) {
  for (const auto& [name, value] : logs) {
    if (name != "loss" || std::isfinite(value)) continue;
    fmt::print(stderr, "Batch {}: the loss is {}, the training ends\n", batch, value);
    trainer.stop();
  }
}

}  // namespace taper::training
