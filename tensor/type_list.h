// TypeList: types as a value, so that tables and tests are made from one list.
#pragma once

#include <type_traits>

namespace taper {

template <class... T>
struct TypeList {
  static constexpr int count = sizeof...(T);
};

/// The place of `Wanted` in a list; -1 if it is not there.
template <class Wanted, class... T>
constexpr int index_in(TypeList<T...>) {
  int index = 0;
  const bool found = ((std::is_same_v<Wanted, T> || (++index, false)) || ...);
  return found ? index : -1;
}

/// Calls function.operator()<T>() for each type, in order.
template <class... T, class Function>
constexpr void for_each(TypeList<T...>, Function&& function) {
  (function.template operator()<T>(), ...);
}

}  // namespace taper
