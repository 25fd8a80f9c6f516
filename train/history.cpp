// History: looking up, adding, saving.
#include <fmt/format.h>

#include <taper/tensor/create.h>
#include <taper/tensor/error.h>
#include <taper/train/history.h>

namespace taper::training {
namespace {

// The values of that name, or null.
std::vector<double>* find(std::vector<std::pair<std::string, std::vector<double>>>& all,
                          const std::string& name) {
  for (auto& series : all)
    if (series.first == name) return &series.second;
  return nullptr;
}

}  // namespace

const std::vector<double>& History::operator[](const std::string& name) const {
  std::string names;
  for (const auto& [key, values] : values_) {
    if (key == name) return values;
    names += (names.empty() ? "" : ", ") + key;
  }
  throw IndexError(
      fmt::format("History: expected one of {}, got '{}'", names.empty() ? "no names" : names, name));
}

void History::append(const Logs& logs) {
  for (const auto& [name, value] : logs) {
    std::vector<double>* series = find(values_, name);
    if (series == nullptr) series = &values_.emplace_back(name, std::vector<double>()).second;
    series->push_back(value);
  }
}

NamedTensors History::state_dict() const {
  NamedTensors state;
  state.reserve(values_.size());
  for (const auto& [name, values] : values_)
    state.emplace_back(name, from_data<double>(values, {static_cast<std::int64_t>(values.size())}));
  return state;
}

void History::load_state_dict(const NamedTensors& state) {
  std::vector<std::pair<std::string, std::vector<double>>> loaded;
  loaded.reserve(state.size());
  for (const auto& [name, tensor] : state) {
    if (!tensor.defined() || tensor.dtype() != float64)
      throw DTypeError(fmt::format("History::load_state_dict: expected '{}' to be float64", name));
    if (tensor.rank() != 1)
      throw ShapeError(fmt::format("History::load_state_dict: expected '{}' to have one axis, got {}", name,
                                   to_string(tensor.shape())));
    if (find(loaded, name) != nullptr)
      throw ValueError(fmt::format("History::load_state_dict: '{}' is given twice", name));
    loaded.emplace_back(name, tensor.to_vector<double>());
  }
  values_ = std::move(loaded);
}

}  // namespace taper::training
