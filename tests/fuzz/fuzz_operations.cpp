// libFuzzer: no sequence of operations does anything but give results or throw taper::Error; and the results
// have the same bits with 1 and 3 threads, for any layout of the tensors, and on AVX2 and AVX-512.
#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <iostream>
#include <optional>
#include <string>

#include <sys/socket.h>
#include <unistd.h>

#include "program.h"
#include <taper/tensor/error.h>
#include <taper/tensor/kernels/dispatch.h>

namespace {

void require_same(const std::vector<Step>& base, const std::vector<Step>& other, const char* mode) {
  for (std::size_t i = 0; i < std::min(base.size(), other.size()); ++i) {
    if (base[i].digest == other[i].digest) continue;
    std::cerr << "step " << i << ", " << base[i].operation << ", gives other bits with " << mode
              << "; TAPER_FUZZ_PRINT=1 prints all steps\n";
    std::abort();
  }
}

// Note [Other process]
// The instruction set is chosen once for a process. So a child, forked before anything else is done, runs
// each program with AVX2 while this process does with AVX-512.
class OtherProcess {
 public:
  OtherProcess() {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) return;
    const pid_t child = fork();
    close(ends[child == 0 ? 0 : 1]);
    socket_ = ends[child == 0 ? 1 : 0];
    if (child == 0) {
      setenv("TAPER_SIMD", "avx2", 1);
      serve();
      _exit(0);
    }
  }

  OtherProcess(const OtherProcess&) = delete;
  OtherProcess& operator=(const OtherProcess&) = delete;
  ~OtherProcess() { close(socket_); }

  void start(std::span<const std::uint8_t> program) {
    const std::size_t size = program.size();
    write(&size, sizeof(size));
    write(program.data(), size);
  }
  std::vector<Step> finish() {
    std::size_t count = 0;
    if (!read(&count, sizeof(count))) {
      std::cerr << "the process with AVX2 has died; TAPER_SIMD=avx2 does so here\n";
      std::abort();
    }
    std::vector<Step> steps(count);
    read(steps.data(), count * sizeof(Step));
    return steps;
  }

 private:
  void serve() {
    std::size_t size = 0;
    while (read(&size, sizeof(size))) {
      std::vector<std::uint8_t> program(size);
      if (!read(program.data(), size)) return;
      const std::vector<Step> steps = run(program, {});
      const std::size_t count = steps.size();
      write(&count, sizeof(count));
      write(steps.data(), count * sizeof(Step));  // the pointers mean nothing there
    }
  }
  // A signal, such as libFuzzer's alarm, may interrupt a transfer.
  template <class Transfer>
  static bool whole(std::size_t size, Transfer transfer) {
    for (std::size_t done = 0; done < size;) {
      const ssize_t bytes = transfer(done);
      if (bytes <= 0 && !(bytes < 0 && errno == EINTR)) return false;
      if (bytes > 0) done += static_cast<std::size_t>(bytes);
    }
    return true;
  }
  void write(const void* data, std::size_t size) const {
    whole(size, [&](std::size_t done) {
      return send(socket_, static_cast<const char*>(data) + done, size - done, MSG_NOSIGNAL);
    });
  }
  bool read(void* data, std::size_t size) const {
    return whole(size, [&](std::size_t done) {
      return recv(socket_, static_cast<char*>(data) + done, size - done, 0);
    });
  }
  int socket_ = -1;
};

std::optional<OtherProcess> other;

}  // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  setenv("TAPER_CORES", "8", 0);  // several threads on any machine
  if (std::getenv("TAPER_SIMD") == nullptr) {
    other.emplace();
    if (taper::kernels::instruction_set() != taper::kernels::InstructionSet::avx512) other.reset();
  }
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::span program(data, size);
  if (other) other->start(program);
  const std::vector<Step> base = run(program, {});
  require_same(base, run(program, {.threads = 3}), "3 threads");
  require_same(base, run(program, {.strided = true}), "strided tensors");
  if (other) require_same(base, other->finish(), "AVX2");
  return 0;
}
