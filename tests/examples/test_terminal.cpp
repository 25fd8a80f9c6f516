// The terminal of the examples: progress that fits, on a real (pseudo) terminal too.
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include <catch.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <terminal/progress.h>
#include <unistd.h>

namespace {

// Characters of UTF-8, which all take one column here.
int width(const std::string& text) {
  int count = 0;
  for (const char byte : text) count += (byte & 0xC0) != 0x80;
  return count;
}

std::string line(int columns) {
  return terminal::progress_line("Epoch 1/5", 3, 12, 61, "loss 0.25", columns);
}

std::string times(int count, const std::string& text) {
  std::string result;
  for (int i = 0; i < count; ++i) result += text;
  return result;
}

// What a terminal of so many columns is sent.
std::string drawn(int columns) {
  const int terminal = posix_openpt(O_RDWR | O_NOCTTY);
  REQUIRE(terminal >= 0);
  REQUIRE(grantpt(terminal) == 0);
  REQUIRE(unlockpt(terminal) == 0);
  const int inside = open(ptsname(terminal), O_RDWR | O_NOCTTY);
  REQUIRE(inside >= 0);
  winsize size = {};
  size.ws_row = 24;
  size.ws_col = static_cast<unsigned short>(columns);
  REQUIRE(ioctl(inside, TIOCSWINSZ, &size) == 0);
  std::fflush(stdout);  // or the child would print what waits here
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    setenv("TERM", "xterm", 1);
    dup2(inside, STDOUT_FILENO);
    terminal::Progress progress("Epoch 1/5", 938);
    progress.advance("loss 0.2500");
    _exit(0);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  char bytes[4096];
  const ssize_t count = read(terminal, bytes, sizeof bytes);
  close(inside);
  close(terminal);
  REQUIRE(count > 0);
  return {bytes, static_cast<std::size_t>(count)};
}

}  // namespace

TEST_CASE("a line of progress has what fits") {
  const std::string quarter = times(6, "━") + times(18, "╌");
  CHECK(line(80) == "Epoch 1/5 " + quarter + " 3/12  1:01 left  loss 0.25");
  CHECK(width(line(80)) == 61);
  CHECK(line(62) == line(80));
  CHECK(line(61) == "Epoch 1/5 " + quarter + " 3/12  1:01 left");
  CHECK(line(51) == line(61));
  CHECK(line(50) == "Epoch 1/5 " + quarter + " 3/12");
  CHECK(line(40) == line(50));
  CHECK(line(39) == "Epoch 1/5 " + times(5, "━") + times(18, "╌") + " 3/12");
  CHECK(line(20) == "Epoch 1/5 ━╌╌╌ 3/12");
  CHECK(line(19) == "Epoch 1/5 ╌╌╌ 3/12");
  CHECK(line(18) == "Epoch 1/5 3/12");
  CHECK(line(15) == "Epoch 1/5 3/12");
  CHECK(line(10) == "Epoch 1/5");
  for (int columns = 0; columns < 100; ++columns) CHECK(width(line(columns)) <= std::max(columns - 1, 0));
  CHECK(terminal::progress_line("a", 12, 12, 0, "", 80) == "a " + times(24, "━") + " 12/12  0:00 left  ");
}

TEST_CASE("progress fits the terminal") {
  CHECK(drawn(20) == "\r\x1b[KEpoch 1/5 ╌╌╌ 1/938");
  CHECK(width(drawn(40)) == 4 + 39);
  CHECK(drawn(0) == drawn(80));  // one that does not know
}
