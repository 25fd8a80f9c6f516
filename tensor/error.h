// The exceptions that Taper throws: each says which function failed, what it expected and what it got.
#pragma once

#include <stdexcept>
#include <string>

namespace taper {

/// Base of every exception that Taper throws on purpose.
struct Error : std::runtime_error {
  using std::runtime_error::runtime_error;
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
