// An optimizer that was added to the library in the files that docs/extending.md names, and in no others.
#include <algorithm>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

#include <catch.h>

#include <taper/optim/optim.h>
#include <taper/tensor/create.h>

using namespace taper;

TEST_CASE("an added optimizer is in the registry, is saved, and learns") {
  const std::vector<std::string> names = optim::class_names();
  CHECK(std::count(names.begin(), names.end(), "SignDescent") == 1);
  Tensor w = zeros({2}).set_requires_grad();
  const auto added = optim::get("signdescent", {w}, R"({"learning_rate": 0.5, "momentum": 0.25})");
  const std::string config = serialize(*added);
  CHECK(config.find(R"("module":"taper.optim")") != std::string::npos);
  CHECK(serialize(*optim::from_config(config, {w})) == config);
  CHECK_THROWS_WITH(optim::get("SignDescent", {w}, R"({"momentum": 1})"),
                    ContainsSubstring("SignDescent: momentum must be in [0, 1), got 1"));
  for (const float slope : {1.f, -0.1f}) {
    w.set_grad(from_data({slope, 0.f}, {2}));
    added->step();
  }
  CHECK(w.to_vector<float>() == std::vector<float>{-1, 0});  // 0.75, then 0.1125: the momentum keeps the sign
}

TEST_CASE("docs/extending.md names the files that an optimizer touches") {
  std::istringstream touched(TAPER_ADDED_FILES);
  const std::vector<std::string> files{std::istream_iterator<std::string>(touched), {}};
  CHECK(files.size() == 3);
  std::ifstream document(TAPER_SOURCE_DIR "/docs/extending.md");
  const std::string text{std::istreambuf_iterator<char>(document), {}};
  for (const std::string& file : files) {
    INFO(file);
    CHECK(text.find('`' + file + '`') != std::string::npos);
  }
}
