// Downloading, with programs of the test's own in place of curl and wget.
#include <cstdlib>
#include <filesystem>

#include <catch.h>
#include <temporary_directory.h>

#include <taper/data/download.h>
#include <taper/io/file.h>
#include <taper/tensor/error.h>

using namespace taper;
namespace fs = std::filesystem;

namespace {

const std::string url = "https://example.com/a;touch%20b&$(c)";
const std::string hash = "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD";  // of "abc"

// Where programs are looked for, as long as this lives.
class SearchPath {
 public:
  explicit SearchPath(const fs::path& path) { setenv("PATH", path.c_str(), 1); }
  SearchPath(const SearchPath&) = delete;
  SearchPath& operator=(const SearchPath&) = delete;
  ~SearchPath() { setenv("PATH", old_.c_str(), 1); }

 private:
  const std::string old_ = std::getenv("PATH") == nullptr ? "" : std::getenv("PATH");
};

void program(const TemporaryDirectory& directory, const std::string& name, const std::string& text) {
  fs::permissions(directory.file(name, "#!/bin/sh\n" + text), fs::perms::owner_all);
}

// Writes "abc" where the options of curl and wget tell, and its URL to the file `log`.
std::string fetching(const fs::path& log) {
  return R"(for argument; do
  case $argument in --output-document=*) out=${argument#*=} ;; esac
  case $last in --output) out=$argument ;; esac
  last=$argument
done
printf abc > "$out"
printf %s "$last" > )" +
         log.string() + "\n";
}

}  // namespace

TEST_CASE("a file is fetched once, by curl or else by wget") {
  const TemporaryDirectory programs, files;
  const SearchPath path(programs.path());
  const std::string file = files / "a.gz", log = programs / "log";
  for (const std::string name : {"wget", "curl"}) {
    program(programs, name, fetching(log));
    CHECK(data::download(url, file, hash) == file);
    CHECK(io::read_file(file) == "abc");
    CHECK(io::read_file(log) == url);
    CHECK(files.entries() == 1);
    fs::remove(file);
    program(programs, "wget", "exit 1\n");
  }
  // What is there already is not fetched again.
  files.file("a.gz", "abc");
  fs::remove(programs / "curl");
  CHECK(data::download(url, file, hash) == file);
}

TEST_CASE("without a network, an error says how to get the file") {
  const TemporaryDirectory programs, files;
  const SearchPath path(programs.path());
  const std::string file = files / "a.gz";
  const auto fetch = [&] { return data::download(url, file, hash); };
  const std::string instruction =
      "Without a network, get it from " + url + " in another way and put it at '" + file +
      "'; its SHA-256 is ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  CHECK_THROWS_AS(fetch(), IoError);
  CHECK_THROWS_WITH(fetch(), "download: cannot fetch '" + file +
                                 "': curl is not installed; wget is not installed. " + instruction);
  program(programs, "curl", "echo no network >&2\nexit 6\n");
  program(programs, "wget", "exit 4\n");
  CHECK_THROWS_WITH(fetch(), "download: cannot fetch '" + file +
                                 "': curl says: no network; wget ended with status 4. " + instruction);
  CHECK(files.entries() == 0);
}

TEST_CASE("another file than the one that is meant is not taken") {
  const TemporaryDirectory programs, files;
  const SearchPath path(programs.path());
  const std::string file = files / "a.gz", other(64, '0');
  program(programs, "curl", fetching(programs / "log"));
  CHECK_THROWS_AS(data::download(url, file, other), IoError);
  CHECK_THROWS_WITH(data::download(url, file, other), ContainsSubstring("is not the file that is expected"));
  CHECK(files.entries() == 0);
  files.file("a.gz", "abcd");
  CHECK_THROWS_AS(data::download(url, file, hash), IoError);
  CHECK_THROWS_WITH(data::download(url, file, hash),
                    ContainsSubstring("remove it to have it fetched from " + url));
  CHECK(io::read_file(file) == "abcd");
  CHECK_THROWS_AS(data::download(url, files / "none/a.gz", hash), IoError);
}

TEST_CASE("what is no URL or no hash is refused") {
  for (const std::string wrong : {"", "file:///etc/passwd", "-o x", "https://a b", "https://a\n"})
    CHECK_THROWS_AS(data::download(wrong, "a", hash), ValueError);
  for (const std::string& wrong : {std::string(), hash.substr(1), hash + "0", "g" + hash.substr(1)})
    CHECK_THROWS_AS(data::download(url, "a", wrong), ValueError);
}
