// What all copies of a module share. Internal.
#pragma once

#include <algorithm>

#include <taper/nn/module.h>

namespace taper::nn {

struct Module::State {
  using Hook = Function<Tensor(const Tensor&)>;
  using Hooks = std::vector<std::pair<int, Hook>>;

  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {
    for (const auto& [name, child] : children) release(*child);
  }
  void adopt(const Module& child) const { child.state_->parents.push_back(this); }
  void release(const Module& child) const {
    auto& list = child.state_->parents;
    list.erase(std::find(list.begin(), list.end(), this));
  }
  bool is_below(const State* ancestor) const {
    return std::any_of(parents.begin(), parents.end(),
                       [&](const State* parent) { return parent == ancestor || parent->is_below(ancestor); });
  }

  // state_dict() lists both: the parameters of a module, then its buffers.
  NamedTensors parameters, buffers;
  std::vector<std::pair<std::string, std::shared_ptr<Module>>> children;
  std::vector<const State*> parents;  // once for each child that this is
  Hooks forward_hooks, gradient_hooks;
  int next_hook = 0;
  bool training = true;
};

}  // namespace taper::nn
