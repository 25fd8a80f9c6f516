// For functions that need a library that this build may be without.
#pragma once

namespace taper::detail {

/// Throws IoError: `function` needs `library`, which Debian calls `package`, and this build has not found it.
[[noreturn]] void throw_missing_library(const char* function, const char* library, const char* package);

}  // namespace taper::detail
