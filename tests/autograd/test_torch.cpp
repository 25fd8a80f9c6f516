// Rows of operations against PyTorch's values and gradients, which torch_functions.py of tests/golden wrote.
#include <map>

#include <catch.h>

#include "cases.h"
#include <taper/io/safetensors.h>
#include <taper/tensor/create.h>

using namespace taper;

namespace {

void check_near(const Tensor& given, const Tensor& wanted) {
  REQUIRE(given.shape() == wanted.shape());
  const auto a = given.to_vector<double>(), b = wanted.to_vector<double>();
  for (std::size_t i = 0; i < a.size(); ++i)
    CHECK(std::abs(a[i] - b[i]) <= 1e-12 * std::max(1.0, std::abs(b[i])));
}

}  // namespace

TEST_CASE("rearranging has PyTorch's values and gradients") {
  const io::SafeTensors file =
      io::load_safetensors(TAPER_SOURCE_DIR "/tests/golden/torch_functions.safetensors");
  std::map<std::string, int> count;
  std::size_t used = 0;
  for (const Row& row : arrange_rows()) {
    const std::string key = row.name + "/" + std::to_string(count[row.name]++);
    INFO(key);
    std::vector<Tensor> inputs;
    for (std::size_t i = 0; i < row.arguments.size(); ++i) {
      inputs.push_back(clone(file.at(key + "/input " + std::to_string(i))).set_requires_grad());
      REQUIRE(inputs[i].shape() == row.arguments[i].shape);
    }
    const Tensor value = row.function(inputs);
    check_near(value, file.at(key + "/value"));
    const auto gradients = grad({value}, inputs, {file.at(key + "/cotangent")});
    for (std::size_t i = 0; i < inputs.size(); ++i)
      check_near(gradients[i].defined() ? gradients[i] : zeros_like(inputs[i]),
                 file.at(key + "/gradient " + std::to_string(i)));
    used += 2 + 2 * inputs.size();
  }
  CHECK(used == file.tensors.size());
}

TEST_CASE("rearranging nothing, and at the ends of options") {
  const Tensor x = tensor({{1., 2., 3.}, {4., 5., 6.}}), none = zeros({0, 3});
  using Floats = std::vector<float>;
  CHECK(split(none, 2).size() == 1);
  CHECK(split(x, 5).size() == 1);
  CHECK(split(x, std::int64_t{1} << 62, 1)[0].shape() == x.shape());
  CHECK(chunk(x, 7, 1).size() == 3);
  CHECK(chunk(none, 3).size() == 3);
  CHECK(unbind(none).empty());
  CHECK(narrow(x, 0, 2, 0).shape() == Shape{0, 3});
  CHECK(split(x, 1)[1].raw() == x[1].raw());
  CHECK(flip(none, {0, 1}).shape() == Shape{0, 3});
  CHECK(roll(none, 5, 0).shape() == Shape{0, 3});
  CHECK(roll(x, std::numeric_limits<std::int64_t>::min(), 1).numel() == 6);
  CHECK(tile(x, 0).shape() == Shape{2, 0});
  CHECK(tile(none, {2, 2}).shape() == Shape{0, 6});
  CHECK(repeat_interleave(x, 0, 0).shape() == Shape{0, 3});
  CHECK(pad(none, {{1, 0}, {0, 0}}).to_vector<float>() == Floats{0, 0, 0});
  CHECK(pad(x, {}).raw() != x.raw());
  CHECK(tril(x, -9).to_vector<float>() == Floats(6, 0));
  CHECK(triu(x, std::numeric_limits<std::int64_t>::min()).to_vector<float>() == x.to_vector<float>());
  CHECK(tril(x > 2).to_vector<bool>() == std::vector<bool>{false, false, false, true, true, false});
  CHECK(diagonal(x, 9).numel() == 0);
  CHECK(diagonal(x, std::numeric_limits<std::int64_t>::min()).numel() == 0);
  CHECK(diagonal(x)[0].raw() == x.raw());
  CHECK(diag(zeros(0), 1).shape() == Shape{1, 1});
  CHECK(trace(tensor({{1, 2}, {3, 4}})).item<std::int64_t>() == 5);
  CHECK(meshgrid({}).empty());
  CHECK(hstack({tensor(1), tensor(2)}).to_vector<std::int64_t>() == std::vector<std::int64_t>{1, 2});
}

TEST_CASE("rearranging says what does not fit") {
  const Tensor x = zeros({2, 3});
  CHECK_THROWS_WITH(split(x, 0), "split: expected a length of at least 1, got 0");
  CHECK_THROWS_WITH(split(x, std::vector<std::int64_t>{1, 3}, 1),
                    "split: expected lengths that add up to the extent 3 of axis 1, got [1, 3]");
  CHECK_THROWS_WITH(split(x, std::vector<std::int64_t>{1}, 1), ContainsSubstring("add up to the extent 3"));
  CHECK_THROWS_WITH(chunk(x, -1), "chunk: expected a count of at least 1, got -1");
  CHECK_THROWS_WITH(narrow(x, 1, 2, 2),
                    "narrow: expected indices of axis 1 with extent 3, got start 2 and length 2");
  CHECK_THROWS_AS(narrow(x, 1, -4, 1), IndexError);
  CHECK_THROWS_WITH(movedim(x, {0, 1}, 0),
                    "movedim: expected as many destinations as sources, got [0] and [0, 1]");
  CHECK_THROWS_AS(movedim(x, {0, 0}, {0, 1}), ValueError);
  CHECK_THROWS_AS(unflatten(x, 1, {2, 2}), ShapeError);
  CHECK_THROWS_AS(broadcast_tensors({x, zeros(2)}), ShapeError);
  CHECK_THROWS_WITH(meshgrid({x}), "meshgrid: expected vectors (rank 1), got shape [2, 3]");
  CHECK_THROWS_AS(flip(x, {0, 0}), ValueError);
  CHECK_THROWS_AS(flip(x, 2), IndexError);
  CHECK_THROWS_WITH(roll(x, {1, 2}, 0),
                    "roll: expected a shift for each axis, got shifts [1, 2] and axes [0]");
  CHECK_THROWS_WITH(tile(x, {-1}), "tile: expected counts of at least 0, got [-1]");
  CHECK_THROWS_AS(tile(x, std::numeric_limits<std::int64_t>::max()), ShapeError);
  CHECK_THROWS_WITH(repeat_interleave(x, -1, 0), "repeat_interleave: expected a count of at least 0, got -1");
  CHECK_THROWS_WITH(hstack({}), "hstack: expected at least one tensor, got none");
  CHECK_THROWS_WITH(pad(x, {{-1, 0}}), ContainsSubstring("got -1 and 0"));
  CHECK_THROWS_WITH(pad(x, {{3, 0}}, PadMode::reflect),
                    "pad: expected widths from 0 to 2 for axis 1 with extent 3, got 3 and 0");
  CHECK_THROWS_AS(pad(x, {{4, 0}}, PadMode::circular), ValueError);
  CHECK_THROWS_AS(pad(zeros({0}), {{1, 0}}, PadMode::replicate), ValueError);
  CHECK_THROWS_AS(pad(x, {{0, 0}, {0, 0}, {0, 0}}), ValueError);
  CHECK_THROWS_WITH(tril(zeros(3)), "tril: expected a matrix or several (rank 2 or more), got shape [3]");
  CHECK_THROWS_AS(diagonal(x, 0, 1, -1), ValueError);
  CHECK_THROWS_AS(diag(zeros({1, 1, 1})), ShapeError);
  CHECK_THROWS_AS(diag(zeros(1), std::numeric_limits<std::int64_t>::min()), ShapeError);
  CHECK_THROWS_WITH(trace(zeros(2)), "trace: expected a matrix, got shape [2]");
}
