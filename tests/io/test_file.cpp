// Files: content, reasons of failures, and that a failed write leaves the old file.
#include <csignal>

#include <catch.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <temporary_directory.h>

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
  std::string message;
  try {
    io::write_file(path, std::string(5000, 'x'));
  } catch (const IoError& error) {
    message = error.what();
  }
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
