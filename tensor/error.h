// The exceptions that Taper throws: each says which function failed, what it expected and what it got.
#pragma once

#include <stdexcept>
#include <string>

namespace taper {

/// Base of every exception that Taper throws on purpose.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
  /// Puts `place` in front of the message: once, so that of calls within calls the innermost is named.
  void add_place(const std::string& place) {
    if (has_place_) return;
    static_cast<std::runtime_error&>(*this) = std::runtime_error(place + ": " + what());
    has_place_ = true;
  }

 private:
  bool has_place_ = false;
};

/// Shapes that do not fit together or do not fit the operation.
struct ShapeError : Error {
  using Error::Error;
};

/// A dtype that the operation does not support, or operands of different dtypes.
struct DTypeError : Error {
  using Error::Error;
};

/// An axis, index or label out of range.
struct IndexError : Error {
  using Error::Error;
};

/// An argument whose value makes no sense (a negative learning rate, an empty list, a freed graph).
struct ValueError : Error {
  using Error::Error;
};

/// Out of memory. Tensors that existed before are unchanged.
struct MemoryError : Error {
  using Error::Error;
};

/// A file that cannot be read or written, or whose content is invalid.
struct IoError : Error {
  using Error::Error;
};

}  // namespace taper
