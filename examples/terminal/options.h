// Options: checks of the numbers on a command line. CLI11's own take nan, and the nearest number for one that
// is too large.
#pragma once

#include <cstdint>
#include <limits>

#include <CLI/CLI.hpp>

namespace terminal {

/// A whole number from `least` to `most`.
CLI::Validator whole_number(std::uint64_t least = 1,
                            std::uint64_t most = std::numeric_limits<std::int64_t>::max());

/// A finite number above 0.
CLI::Validator positive_number();

/// A number above 0 and below 1.
CLI::Validator fraction();

}  // namespace terminal
