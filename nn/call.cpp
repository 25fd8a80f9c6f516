// Calls of modules: the chain of calls on this thread, hooks, and errors that name the place.
#include <fmt/format.h>

#include <taper/autograd/anomaly.h>
#include <taper/autograd/backward.h>
#include <taper/nn/call.h>
#include <taper/nn/module_state.h>
#include <taper/tensor/error.h>

namespace taper::nn {
namespace {

// Of this thread, together: what is called often has one address to compute.
struct Here {
  const detail::Call* innermost = nullptr;
  CallObserver* observer = nullptr;
};
constinit thread_local Here here;

// Anomaly detection names the layers of operations that are recorded in a call.
[[maybe_unused]] const bool registered = (taper::detail::place = &detail::Call::place, true);

std::string joined(const std::string& path, const std::string& name) {
  return path.empty() ? name : path + "." + name;
}

}  // namespace

CallObserver::CallObserver() : before_(std::exchange(here.observer, this)) {}
CallObserver::~CallObserver() { here.observer = before_; }

namespace detail {

Call::Call() : outer_(here.innermost) { here.innermost = this; }

Call::Call(const Module& module) : module_(&module), outer_(here.innermost) {
  if (outer_ != nullptr && outer_->module_ != nullptr &&
      !module.state_->is_below(outer_->module_->state_.get()) && module.state_ != outer_->module_->state_ &&
      !module.parameters().empty())
    throw ValueError(
        fmt::format("calls a {0} that is not a child, so its parameters would be neither trained nor saved; "
                    "declare it as `{0} name = child(\"name\", {0}(...))`, or as External<{0}>",
                    module.type()));
  here.innermost = this;
  if (here.observer == nullptr) [[likely]]
    return;
  try {
    here.observer->entered(module);
  } catch (...) {
    here.innermost = outer_;
    throw;
  }
}

Call::~Call() {
  if (here.observer != nullptr && module_ != nullptr) [[unlikely]]
    here.observer->left(*module_);
  here.innermost = outer_;
}

void Call::finish(Tensor* result) const {
  if (result == nullptr || !result->defined()) return;
  const Module::State& state = *module_->state_;
  for (const auto& [number, hook] : state.forward_hooks)
    if (Tensor other = hook(*result); other.defined()) *result = other;
  if (!state.gradient_hooks.empty() && result->requires_grad())
    for (const auto& [number, hook] : state.gradient_hooks) register_hook(*result, hook);
  if (here.observer != nullptr) [[unlikely]]
    here.observer->called(*module_, *result);
}

void Call::name_place(Error& error) const { error.add_place(place()); }

std::string Call::place() {
  // From the outermost call that counts.
  std::vector<const Module*> chain;
  for (const Call* call = here.innermost; call != nullptr && call->module_ != nullptr; call = call->outer_)
    chain.insert(chain.begin(), call->module_);
  if (chain.empty()) return {};
  const auto path_to = [](const auto& self, const Module& from, const Module& wanted) -> std::string {
    for (const auto& [name, child] : from.state_->children) {
      if (child->state_ == wanted.state_) return name;
      if (const std::string below = self(self, *child, wanted); !below.empty()) return joined(name, below);
    }
    return {};
  };
  std::string path;
  for (std::size_t i = 1; i < chain.size(); ++i) {
    const std::string next = path_to(path_to, *chain[i - 1], *chain[i]);
    path = next.empty() ? "" : joined(path, next);
  }
  const std::string type = chain.back()->type();
  return path.empty() ? type : fmt::format("{} ({})", path, type);
}

void check_input(const Tensor& first) {
  if (!first.defined()) throw ValueError("the input is an undefined tensor");
}

}  // namespace detail
}  // namespace taper::nn
