// What every main() does with its command line and with errors.
#include <exception>
#include <iostream>

#include <terminal/program.h>

int terminal::run(CLI::App& app, int argc, char** argv, const std::function<void()>& program) {
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;  // 0: --help
  }
  try {
    program();
  } catch (const std::exception& error) {  // taper::Error, or out of memory
    std::cerr << "error: " << error.what() << '\n';
    return 1;
  }
  return 0;
}
