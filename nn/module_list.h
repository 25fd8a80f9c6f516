// ModuleList and ModuleDict: modules as children, by number or by name.
#pragma once

#include <type_traits>

#include <taper/nn/module.h>

namespace taper::nn {
namespace detail {

template <class T>
constexpr bool is_module = std::is_base_of_v<Module, T>;
template <class T>
constexpr bool is_module<std::shared_ptr<T>> = std::is_base_of_v<Module, T>;

template <std::derived_from<Module> M>
std::shared_ptr<Module> shared_module(const M& module) {
  return std::make_shared<M>(module);
}
template <std::derived_from<Module> M>
std::shared_ptr<Module> shared_module(const std::shared_ptr<M>& module) {
  return module;
}

/// The child at an index or of a name; throws IndexError or ValueError if there is none.
Module& child_at(const Module& parent, std::size_t i);
Module& child_at(const Module& parent, const std::string& name);
void wrong_type(const Module& parent, const std::string& name, const Module& found);

/// The child as what it is; throws ValueError if it is something else.
template <class M, class Key>
M& child_as(const Module& parent, const Key& key) {
  Module& found = child_at(parent, key);
  M* const module = dynamic_cast<M*>(&found);
  if (module == nullptr) {
    if constexpr (std::is_integral_v<Key>)
      wrong_type(parent, std::to_string(key), found);
    else
      wrong_type(parent, key, found);
  }
  return *module;
}

/// Children with the names "0", "1", ...
template <class Base, class Element = Module>
class Indexed : public Base {
 public:
  /// Appends a module.
  template <class M>
  requires(is_module<M>) void push_back(const M& module) { this->child(std::to_string(size()), module); }
  /// Puts another module in the place of one. Throws IndexError.
  template <class M>
  requires(is_module<M>) void replace(std::size_t i, const M& module) {
    child_at(*this, i);
    this->replace_child(std::to_string(i), shared_module(module));
  }
  std::size_t size() const { return this->named_children().size(); }
  bool empty() const { return size() == 0; }
  /// Throws IndexError unless i < size().
  Element& operator[](std::size_t i) const {
    if constexpr (std::is_same_v<Element, Module>)
      return child_at(*this, i);
    else
      return get<Element>(i);
  }
  /// The same as what it is: `model.get<nn::Linear>(1)`. Throws ValueError if it is something else.
  template <class M>
  M& get(std::size_t i) const {
    return child_as<M>(*this, i);
  }
};

}  // namespace detail

/// A list of modules, all of the class `Element`: `nn::ModuleList<Block> blocks = child("blocks",
/// nn::ModuleList<Block>(...))`. With the class Module they may differ, and are called with one tensor.
template <class Element = Module>
class ModuleList : public detail::Indexed<Module, Element> {
 public:
  template <class... Modules>
  requires(detail::is_module<std::remove_cvref_t<Modules>>&&...) &&
      (!(sizeof...(Modules) == 1 && (std::is_base_of_v<ModuleList, std::remove_cvref_t<Modules>> && ...)) ||
       sizeof...(Modules) == 0) explicit ModuleList(const Modules&... modules) {
    (this->push_back(modules), ...);
  }
};

/// Modules with names of their own.
class ModuleDict : public Module {
 public:
  /// Adds a module. Throws ValueError for a name that is empty, contains a dot or is already used.
  template <class M>
  requires(detail::is_module<M>) void insert(const std::string& name, const M& module) {
    child(name, module);
  }
  /// Puts another module in the place of the one with this name. Throws ValueError if there is none.
  template <class M>
  requires(detail::is_module<M>) void replace(const std::string& name, const M& module) {
    replace_child(name, detail::shared_module(module));
  }
  std::size_t size() const { return named_children().size(); }
  bool contains(const std::string& name) const;
  /// Throws ValueError if there is none.
  Module& operator[](const std::string& name) const { return detail::child_at(*this, name); }
  /// The same as what it is: `heads.get<nn::Linear>("digits")`. Throws ValueError if it is something else.
  template <class M>
  M& get(const std::string& name) const {
    return detail::child_as<M>(*this, name);
  }
};

}  // namespace taper::nn
