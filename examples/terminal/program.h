// Program: what every main() does with its command line and with errors.
#pragma once

#include <functional>

#include <CLI/CLI.hpp>

namespace terminal {

/// Reads the command line into what `app` declares, and runs the program. Returns main()'s result: 0; 2 for a
/// command line that is wrong; 1 for an error, whose message it writes.
int run(CLI::App& app, int argc, char** argv, const std::function<void()>& program);

}  // namespace terminal
