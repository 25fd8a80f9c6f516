// State: the parts of a training that a checkpoint holds, as one list of tensors.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <taper/data/data_loader.h>
#include <taper/tensor/function.h>
#include <taper/tensor/named_tensors.h>
#include <taper/tensor/random.h>

namespace taper::training {

/// What has a state_dict(): models, optimizers, metrics, callbacks, history, your own classes.
template <class T>
concept HasState = requires(T& object, const NamedTensors& state) {
  NamedTensors(object.state_dict());
  object.load_state_dict(state);
};

/// Refers to the parts, which must outlive it:
///
///     training::State state;
///     state.add("model", model).add("optimizer", optimizer).add("loader", loader).add("step", step);
///
/// The tensors of a part are called "PART.NAME", as "model.0.weight".
class State {
 public:
  /// A part with its own functions. They are called with its tensors under its own names. Throws ValueError
  /// for a name that is empty, contains a dot or is already used.
  State& add(const std::string& name, Function<NamedTensors()> state,
             Function<void(const NamedTensors&)> load);
  template <HasState T>
  State& add(const std::string& name, T& object) {
    return add(
        name, [&object] { return NamedTensors(object.state_dict()); },
        [&object](const NamedTensors& state) { object.load_state_dict(state); });
  }
  /// The batch that comes next. Draws the loader's seed if there is none yet.
  State& add(const std::string& name, data::DataLoader& loader);
  /// The seed and position, for instance of default_generator().
  State& add(const std::string& name, Generator& generator);
  State& add(const std::string& name, std::int64_t& number);
  State& add(const std::string& name, double& number);

  /// The tensors of all parts; copies.
  NamedTensors state_dict() const;
  /// Takes what state_dict() gave; all parts, or none: if one does not fit, those before it get back what
  /// they had, and the error is rethrown. Throws ValueError for tensors of an unknown part, and for a part
  /// that has tensors now but is given none.
  void load_state_dict(const NamedTensors& state);

 private:
  struct Part {
    std::string name;
    Function<NamedTensors()> state;
    Function<void(const NamedTensors&)> load;
  };
  std::vector<Part> parts_;
};

}  // namespace taper::training
