// Every operation: first and second gradients on dense, strided, broadcast, scalar and empty arguments.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <regex>
#include <set>
#include <string>

#include <catch.h>
#include <repository.h>

#include "../tensor/conv2d.h"
#include "cases.h"
#include "fuzz/operations.h"
#include <taper/tensor/random.h>

using namespace taper;

namespace {

Tensor make(const Argument& argument, Generator& generator) {
  if (argument.dtype == boolean) return bernoulli(argument.shape, 0.5, float32, generator) != 0;
  if (!is_floating(argument.dtype))
    return random_integers(argument.shape, static_cast<std::int64_t>(argument.low),
                           static_cast<std::int64_t>(argument.high), argument.dtype, generator);
  Tensor x = uniform(argument.shape, argument.low, argument.high, argument.dtype, generator);
  if (argument.dtype == float64) x.set_requires_grad();
  return x;
}

void check(const Row& row, const char* variant, const std::vector<Argument>& arguments,
           const std::function<Tensor(const Tensor&)>& view = {}) {
  INFO(row.name << ", " << variant);
  Generator generator(11);
  std::vector<Tensor> inputs;
  for (const Argument& argument : arguments) inputs.push_back(make(argument, generator));
  const auto function = [&](const std::vector<Tensor>& in) {
    std::vector<Tensor> views = in;
    if (view)
      for (Tensor& x : views) x = view(x);
    const Tensor y = row.function(views);
    return row.linear ? square(y) : y;
  };
  CHECK_NOTHROW(gradcheck(function, inputs, row.options));
  CHECK_NOTHROW(gradgradcheck(function, inputs, row.options));
}

template <class Change>
std::vector<Argument> changed(const std::vector<Argument>& arguments, Change change) {
  std::vector<Argument> result = arguments;
  for (std::size_t i = 0; i < result.size(); ++i) change(result[i].shape, i);
  return result;
}

// Recording changes no value.
void check_unrecorded(const Row& row) {
  INFO(row.name << ", unrecorded");
  Generator generator(11);
  std::vector<Tensor> inputs;
  for (const Argument& argument : row.arguments) inputs.push_back(make(argument, generator));
  const std::vector<double> recorded = row.function(inputs).to_vector<double>();
  const NoGrad guard;
  CHECK(row.function(inputs).to_vector<double>() == recorded);
}

// The gradients of a row's function by all inputs as a function of their own: what is checked of them are
// second and third derivatives, through the gradients of the operations that gradients are made of.
Row slopes(const Row& row) {
  Row result = row;
  result.linear = false;
  result.function = [function = row.function, linear = row.linear](const std::vector<Tensor>& in) {
    std::vector<Tensor> leaves, parts;
    for (const Tensor& x : in)
      if (x.requires_grad()) leaves.push_back(x);
    const Tensor y = linear ? square(function(in)) : function(in);
    Generator generator(5);
    const Tensor weights = uniform(y.shape(), 0.5, 1.5, float64, generator);
    for (const Tensor& g : grad({y}, leaves, {weights}, {.create_graph = true}))
      if (g.defined()) parts.push_back(flatten(g));
    return concat(parts);
  };
  result.options.absolute_tolerance = std::max(result.options.absolute_tolerance, 1e-6);
  return result;
}

void check(const Row& row) {
  if (!row.differentiable) return;
  check(row, "dense", row.arguments);
  check_unrecorded(row);
  check(slopes(row), "gradient of dense", row.arguments);

  // Every second element along the last axis, of a tensor with its axes reversed.
  const auto reversed = [](Shape& shape, std::size_t) {
    if (shape.rank() > 0) shape[shape.rank() - 1] *= 2;
    std::reverse(shape.begin(), shape.end());
  };
  check(row, "strided", changed(row.arguments, reversed), [](const Tensor& x) {
    if (x.rank() == 0) return x;
    Axes axes;
    for (int i = x.rank() - 1; i >= 0; --i) axes.push_back(i);
    return slice(permute(x, axes), -1, 0, x.size(0), 2);
  });

  if (row.empty) check(row, "empty", changed(row.arguments, [](Shape& shape, std::size_t) { shape[0] = 0; }));
  if (!row.elementwise) return;
  check(row, "scalar", changed(row.arguments, [](Shape& shape, std::size_t) { shape = {}; }));
  // Argument i keeps every second axis, beginning with axis i.
  check(row, "broadcast", changed(row.arguments, [](Shape& shape, std::size_t i) {
          for (int axis = 0; axis < shape.rank(); ++axis)
            if ((static_cast<std::size_t>(axis) + i) % 2 == 1) shape[axis] = 1;
        }));
  check(row, "fewer axes", changed(row.arguments, [](Shape& shape, std::size_t i) {
          if (i > 0) shape.erase(0);
        }));
  const Shape whole = row.arguments[0].shape;
  check(row, "expanded", changed(row.arguments, [](Shape& shape, std::size_t) { shape[0] = 1; }),
        [whole](const Tensor& x) { return expand(x, whole); });
}

void check(const std::vector<Row>& rows) {
  for (const Row& row : rows) check(row);
}

// Without a gradient: results are bool or positions.
const std::set<std::string> not_differentiable = {"operator==", "operator!=", "operator<", "operator<=",
                                                  "operator>",  "operator>=", "operator&", "operator|",
                                                  "operator!",  "argmax",     "argmin",    "one_hot"};

// Of functions that return tensors: alone, in a vector, or in a struct.
std::set<std::string> declared_operations() {
  const std::regex declaration(R"(^(std::vector<Tensor>|[A-Z]\w*) (operator[^(]+|\w+)\(.*)");
  std::set<std::string> declared;
  for (const auto& file : std::filesystem::directory_iterator(repository("autograd/ops"))) {
    if (file.path().extension() != ".h") continue;
    std::ifstream stream(file.path());
    std::smatch match;
    for (std::string line; std::getline(stream, line);)
      if (std::regex_match(line, match, declaration)) declared.insert(match[2]);
  }
  return declared;
}

}  // namespace

TEST_CASE("gradients of arithmetic") { check(arithmetic_rows()); }
TEST_CASE("gradients of mathematics") { check(math_rows()); }
TEST_CASE("gradients of predicates") { check(logic_rows()); }
TEST_CASE("gradients of reductions") { check(reduce_rows()); }
TEST_CASE("gradients of scans") { check(scan_rows()); }
TEST_CASE("gradients of sorting") { check(sort_rows()); }
TEST_CASE("gradients of shapes") { check(shape_rows()); }
TEST_CASE("gradients of matrix products") { check(matmul_rows()); }
TEST_CASE("gradients of other products") { check(products_rows()); }
TEST_CASE("gradients of linear algebra") { check(linalg_rows()); }
TEST_CASE("gradients of indexing") { check(index_rows()); }
TEST_CASE("gradients of convolution") { check(convolution_rows()); }
TEST_CASE("gradients of pooling") { check(pooling_rows()); }
TEST_CASE("gradients of resizing") { check(resize_rows()); }
TEST_CASE("gradients of activations") { check(activation_rows()); }
TEST_CASE("gradients of dropout") { check(dropout_rows()); }
TEST_CASE("gradients of normalization") { check(normalization_rows()); }
TEST_CASE("gradients of embeddings") { check(embedding_rows()); }
TEST_CASE("gradients of losses") { check(loss_rows()); }
TEST_CASE("gradients of losses of numbers") { check(regression_loss_rows()); }
TEST_CASE("gradients of losses with margins") { check(margin_loss_rows()); }
TEST_CASE("gradients of losses of sequences") { check(ctc_loss_rows()); }
TEST_CASE("gradients of distances") { check(distance_rows()); }
TEST_CASE("gradients of recurrent cells") { check(recurrent_rows()); }
TEST_CASE("gradients of attention") { check(attention_rows()); }
TEST_CASE("gradients of distributions") { check(distributions_rows()); }
TEST_CASE("gradients of rearranging") { check(arrange_rows()); }
TEST_CASE("gradients of windows") { check(window_rows()); }

TEST_CASE("rows of conv2d reach every algorithm of float64, in every pass") {
  const auto& kernel = kernels::conv2d<double>();
  for (std::size_t i = 0; i < 3; ++i) {
    const auto pass = static_cast<kernels::Conv2dPass>(i);
    std::set<kernels::Conv2dAlgorithm> all, reached;
    for (const AlgorithmRow& row : algorithm_rows()) all.insert(kernel.choose(row.shape, pass));
    for (const auto& [x, weight, options] : large_convolutions())
      reached.insert(kernel.choose(
          convolution(x, weight, {.stride = options.stride, .padding = options.padding}), pass));
    CHECK(reached == all);
  }
}

TEST_CASE("every operation has a row") {
  std::set<std::string> known = not_differentiable;
  for (const Row& row : all_rows()) known.insert(row.name);

  const std::set<std::string> declared = declared_operations();
  CHECK(declared.size() > 45);
  for (const std::string& name : declared) {
    INFO(name << " is declared in autograd/ops, but tests/autograd has no row for it");
    CHECK(known.count(name) == 1);
  }
  for (const std::string& name : known) {
    if (name.find("::") != std::string::npos) continue;  // of a class, which is not in autograd/ops
    INFO(name << " has a row, but is not declared in autograd/ops");
    CHECK(declared.count(name) == 1);
  }
}

TEST_CASE("every operation is fuzzed") {
  std::set<std::string> fuzzed;
  for (const Operation& operation : operations()) fuzzed.insert(operation.name);
  for (const std::string& name : declared_operations()) {
    INFO(name << " is declared in autograd/ops, but tests/fuzz/operations.cpp has no line for it, nor a row "
                 "of tests/autograd");
    CHECK(fuzzed.count(name) == 1);
  }
}
