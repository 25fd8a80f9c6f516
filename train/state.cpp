// State: parts and their tensors.
#include <algorithm>
#include <array>
#include <bit>
#include <map>

#include <fmt/format.h>

#include <taper/tensor/create.h>
#include <taper/tensor/error.h>
#include <taper/train/state.h>

namespace taper::training {
namespace {

// A part that is a few numbers, "values".
template <class T>
Tensor numbers(const std::vector<T>& values) {
  return from_data<T>(values, {static_cast<std::int64_t>(values.size())});
}

template <class T>
std::vector<T> numbers(const NamedTensors& own, const NamedTensors& given) {
  return matched("State::load_state_dict", own, given)[0].to_vector<T>();
}

}  // namespace

State& State::add(const std::string& name, Function<NamedTensors()> state,
                  Function<void(const NamedTensors&)> load) {
  if (name.empty() || name.find('.') != std::string::npos)
    throw ValueError(fmt::format("State::add: expected a name without dots, got '{}'", name));
  for (const Part& part : parts_)
    if (part.name == name) throw ValueError(fmt::format("State::add: there is a part '{}' already", name));
  parts_.push_back({name, std::move(state), std::move(load)});
  return *this;
}

State& State::add(const std::string& name, data::DataLoader& loader) {
  const auto state = [&loader]() -> NamedTensors {
    const data::Position at = loader.position();
    return {{"position", numbers<std::int64_t>({std::bit_cast<std::int64_t>(at.seed), at.epoch, at.batch})}};
  };
  return add(name, state, [&loader, state](const NamedTensors& given) {
    const auto at = numbers<std::int64_t>(state(), given);
    if (at[1] > std::int64_t{1} << 53)
      throw ValueError(
          fmt::format("State::load_state_dict: expected an epoch of at most 2^53, got {}", at[1]));
    loader.seek({std::bit_cast<std::uint64_t>(at[0]), at[1], at[2]});
  });
}

State& State::add(const std::string& name, Generator& generator) {
  const auto state = [&generator]() -> NamedTensors {
    return {{"seed_position", numbers<std::int64_t>({std::bit_cast<std::int64_t>(generator.seed()),
                                                     std::bit_cast<std::int64_t>(generator.position())})}};
  };
  return add(name, state, [&generator, state](const NamedTensors& given) {
    const auto at = numbers<std::int64_t>(state(), given);
    generator.manual_seed(std::bit_cast<std::uint64_t>(at[0]));
    generator.set_position(std::bit_cast<std::uint64_t>(at[1]));
  });
}

State& State::add(const std::string& name, std::int64_t& number) {
  const auto state = [&number]() -> NamedTensors { return {{"value", numbers<std::int64_t>({number})}}; };
  return add(name, state, [&number, state](const NamedTensors& given) {
    number = numbers<std::int64_t>(state(), given)[0];
  });
}

State& State::add(const std::string& name, double& number) {
  const auto state = [&number]() -> NamedTensors { return {{"value", numbers<double>({number})}}; };
  return add(name, state,
             [&number, state](const NamedTensors& given) { number = numbers<double>(state(), given)[0]; });
}

NamedTensors State::state_dict() const {
  NamedTensors all;
  for (const Part& part : parts_)
    for (auto& [name, tensor] : part.state()) all.emplace_back(part.name + '.' + name, std::move(tensor));
  return all;
}

void State::load_state_dict(const NamedTensors& state) {
  std::map<std::string, NamedTensors> given;
  for (const auto& [name, tensor] : state) {
    const std::size_t dot = std::min(name.find('.'), name.size());
    const std::string part = name.substr(0, dot);
    if (dot == name.size() ||
        std::none_of(parts_.begin(), parts_.end(), [&](const Part& known) { return known.name == part; }))
      throw ValueError(fmt::format("State::load_state_dict: there is no part for the tensor '{}'", name));
    given[part].emplace_back(name.substr(dot + 1), tensor);
  }
  std::vector<NamedTensors> before;
  before.reserve(parts_.size());
  for (const Part& part : parts_) before.push_back(part.state());
  std::size_t at = 0;
  try {
    for (; at < parts_.size(); ++at) {
      const Part& part = parts_[at];
      const auto found = given.find(part.name);
      if (found != given.end())
        part.load(found->second);
      else if (!before[at].empty())
        throw ValueError(
            fmt::format("State::load_state_dict: there are no tensors for the part '{}'", part.name));
    }
  } catch (...) {
    for (std::size_t i = 0; i <= at; ++i)
      if (given.contains(parts_[i].name)) try {
          parts_[i].load(before[i]);
        } catch (...) {  // one of another class, which refuses its own state
        }
    throw;
  }
}

}  // namespace taper::training
