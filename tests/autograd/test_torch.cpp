// Operations against PyTorch: the rows of each family with the values and gradients that
// tests/golden/torch_FAMILY.py wrote.
#include <map>

#include <catch.h>
#include <repository.h>

#include "cases.h"
#include <taper/io/safetensors.h>
#include <taper/tensor/create.h>

using namespace taper;

namespace {

// Equal for bools and integers; relative to the reference, and to 1 below that, for floating numbers.
void check_near(const Tensor& given, const Tensor& wanted) {
  REQUIRE(given.shape() == wanted.shape());
  REQUIRE(given.dtype() == wanted.dtype());
  const double tolerance = wanted.dtype() == float64 ? 1e-10 : wanted.dtype() == float32 ? 1e-5 : 0;
  const auto a = to(given, float64).to_vector<double>(), b = to(wanted, float64).to_vector<double>();
  for (std::size_t i = 0; i < a.size(); ++i) {
    INFO("element " << i << ": " << a[i] << ", wanted " << b[i]);
    CHECK((a[i] == b[i] || (std::isnan(a[i]) && std::isnan(b[i])) ||
           std::abs(a[i] - b[i]) <= tolerance * std::max(1.0, std::abs(b[i]))));
  }
}

// The same elements, with others between them.
Tensor strided(const Tensor& x) { return select(stack({x, ones_like(x)}, x.rank()), -1, 0); }

using Tensors = std::map<std::string, Tensor>;

class Draw {
 public:
  Draw(const Tensors& file, std::string key) : file_(file), key_(std::move(key)) {}
  bool has(const std::string& name) const { return file_.count(key_ + name) == 1; }
  Tensor operator()(const std::string& name) {
    ++used;
    return file_.at(key_ + name);
  }
  std::size_t used = 0;

 private:
  const Tensors& file_;
  std::string key_;
};

// Returns how many tensors of the file it used.
std::size_t check(const Row& row, Draw draw) {
  std::vector<Tensor> inputs, leaves;
  std::vector<std::string> numbers;  // of the leaves
  for (int i = 0; draw.has("input " + std::to_string(i)); ++i) {
    inputs.push_back(clone(draw("input " + std::to_string(i))));
    if (!draw.has("gradient " + std::to_string(i))) continue;
    leaves.push_back(inputs.back().set_requires_grad());
    numbers.push_back(std::to_string(i));
  }
  const Tensor value = row.function(inputs), wanted = draw("value");
  check_near(value, wanted);
  std::vector<Tensor> views;
  for (const Tensor& x : inputs) views.push_back(strided(x.detach()));
  check_near(row.function(views), wanted);
  if (leaves.empty()) return draw.used;

  const bool second = draw.has("second " + numbers[0]);
  const auto or_zeros = [](const Tensor& x, const Tensor& like) {
    return x.defined() ? x : zeros_like(like);
  };
  const auto gradients = value.requires_grad()
                             ? grad({value}, leaves, {draw("cotangent")}, {.create_graph = second})
                             : (draw("cotangent"), std::vector<Tensor>(leaves.size()));
  Tensor total = zeros({}, float64);
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    INFO("gradient " << numbers[i]);
    const Tensor gradient = or_zeros(gradients[i], leaves[i]);
    check_near(gradient, draw("gradient " + numbers[i]));
    if (second) total = total + sum(gradient * draw("direction " + numbers[i]));
  }
  if (!second) return draw.used;
  const auto seconds = total.requires_grad() ? grad({total}, leaves) : std::vector<Tensor>(leaves.size());
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    INFO("second gradient " << numbers[i]);
    check_near(or_zeros(seconds[i], leaves[i]), draw("second " + numbers[i]));
  }
  return draw.used;
}

}  // namespace

TEST_CASE("operations have PyTorch's values, gradients and second gradients") {
  for (const Family& family : families()) {
    const std::vector<Row> rows = family.rows();
    if (!family.golden || rows.empty()) continue;
    const auto list =
        io::load_safetensors(repository("tests/golden/torch_" + family.name + ".safetensors")).tensors;
    const Tensors file(list.begin(), list.end());
    std::map<std::string, int> count;
    std::size_t used = 0;
    for (const Row& row : rows) {
      const std::string key = row.name + "/" + std::to_string(count[row.name]++) + "/";
      int draws = 0;
      while (file.count(key + std::to_string(draws) + "/value") == 1) {
        INFO(key << draws);
        used += check(row, Draw(file, key + std::to_string(draws) + "/"));
        ++draws;
      }
      INFO(key << " has no values in torch_" << family.name << ".safetensors");
      CHECK(draws > 0);
    }
    CHECK(used == file.size());
  }
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
