// Observer: which one this thread has, and what it is told.
#include <taper/tensor/observer.h>

namespace taper {
namespace {

constinit thread_local Attributes described;

}  // namespace

Observer::Observer() : before_(std::exchange(detail::observer, this)) {
  detail::set_mode(detail::observed_too, true);
}

Observer::~Observer() {
  // Whoever was made later may live longer.
  Observer** place = &detail::observer;
  while (*place != nullptr && *place != this) place = &(*place)->before_;
  if (*place == this) *place = before_;
  detail::set_mode(detail::observed_too, detail::observer != nullptr);
}

void Section::end() const noexcept {
  const Observer* each = detail::observer;
  while (each != nullptr && each != observer_) each = each->before_;
  if (each != nullptr) observer_->end(*this);
}

namespace detail {

void describe_now(Attributes attributes) { described = std::move(attributes); }

void observe(const char* name, std::span<const Tensor> results, std::span<const Operand> inputs,
             bool composed) {
  const Attributes attributes = std::exchange(described, {});
  if (observer != nullptr) observer->operation({name, results, inputs, attributes, composed});
}

}  // namespace detail
}  // namespace taper
