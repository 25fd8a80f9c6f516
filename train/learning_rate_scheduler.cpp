// LearningRateScheduler: sets the optimizer's number.
#include <taper/train/learning_rate_scheduler.h>
#include <taper/train/trainer.h>

namespace taper::training {

void LearningRateScheduler::on_epoch_begin(Trainer& trainer, std::int64_t epoch) {
  optim::Optimizer& optimizer = trainer.optimizer();
  optimizer.set_learning_rate(schedule_(epoch, optimizer.learning_rate()));
}

}  // namespace taper::training
