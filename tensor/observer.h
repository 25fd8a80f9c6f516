// Observer: sees what is computed on a thread: operations, functions made of others, gradients, other work.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <taper/tensor/elementwise.h>

namespace taper {

class Observer;

// Note [Observed]
// A profiler and an exporter want to see the same: each operation with its operands and options, and which of
// them are parts of a larger function. An Observer of this thread is told so. What is here costs a test of
// one pointer where there is none; everything else is then left undone, also the list of options.
//
// An operation that record() is called with reports itself. describe(), just before, gives its options.
// composed() is for a function made of other operations that has a name and options of its own.

/// An option of an operation: a number, extents or axes, or a word.
struct Attribute {
  template <class Number>
  requires std::is_arithmetic_v<Number> Attribute(const char* option, Number number)
      : name(option), value(static_cast<double>(number)) {}
  Attribute(const char* option, const Shape& extents) : name(option), value(extents) {}
  Attribute(const char* option, const char* word) : name(option), value(std::string(word)) {}
  const char* name;
  std::variant<double, Shape, std::string> value;
};
using Attributes = std::vector<Attribute>;

/// An operation that has been computed.
struct ObservedOperation {
  const char* name;
  std::span<const Tensor> results;
  std::span<const Operand> inputs;  ///< also undefined tensors
  const Attributes& attributes;
  bool composed;  ///< what was observed since its begin() are its parts
};

/// A span of time of this thread that has a name.
class Section {
 public:
  enum class Kind {
    function,   ///< made of operations: the last one in it is composed
    gradient,   ///< of the operation whose node has number `subject`
    optimizer,  ///< a step
    data        ///< waiting for a batch, or preparing one
  };
  [[nodiscard]] Section(Kind what, const char* named, std::uint64_t about = 0);
  Section(const Section&) = delete;
  Section& operator=(const Section&) = delete;
  ~Section() {
    if (observer_ != nullptr) [[unlikely]]
      end();
  }

  const Kind kind;
  const char* const name;
  const std::uint64_t subject;

 private:
  void end() const noexcept;
  Observer* const observer_;
};

/// While an object of this class exists, it is told what happens on the thread that made it. The one made
/// last is told alone. Sections can end by exceptions.
class Observer {
 public:
  Observer(const Observer&) = delete;
  Observer& operator=(const Observer&) = delete;
  virtual ~Observer();
  virtual void operation(const ObservedOperation&) {}
  virtual void begin(const Section&) {}
  virtual void end(const Section&) noexcept {}

 protected:
  Observer();

 private:
  friend class Section;
  Observer* before_;
};

namespace detail {

constinit inline thread_local Observer* observer = nullptr;

/// What holds for the operations of this thread, in one byte, so that there is one thing to look at: whether
/// they are recorded, and searched for NaN (see autograd/grad_mode.h), and whether there is an observer.
enum Mode : std::uint8_t { recorded = 1, observed_too = 2, searched = 4 };
constinit inline thread_local std::uint8_t mode = recorded;

inline void set_mode(Mode which, bool value) noexcept {
  mode = static_cast<std::uint8_t>((mode & ~which) | (value ? which : 0));
}

void describe_now(Attributes attributes);
void observe(const char* name, std::span<const Tensor> results, std::span<const Operand> inputs,
             bool composed = false);

/// Gives the options of the operation that is reported next: `describe([&] { return Attributes{...}; })`.
template <class Options>
void describe(Options&& options) {
  if (observer != nullptr) [[unlikely]]
    describe_now(options());
}

/// Reports an operation that has no gradient, and returns its result.
inline Tensor observed(const char* name, Tensor result, std::initializer_list<Operand> inputs) {
  if (observer != nullptr) [[unlikely]]
    observe(name, {&result, 1}, {inputs.begin(), inputs.size()});
  return result;
}

/// body(), a function of `inputs` made of other operations.
template <class Options, class Body>
auto composed(const char* name, std::initializer_list<Operand> inputs, Options&& options, Body&& body) {
  if (observer == nullptr) [[likely]]
    return body();
  const Section section(Section::Kind::function, name);
  auto result = body();
  describe_now(options());
  if constexpr (requires { result.hidden; }) {
    const Tensor all[] = {result.output, result.hidden, result.cell};
    observe(name, all, {inputs.begin(), inputs.size()}, true);
  } else {
    observe(name, {&result, 1}, {inputs.begin(), inputs.size()}, true);
  }
  return result;
}

}  // namespace detail

inline Section::Section(Kind what, const char* named, std::uint64_t about)
    : kind(what), name(named), subject(about), observer_(detail::observer) {
  if (observer_ != nullptr) [[unlikely]]
    observer_->begin(*this);
}

}  // namespace taper
