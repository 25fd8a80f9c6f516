// The exceptions that Taper throws: each says which function failed, what it got and what it wants.
#pragma once

#include <stdexcept>
#include <string>

namespace taper {

/// Base of every exception that Taper throws on purpose.
struct Error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Shapes that do not fit together, or not the operation.
struct ShapeError : Error {
  using Error::Error;
};

/// A dtype that the operation does not take, or operands of different dtypes.
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

/// The system has no memory left for what was asked; what existed before is as it was.
struct MemoryError : Error {
  using Error::Error;
};

/// A file that cannot be read or written, or whose content is not what it should be.
struct IoError : Error {
  using Error::Error;
};

}  // namespace taper
