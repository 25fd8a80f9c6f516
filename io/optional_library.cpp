// Libraries that this build is without: one message for all.
#include <fmt/format.h>

#include <taper/io/optional_library.h>
#include <taper/tensor/error.h>

namespace taper::detail {

void throw_missing_library(const char* function, const char* library, const char* package) {
  throw IoError(fmt::format(
      "{}: this build of Taper is without {}; install it (Debian: {}), and configure and build again",
      function, library, package));
}

}  // namespace taper::detail
