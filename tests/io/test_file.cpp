// Files: content, reasons of failures, and that a failed write leaves the old file.
#include <csignal>
#include <thread>
#include <vector>

#include <catch.h>
#include <errors.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <temporary_directory.h>
#include <unistd.h>

#include <taper/io/file.h>
#include <taper/tensor/error.h>

using namespace taper;
namespace fs = std::filesystem;

TEST_CASE("a file comes back as it was written") {
  const TemporaryDirectory directory;
  const std::string content("one\0two\n\xff", 9);
  io::write_file(directory / "a", content);
  CHECK(io::read_file(directory / "a") == content);
  io::write_file(directory / "a", "");
  CHECK(io::read_file(directory / "a").empty());
  CHECK(directory.entries() == 1);

  const fs::path here = fs::current_path();
  fs::current_path(directory.path());
  io::write_file("relative", "x");
  fs::current_path(here);
  CHECK(io::read_file(directory / "relative") == "x");
}

TEST_CASE("reading says what is wrong with a path") {
  const TemporaryDirectory directory;
  const fs::path missing = directory / "missing";
  CHECK_THROWS_AS(io::read_file(missing), IoError);
  CHECK_THROWS_WITH(io::read_file(missing),
                    "read_file: cannot read '" + missing.string() + "': No such file or directory");
  CHECK_THROWS_WITH(io::read_file(directory.path()), ContainsSubstring("Is a directory"));
  const fs::path pipe = directory / "pipe";
  REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
  CHECK_THROWS_WITH(io::read_file(pipe), ContainsSubstring("Not a regular file"));
  CHECK_THROWS_WITH(io::read_file(directory.file("file", "x") / "below"),
                    ContainsSubstring("Not a directory"));
  fs::permissions(directory / "file", fs::perms::none);
  if (geteuid() != 0)  // root may read everything
    CHECK_THROWS_WITH(io::read_file(directory / "file"), ContainsSubstring("Permission denied"));
}

TEST_CASE("a file that ends too early is noticed") {
  const TemporaryDirectory directory;
  io::InputFile file("test", directory.file("a", "12345"));
  CHECK(file.size() == 5);
  char bytes[8];
  file.read(bytes, 3);
  CHECK_THROWS_AS(file.read(bytes, 4), IoError);
}

TEST_CASE("a file larger than wanted is not read") {
  const TemporaryDirectory directory;
  const fs::path path = directory.file("a", "12345");
  CHECK(io::read_file(path, 5) == "12345");
  CHECK_THROWS_AS(io::read_file(path, 4), IoError);
  CHECK_THROWS_WITH(io::read_file(path, 4),
                    "read_file: cannot read '" + path.string() + "': Expected at most 4 bytes, got 5");
  fs::resize_file(path, (std::uintmax_t{1} << 30) + 1);
  CHECK_THROWS_WITH(io::read_file(path), ContainsSubstring("at most 1073741824 bytes"));
  fs::resize_file(path, std::uintmax_t{1} << 40);
  CHECK_THROWS_AS(io::read_file(path), IoError);
}

TEST_CASE("a write that is not committed leaves the old file and nothing else") {
  const TemporaryDirectory directory;
  const fs::path path = directory.file("a", "old");
  {
    io::AtomicFile file("test", path);
    file.write("new", 3);
    CHECK(directory.entries() == 2);
  }
  CHECK(io::read_file(path) == "old");
  CHECK(directory.entries() == 1);

  io::AtomicFile file("test", path);
  file.write("new", 3);
  CHECK(io::read_file(path) == "old");
  file.commit();
  CHECK(io::read_file(path) == "new");
  CHECK_THROWS_AS(file.write("x", 1), IoError);
  CHECK_THROWS_AS(file.commit(), IoError);
  CHECK(directory.entries() == 1);
}

TEST_CASE("a write that fails on the way leaves the old file and nothing else") {
  const TemporaryDirectory directory;
  const fs::path path = directory.file("a", "old");
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit before;
  getrlimit(RLIMIT_FSIZE, &before);
  const rlimit small{1000, before.rlim_max};
  setrlimit(RLIMIT_FSIZE, &small);
  const std::string message = message_of([&] { io::write_file(path, std::string(5000, 'x')); });
  setrlimit(RLIMIT_FSIZE, &before);
  CHECK(message == "write_file: cannot write '" + path.string() + "': File too large");
  CHECK(io::read_file(path) == "old");
  CHECK(directory.entries() == 1);
}

TEST_CASE("writing says what is wrong with a path") {
  const TemporaryDirectory directory;
  const fs::path path = directory / "missing/a";
  CHECK_THROWS_AS(io::write_file(path, ""), IoError);
  CHECK_THROWS_WITH(io::write_file(path, ""),
                    "write_file: cannot write '" + path.string() + "': No such file or directory");
  CHECK_THROWS_WITH(io::write_file(directory.path(), ""), ContainsSubstring("Is a directory"));
  CHECK_THROWS_WITH(io::write_file("", ""), ContainsSubstring("no file name"));
  CHECK_THROWS_WITH(io::write_file(directory / std::string(300, 'x'), ""),
                    ContainsSubstring("name too long"));
  const fs::path pipe = directory / "pipe";
  REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
  CHECK_THROWS_WITH(io::write_file(pipe, ""), ContainsSubstring("Not a regular file"));
  CHECK(directory.entries() == 1);
}

TEST_CASE("a replaced file keeps its permissions, and a link its target") {
  const TemporaryDirectory directory;
  const fs::path path = directory.file("a", "old");
  fs::permissions(path, fs::perms::owner_read | fs::perms::owner_write);
  fs::create_symlink("a", directory / "link");
  io::write_file(directory / "link", "new");
  CHECK(fs::is_symlink(directory / "link"));
  CHECK(io::read_file(path) == "new");
  CHECK(fs::status(path).permissions() == (fs::perms::owner_read | fs::perms::owner_write));
}

TEST_CASE("a link to a file that does not exist makes that file") {
  const TemporaryDirectory directory;
  fs::create_directory(directory / "below");
  fs::create_symlink("below/second", directory / "first");
  fs::create_symlink("../target", directory / "below/second");
  io::write_file(directory / "first", "new");
  CHECK(fs::is_symlink(directory / "first"));
  CHECK(fs::is_symlink(directory / "below/second"));
  CHECK(!fs::is_symlink(directory / "target"));
  CHECK(io::read_file(directory / "target") == "new");
  CHECK(directory.entries() == 3);

  fs::create_symlink(directory / "absolute", directory / "third");
  io::write_file(directory / "third", "new");
  CHECK(io::read_file(directory / "absolute") == "new");

  fs::create_symlink("missing/target", directory / "astray");
  CHECK_THROWS_WITH(
      io::write_file(directory / "astray", ""),
      "write_file: cannot write '" + (directory / "astray").string() + "': No such file or directory");
  CHECK(fs::is_symlink(directory / "astray"));
}

TEST_CASE("links that go round in a circle are refused") {
  const TemporaryDirectory directory;
  fs::create_symlink("b", directory / "a");
  fs::create_symlink("a", directory / "b");
  fs::create_symlink("self", directory / "self");
  for (const char* const name : {"a", "self"}) {
    CHECK_THROWS_AS(io::write_file(directory / name, "x"), IoError);
    CHECK_THROWS_WITH(
        io::write_file(directory / name, "x"),
        "write_file: cannot write '" + (directory / name).string() + "': Too many levels of symbolic links");
    CHECK_THROWS_WITH(io::read_file(directory / name), ContainsSubstring("Too many levels"));
    CHECK(fs::is_symlink(directory / name));
  }
  CHECK(directory.entries() == 3);
  // A chain of 40 links is none.
  for (int i = 0; i < 40; ++i)
    fs::create_symlink(i == 39 ? "end" : "link" + std::to_string(i + 1),
                       directory / ("link" + std::to_string(i)));
  io::write_file(directory / "link0", "x");
  CHECK(io::read_file(directory / "end") == "x");
  fs::create_symlink("link0", directory / "one-more");
  CHECK_THROWS_WITH(io::write_file(directory / "one-more", "x"), ContainsSubstring("Too many levels"));
}

TEST_CASE(
    "the temporary file of a killed process is removed by the next write, that of a living one is not") {
  const TemporaryDirectory directory;
  const fs::path path = directory / "a";
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    io::AtomicFile file("test", path);
    file.write("half", 4);
    std::raise(SIGKILL);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  REQUIRE(WIFSIGNALED(status));
  CHECK(directory.entries() == 1);
  directory.file(".taper-1-2.temporary", "of somebody else");
  directory.file("taper-1-2.tmp", "of somebody else");
  REQUIRE(mkfifo((directory / ".taper-3-4.tmp").c_str(), 0600) == 0);
  fs::create_symlink("taper-1-2.tmp", directory / ".taper-5-6.tmp");

  io::AtomicFile alive("test", path);
  alive.write("one", 3);
  CHECK(directory.entries() == 5);  // the child's is gone
  io::write_file(directory / "b", "two");
  io::AtomicFile other("test", path);
  CHECK(directory.entries() == 7);
  other.commit();
  alive.commit();
  CHECK(io::read_file(path) == "one");
  CHECK(io::read_file(directory / "b") == "two");
  CHECK(directory.entries() == 6);
}

TEST_CASE("many threads write into one directory") {
  const TemporaryDirectory directory;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread)
    threads.emplace_back([&, thread] {
      for (int i = 0; i < 100; ++i) io::write_file(directory / std::to_string(thread), std::to_string(i));
    });
  for (std::thread& thread : threads) thread.join();
  CHECK(directory.entries() == 4);
  for (int thread = 0; thread < 4; ++thread) CHECK(io::read_file(directory / std::to_string(thread)) == "99");
}
