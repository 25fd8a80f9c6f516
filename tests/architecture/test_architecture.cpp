// The house rules: who may include whom, light public headers, small files that say what they are.
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <catch.h>
#include <repository.h>

namespace fs = std::filesystem;

namespace {

const fs::path root = repository("");
const std::vector<std::string> folders{"tensor", "autograd", "nn", "optim", "data", "io", "interop", "train"};

struct File {
  std::string name;  // relative to the root
  std::vector<std::string> lines;

  bool is_header() const { return name.ends_with(".h"); }
  bool is_kernel() const { return name.starts_with("tensor/kernels/"); }
  /// Headers that are not installed.
  bool is_internal() const { return name.starts_with("interop/keras/"); }
  std::string folder() const { return name.substr(0, name.find('/')); }
  /// What stands between the brackets of its include lines.
  std::vector<std::string> includes() const {
    std::vector<std::string> result;
    for (const std::string& line : lines)
      if (line.starts_with("#include ")) result.push_back(line.substr(10, line.find_last_of(">\"") - 10));
    return result;
  }
};

std::vector<std::string> lines_of(const fs::path& path) {
  std::vector<std::string> lines;
  std::ifstream stream(path);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

std::vector<File> files(const std::vector<std::string>& in) {
  std::vector<File> result;
  for (const std::string& folder : in) {
    if (!fs::exists(root / folder)) continue;
    for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
      const std::string extension = entry.path().extension().string();
      if (extension != ".h" && extension != ".cpp") continue;
      result.push_back({fs::relative(entry.path(), root).generic_string(), lines_of(entry.path())});
    }
  }
  return result;
}

/// The headers that <taper/taper.h> includes, directly or not, and what each of them includes.
std::map<std::string, std::vector<std::string>> seen_by_programs() {
  std::map<std::string, std::vector<std::string>> includes, seen;
  for (const File& file : files(folders)) includes["taper/" + file.name] = file.includes();
  includes["taper/taper.h"] = File{"taper.h", lines_of(root / "taper.h")}.includes();
  std::vector<std::string> unread{"taper/taper.h"};
  while (!unread.empty()) {
    const std::string header = unread.back();
    unread.pop_back();
    if (!seen.emplace(header, includes[header]).second) continue;
    for (const std::string& include : includes[header])
      if (include.starts_with("taper/")) unread.push_back(include);
  }
  return seen;
}

}  // namespace

TEST_CASE("folders include only what they may") {
  const std::map<std::string, std::set<std::string>> allowed{
      {"tensor", {"tensor"}},
      {"autograd", {"tensor", "autograd"}},
      {"nn", {"tensor", "autograd", "nn"}},
      {"optim", {"tensor", "autograd", "optim"}},
      {"data", {"tensor", "io", "data"}},
      {"io", {"tensor", "io"}},
      {"interop", {"tensor", "autograd", "nn", "optim", "io", "interop"}},
      {"train", {"tensor", "autograd", "nn", "optim", "data", "io", "train"}},
  };
  int arrows = 0;
  for (const File& file : files(folders))
    for (const std::string& include : file.includes()) {
      if (!include.starts_with("taper/")) continue;
      const std::string target = include.substr(6, include.find('/', 6) - 6);
      INFO(file.name << " includes " << include);
      CHECK(allowed.at(file.folder()).count(target) == 1);
      ++arrows;
    }
  CHECK(arrows > 200);
}

TEST_CASE("only tensor/ reaches for kernels") {
  for (const File& file : files(folders)) {
    if (file.folder() == "tensor" || file.name == "optim/fused.h") continue;  // that one lists the rules
    for (const std::string& include : file.includes()) {
      INFO(file.name << " includes " << include);
      CHECK(!include.starts_with("taper/tensor/kernels/"));
    }
  }
}

TEST_CASE("public headers are light") {
  for (const File& file : files(folders)) {
    if (!file.is_header() || file.is_kernel() || file.is_internal()) continue;
    for (const std::string& include : file.includes()) {
      INFO(file.name << " includes " << include);
      for (const char* const heavy : {"fmt/", "xsimd/", "tbb/", "oneapi/", "zlib", "nlohmann/", "Eigen/",
                                      "png.h", "jpeglib.h", "zip.h", "hdf5.h", "google/"})
        CHECK(!include.starts_with(heavy));
    }
  }
}

TEST_CASE("kernels stay out of sight of programs") {
  for (const auto& [header, includes] : seen_by_programs()) {
    INFO(header);
    CHECK(!header.starts_with("taper/tensor/kernels/"));
  }
  CHECK(seen_by_programs().size() > 80);
}

TEST_CASE("programs compile none of the large standard headers") {
  // These, and what they include, are 70,000 lines. <functional> and <filesystem> would be 12,000 more each,
  // <cmath> 8,000: see tensor/function.h. Streams are declared by <iosfwd>.
  const std::set<std::string> light{
      "array",  "atomic",  "concepts",    "cstddef",     "cstdint",   "deque",
      "limits", "map",     "memory",      "new",         "optional",  "span",
      "string", "vector",  "variant",     "iterator",    "stdexcept", "initializer_list",
      "iosfwd", "utility", "string_view", "type_traits", "typeinfo"};
  for (const auto& [header, includes] : seen_by_programs())
    for (const std::string& include : includes) {
      INFO(header << " includes " << include);
      CHECK((include.starts_with("taper/") || light.contains(include)));
    }
}

TEST_CASE("kernels include nothing whose inline functions other files share") {
  // See Note [Instruction sets] in tensor/kernels/dispatch.h.
  for (const File& file : files({"tensor/kernels"}))
    for (const std::string& include : file.includes()) {
      INFO(file.name << " includes " << include);
      for (const char* const shared : {"vector", "string", "functional", "map", "memory", "algorithm", "fmt/",
                                       "tbb/", "oneapi/", "iostream", "sstream"})
        CHECK(!(include == shared || (std::string(shared).ends_with('/') && include.starts_with(shared))));
    }
}

TEST_CASE("files are small, and their first line says what they are") {
  for (const File& file :
       files({"tensor", "autograd", "nn", "optim", "data", "io", "interop", "train", "tests", "examples"})) {
    INFO(file.name);
    CHECK(file.lines.size() <= 600);
    REQUIRE(!file.lines.empty());
    CHECK(file.lines[0].starts_with("// "));
    CHECK(file.lines[0].size() > 5);
  }
}
