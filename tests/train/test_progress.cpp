// Progress: lines that fit, on a real (pseudo) terminal too.
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include <catch.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <taper/train/progress.h>

using namespace taper::training;

namespace {

std::string times(int count, const std::string& text) {
  std::string result;
  for (int i = 0; i < count; ++i) result += text;
  return result;
}

// Characters of UTF-8, which all take one column here, without colors.
int width(const std::string& text) {
  int count = 0;
  bool color = false;
  for (const char byte : text) {
    if (byte == '\033') color = true;
    count += !color && (byte & 0xC0) != 0x80;
    if (byte == 'm') color = false;
  }
  return count;
}

std::string bar(int filled, int rest) {
  return "\033[32m" + times(filled, "━") + "\033[90m" + times(rest, "━") + "\033[0m";
}

const ProgressLine middle{3, 12, 9.2, 1.02, {{"loss", 0.25}, {"val_loss", 0.5}, {"accuracy", 0.0001}}};

// What a program writes to its output, which is a terminal of so many columns, or a pipe (-1).
std::string written(int columns, void (*program)()) {
  int ends[2] = {-1, -1};
  if (columns >= 0) {
    ends[0] = posix_openpt(O_RDWR | O_NOCTTY);
    REQUIRE(ends[0] >= 0);
    REQUIRE(grantpt(ends[0]) == 0);
    REQUIRE(unlockpt(ends[0]) == 0);
    ends[1] = open(ptsname(ends[0]), O_RDWR | O_NOCTTY);
    REQUIRE(ends[1] >= 0);
    winsize size = {};
    size.ws_row = 24;
    size.ws_col = static_cast<unsigned short>(columns);
    REQUIRE(ioctl(ends[1], TIOCSWINSZ, &size) == 0);
  } else {
    REQUIRE(pipe(ends) == 0);
  }
  std::fflush(stdout);  // or the child would print what waits here
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    setenv("TERM", "xterm", 1);
    dup2(ends[1], STDOUT_FILENO);
    program();
    std::fflush(stdout);
    _exit(0);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  char bytes[4096];
  const ssize_t count = read(ends[0], bytes, sizeof bytes);
  close(ends[0]);
  close(ends[1]);
  REQUIRE(count > 0);
  return {bytes, static_cast<std::size_t>(count)};
}

void one_step() {
  Progress progress("", 938);
  progress.advance({{"loss", 0.25}});
}

void a_loop() {
  Progress progress("Epoch 1/5", 2);
  progress.advance({{"loss", 0.5}});
  progress.advance({{"loss", 0.25}});
  progress.finish({{"loss", 0.25}});
}

}  // namespace

TEST_CASE("a line of progress is Keras's, and has what fits") {
  const std::string line = " 3/12 " + bar(5, 15) + " 9s 1s/step";
  CHECK(bar_line(middle, 120) == line + " - accuracy: 1.0000e-04 - loss: 0.2500 - val_loss: 0.5000");
  CHECK(bar_line(middle, 80) == line + " - accuracy: 1.0000e-04 - loss: 0.2500");
  CHECK(bar_line(middle, 60) == line);
  CHECK(bar_line(middle, 37) == " 3/12 " + bar(5, 15));
  CHECK(bar_line(middle, 20) == " 3/12 " + bar(3, 10));
  CHECK(bar_line(middle, 9) == " 3/12");
  CHECK(bar_line(middle, 4) == " 3/");
  for (int columns = 0; columns < 120; ++columns)
    CHECK(width(bar_line(middle, columns)) <= std::max(columns - 1, 0));
  CHECK(bar_line({12, 12, 61.6, 0.005}, 80) == "12/12 " + bar(20, 0) + " 62s 5ms/step");
  CHECK(bar_line({1, 12, 61.6, 2e-5}, 80) == " 1/12 " + bar(1, 19) + " 1:01 20us/step");
  CHECK(bar_line({1, 12, 3661, 2}, 80) == " 1/12 " + bar(1, 19) + " 1:01:01 2s/step");
  CHECK(bar_line({7, 0, 61.6, 2}, 80) == "      7/Unknown 62s 2s/step");
  CHECK(plain_line({12, 12, 61.6, 0.005, {{"loss", -2}}}) == "12/12 - 62s - 5ms/step - loss: -2.0000");
}

TEST_CASE("progress fits the terminal") {
  CHECK(written(20, one_step) == "\r\033[K  1/938 " + bar(0, 11));
  CHECK(written(200, one_step).find("step - loss: 0.2500") != std::string::npos);
  CHECK(width(written(40, one_step)) <= 40);
}

TEST_CASE("progress is redrawn on a terminal alone") {
  const std::string terminal = written(80, a_loop), pipe = written(-1, a_loop);
  CHECK(terminal.starts_with("Epoch 1/5\r\n\r\033[K1/2 "));
  CHECK(terminal.find("\r\033[K2/2 " + bar(20, 0) + " 0s ") != std::string::npos);
  CHECK(terminal.ends_with("step - loss: 0.2500\r\n"));
  CHECK(pipe.starts_with("Epoch 1/5\n2/2 - 0s - "));
  CHECK(pipe.ends_with("step - loss: 0.2500\n"));
  CHECK(pipe.find('\r') == std::string::npos);
  CHECK(pipe.find('\033') == std::string::npos);
}
