// Output: an example whose output cannot be written (a full disk) says so at its end and exits with 1.
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iostream>

namespace {

void check_output() {
  errno = 0;
  std::cout.flush();
  if (std::cout && std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return;
  std::fprintf(stderr, "error: the output cannot be written%s%s\n", errno != 0 ? ": " : "",
               errno != 0 ? std::strerror(errno) : "");
  std::_Exit(1);
}

// Nobody calls this file: every example is linked with it.
[[maybe_unused]] const int registered = std::atexit(check_output);

}  // namespace
