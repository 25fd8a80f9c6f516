// Weights and an optimizer's state in Keras's order and layout.
#include <algorithm>

#include <fmt/format.h>

#include <taper/autograd/grad_mode.h>
#include <taper/autograd/ops/shape.h>
#include <taper/interop/keras_state.h>
#include <taper/tensor/elementwise.h>
#include <taper/tensor/error.h>

namespace taper::interop::detail {
namespace {

Tensor copy(const Tensor& x) { return compute::cast(contiguous(x.detach()), x.dtype()); }

// Where the tensor `i` of an optimizer's state belongs: to a parameter, or to all (-1).
struct Place {
  int parameter = -1;
  std::string slot;
};

// Note [The order of an optimizer's variables]
// Keras writes an optimizer's variables in an order that state_dict() has, too: the iteration, the learning
// rate, then sections that run through all parameters, with one slot of each or several, then numbers of the
// rule. A variable here may have two parameters (GRU's biases), or a part of one (attention's), so the
// sections are run through by Keras's variables.
class State {
 public:
  State(const std::string& place, optim::Optimizer& optimizer, const std::vector<KerasVariable>& variables)

      : place_(place), optimizer_(optimizer), tensors(optimizer.state_dict()) {
    const NamedTensors parameters = optimizer.parameters();
    for (const auto& [name, tensor] : tensors) places_.push_back(place_of(name, tensor, parameters));
    for (const KerasVariable& variable : variables) {
      if (!variable.trained) continue;
      Owner owner{&variable, {}};
      for (const Tensor& part : variable.parts) {
        const auto found = std::find_if(parameters.begin(), parameters.end(), [&](const NamedTensor& each) {
          return each.second.raw() == part.raw() && each.second.numel() == part.numel();
        });
        if (found != parameters.end() && part.requires_grad())
          owner.parameters.push_back(static_cast<int>(found - parameters.begin()));
      }
      if (owner.parameters.empty()) continue;  // frozen: Keras's optimizer does not know it
      if (owner.parameters.size() != variable.parts.size())
        fail(fmt::format("only a part of '{}' is trained", variable.path));
      owners_.push_back(std::move(owner));
    }
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      const auto has = [&](const Owner& owner) {
        return std::find(owner.parameters.begin(), owner.parameters.end(), static_cast<int>(i)) !=
               owner.parameters.end();
      };
      if (parameters[i].second.requires_grad() && std::none_of(owners_.begin(), owners_.end(), has))
        fail(fmt::format("its parameter '{}' is not one of the model", parameters[i].first));
    }
  }

  // Calls `use` with each of Keras's variables in its order: with null for a tensor that is the same in both.
  template <class Use>
  void each(Use&& use) const {
    for (std::size_t i = 0; i < tensors.size();) {
      if (places_[i].parameter < 0) {
        use(nullptr, std::vector<std::size_t>{i++});
        continue;
      }
      // A section ends before a parameter that comes earlier.
      std::size_t end = i + 1;
      while (end < tensors.size() && places_[end].parameter >= places_[end - 1].parameter) ++end;
      for (const Owner& owner : owners_)
        for (std::size_t first = i; first < end; ++first)
          if (places_[first].parameter == owner.parameters.front())
            use(owner.variable, parts_of(owner, places_[first].slot, i, end));
      i = end;
    }
  }

  [[noreturn]] void fail(const std::string& what) const {
    throw ValueError(fmt::format("{}: {}: {}", place_, optimizer_.name(), what));
  }

  const std::string place_;
  optim::Optimizer& optimizer_;
  NamedTensors tensors;

 private:
  struct Owner {
    const KerasVariable* variable;
    std::vector<int> parameters;
  };

  Place place_of(const std::string& name, const Tensor& tensor, const NamedTensors& parameters) const {
    Place place;
    std::size_t longest = 0;
    if (name == "iteration" || name.starts_with("learning_rate")) return place;
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      const std::string& owner = parameters[i].first;
      if (owner.size() < longest || !name.starts_with(owner + "_")) continue;
      longest = owner.size();
      place = {static_cast<int>(i), name.substr(longest + 1)};
    }
    if (place.parameter < 0) return place;
    if (tensor.shape() != parameters[static_cast<std::size_t>(place.parameter)].second.shape())
      fail(fmt::format("the shape of '{}' is not its parameter's, so it cannot be converted", name));
    return place;
  }

  std::vector<std::size_t> parts_of(const Owner& owner, const std::string& slot, std::size_t begin,
                                    std::size_t end) const {
    std::vector<std::size_t> parts;
    for (const int parameter : owner.parameters)
      for (std::size_t i = begin; i < end; ++i)
        if (places_[i].parameter == parameter && places_[i].slot == slot) parts.push_back(i);
    if (parts.size() != owner.parameters.size())
      fail(fmt::format("the parts of '{}' have different slots", owner.variable->path));
    return parts;
  }

  std::vector<Place> places_;
  std::vector<Owner> owners_;
};

bool same_kind(DType a, DType b) { return is_floating(a) == is_floating(b); }

// An optimizer's state that is that of the file.
NamedTensors read_optimizer(const std::string& place, const io::Hdf5& file,
                            const std::vector<KerasVariable>& variables, optim::Optimizer& optimizer) {
  State state(place, optimizer, variables);
  std::size_t number = 0;
  state.each([&](const KerasVariable* variable, const std::vector<std::size_t>& parts) {
    const std::string name = fmt::format("optimizer/vars/{}", number++);
    const std::string& own = state.tensors[parts.front()].first;
    const Tensor* const found = file.find(name);
    if (found == nullptr)
      state.fail(
          fmt::format("there is no '{}' for {}; is the state that of another optimizer, or of other options?",
                      name, own));
    const Tensor& first = state.tensors[parts.front()].second;
    const Shape wanted = variable == nullptr ? first.shape() : shape_of(*variable);
    if (found->shape() != wanted || !same_kind(found->dtype(), first.dtype()))
      throw ShapeError(fmt::format("{}: {}: '{}' has the shape {}, expected {} for {}", place,
                                   optimizer.name(), name, to_string(found->shape()), to_string(wanted),
                                   own));
    const Tensor values = compute::cast(*found, first.dtype());
    if (variable == nullptr) {
      state.tensors[parts.front()].second = values;
      return;
    }
    std::vector<Tensor> to;
    to.reserve(parts.size());
    for (const std::size_t part : parts) to.push_back(state.tensors[part].second);
    split(*variable, values, to);
  });
  if (file.find(fmt::format("optimizer/vars/{}", number)) != nullptr)
    state.fail(
        fmt::format("there are more than its {} variables; is the state that of another optimizer, or of "
                    "other options?",
                    number));
  return std::move(state.tensors);
}

}  // namespace

void read_state(const std::string& place, const io::Hdf5& file, const std::vector<KerasVariable>& variables,
                optim::Optimizer* optimizer) {
  const NoGrad no_grad;
  std::string missing, shapes;
  for (const KerasVariable& variable : variables) {
    const Tensor* const found = file.find(variable.path);
    const Shape wanted = shape_of(variable);
    if (found == nullptr)
      missing += fmt::format("{}'{}'", missing.empty() ? "" : ", ", variable.path);
    else if (found->shape() != wanted)
      shapes += fmt::format("{}'{}' is {}, expected {}", shapes.empty() ? "" : "; ", variable.path,
                            to_string(found->shape()), to_string(wanted));
    else if (!is_floating(found->dtype()))
      throw DTypeError(fmt::format("{}: '{}' has integers, expected floating numbers", place, variable.path));
  }
  if (!missing.empty())
    throw ValueError(
        fmt::format("{}: it is not of the same layers as the model; missing: {}", place, missing));
  if (!shapes.empty()) throw ShapeError(fmt::format("{}: {}", place, shapes));
  NamedTensors state;
  if (optimizer != nullptr) state = read_optimizer(place, file, variables, *optimizer);

  if (optimizer != nullptr) optimizer->load_state_dict(state);
  for (const KerasVariable& variable : variables) {
    std::vector<Tensor> parts;
    parts.reserve(variable.parts.size());
    for (const Tensor& part : variable.parts) parts.push_back(copy(part));
    split(variable, compute::cast(file.at(variable.path), variable.parts.front().dtype()), parts);
    for (std::size_t i = 0; i < parts.size(); ++i) {
      Tensor own = variable.parts[i].detach();
      compute::copy(own, parts[i]);
    }
  }
}

io::Hdf5 written_state(const std::string& place, const std::vector<KerasVariable>& variables,
                       optim::Optimizer* optimizer) {
  const NoGrad no_grad;
  io::Hdf5 file{{}, {"layers"}, {}};
  for (const KerasVariable& variable : variables) {
    std::vector<Tensor> parts;
    parts.reserve(variable.parts.size());
    for (const Tensor& part : variable.parts) parts.push_back(part.detach());
    file.tensors.emplace_back(variable.path, variable.join(parts));
  }
  if (optimizer == nullptr) return file;
  const State state(place, *optimizer, variables);
  int number = 0;
  state.each([&](const KerasVariable* variable, const std::vector<std::size_t>& parts) {
    std::vector<Tensor> tensors;
    tensors.reserve(parts.size());
    for (const std::size_t part : parts) tensors.push_back(state.tensors[part].second);
    file.tensors.emplace_back(fmt::format("optimizer/vars/{}", number++),
                              variable == nullptr ? tensors.front() : variable->join(tensors));
  });
  return file;
}

}  // namespace taper::interop::detail
