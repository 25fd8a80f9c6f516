// Undisturbed: a look at a module that leaves no trace.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include <taper/nn/module.h>

namespace taper::nn::detail {

/// Switches a module and its descendants to evaluation mode until the end of the scope; then restores the
/// mode of each, and the position of the default generator.
class Undisturbed {
 public:
  explicit Undisturbed(Module& module);
  Undisturbed(const Undisturbed&) = delete;
  Undisturbed& operator=(const Undisturbed&) = delete;
  ~Undisturbed();

 private:
  std::vector<std::pair<Module*, bool>> before_;
  std::uint64_t position_;
};

}  // namespace taper::nn::detail
