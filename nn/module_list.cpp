// ModuleList and ModuleDict: modules as children, by number or by name.
#include <algorithm>

#include <fmt/format.h>

#include <taper/nn/module_list.h>
#include <taper/tensor/error.h>

namespace taper::nn {
namespace {

auto find(const Module& parent, const std::string& name) {
  const auto& children = parent.named_children();
  return std::find_if(children.begin(), children.end(), [&](const auto& each) { return each.first == name; });
}

}  // namespace

namespace detail {

Module& child_at(const Module& parent, std::size_t i) {
  const auto& children = parent.named_children();
  if (i >= children.size())
    throw IndexError(
        fmt::format("{}: index {} is out of range for {} modules", parent.type(), i, children.size()));
  return *children[i].second;
}

Module& child_at(const Module& parent, const std::string& name) {
  const auto found = find(parent, name);
  if (found == parent.named_children().end())
    throw ValueError(fmt::format("{}: there is no module called \"{}\"", parent.type(), name));
  return *found->second;
}

void wrong_type(const Module& parent, const std::string& name, const Module& found) {
  throw ValueError(
      fmt::format("{}: \"{}\" is a {}, not what was asked for", parent.type(), name, found.type()));
}

}  // namespace detail

bool ModuleDict::contains(const std::string& name) const {
  return find(*this, name) != named_children().end();
}

}  // namespace taper::nn
