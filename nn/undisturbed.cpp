// Modes of modules, and the position of the default generator, kept and restored.
#include <taper/nn/undisturbed.h>
#include <taper/tensor/random.h>

namespace taper::nn::detail {

EvaluationMode::EvaluationMode(Module& module) {
  for (const auto& [name, each] : module.named_modules()) before_.emplace_back(each, each->is_training());
  module.eval();
}

EvaluationMode::~EvaluationMode() {
  // train() also switches the descendants. Parents come first in the list, so the mode of each descendant is
  // restored after that.
  for (const auto& [module, training] : before_) module->train(training);
}

Undisturbed::Undisturbed(Module& module) : mode_(module), position_(default_generator().position()) {}
Undisturbed::~Undisturbed() { default_generator().set_position(position_); }

}  // namespace taper::nn::detail
