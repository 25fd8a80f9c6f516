// Datasets: stacking single examples, and rows of tensors.
#include <catch.h>

#include <taper/data/tensor_dataset.h>
#include <taper/tensor/create.h>
#include <taper/tensor/error.h>

using namespace taper;

namespace {

using Indices = std::vector<std::int64_t>;

struct Given : data::Dataset {
  std::vector<data::Example> examples;
  explicit Given(std::vector<data::Example> examples) : examples(std::move(examples)) {}
  std::int64_t size() const override { return static_cast<std::int64_t>(examples.size()); }
  data::Example get(std::int64_t i) const override { return examples[static_cast<std::size_t>(i)]; }
};

}  // namespace

TEST_CASE("a dataset of single examples stacks them") {
  const Tensor matrix = from_data({1.f, 2.f, 3.f, 4.f}, {2, 2});
  const Tensor transposed = matrix.alias(matrix.layout().transpose("test", 0, 1));
  const Given dataset({{matrix, scalar(7, int64)}, {transposed, scalar(8, int64)}});
  const data::Batch batch = dataset.get_batch(Indices{1, 0, 1});
  CHECK(batch.inputs.shape() == Shape{3, 2, 2});
  CHECK(batch.inputs.to_vector<float>() == std::vector<float>{1, 3, 2, 4, 1, 2, 3, 4, 1, 3, 2, 4});
  CHECK(batch.targets.shape() == Shape{3});
  CHECK(batch.targets.to_vector<std::int64_t>() == Indices{8, 7, 8});

  const Given unlabelled({{matrix, {}}, {matrix, {}}});
  CHECK(!unlabelled.get_batch(Indices{0, 1}).targets.defined());
}

TEST_CASE("examples that do not fit together are refused") {
  const Tensor target = scalar(1);
  const Given dataset(
      {{zeros({2}), target}, {zeros({3}), target}, {zeros({2}, float64), target}, {zeros({2}), {}}});
  CHECK_THROWS_AS(dataset.get_batch(Indices{}), ValueError);
  CHECK_THROWS_AS(dataset.get_batch(Indices{0, 1}), ShapeError);
  CHECK_THROWS_WITH(dataset.get_batch(Indices{0, 1}),
                    "get_batch: the input of example 1 has shape [3], those before have [2]");
  CHECK_THROWS_AS(dataset.get_batch(Indices{0, 2}), DTypeError);
  CHECK_THROWS_WITH(dataset.get_batch(Indices{0, 2}),
                    ContainsSubstring("float64") && ContainsSubstring("float32"));
  CHECK_THROWS_AS(dataset.get_batch(Indices{0, 3}), ValueError);
  CHECK_THROWS_WITH(dataset.get_batch(Indices{3, 0}), ContainsSubstring("some examples have target"));
}

TEST_CASE("a dataset of tensors gathers rows of any dtype") {
  const Tensor inputs = from_data({1.f, 2.f, 3.f, 4.f, 5.f, 6.f}, {2, 3});
  const Tensor columns = inputs.alias(inputs.layout().transpose("test", 0, 1));
  const data::TensorDataset dataset(columns, from_data<std::uint8_t>({7, 8, 9}, {3}));
  CHECK(dataset.size() == 3);
  const data::Batch batch = dataset.get_batch(Indices{2, 0, 2});
  CHECK(batch.inputs.shape() == Shape{3, 2});
  CHECK(batch.inputs.to_vector<float>() == std::vector<float>{3, 6, 1, 4, 3, 6});
  CHECK(batch.targets.to_vector<std::uint8_t>() == std::vector<std::uint8_t>{9, 7, 9});
  const data::Example example = dataset.get(1);
  CHECK(example.input.to_vector<float>() == std::vector<float>{2, 5});
  CHECK(example.target.item<std::uint8_t>() == 8);

  const data::TensorDataset shared(inputs, inputs);
  CHECK(shared.inputs().raw() == inputs.raw());
  CHECK(shared.get(1).input.raw() == inputs.data<float>() + 3);
  CHECK(dataset.get_batch(Indices{}).inputs.shape() == Shape{0, 2});
  const data::TensorDataset none(zeros({0, 4}), zeros({0}));
  CHECK(none.size() == 0);
  CHECK(none.get_batch(Indices{}).inputs.shape() == Shape{0, 4});
}

TEST_CASE("a dataset of tensors checks counts and indices") {
  CHECK_THROWS_AS(data::TensorDataset(zeros({3, 2}), zeros({2})), ShapeError);
  CHECK_THROWS_WITH(data::TensorDataset(zeros({3, 2}), zeros({2})),
                    ContainsSubstring("TensorDataset: ") && ContainsSubstring("[3, 2] and [2]"));
  CHECK_THROWS_AS(data::TensorDataset(scalar(1), scalar(1)), ShapeError);
  CHECK_THROWS_AS(data::TensorDataset(Tensor(), scalar(1)), ValueError);
  const data::TensorDataset dataset(zeros({3, 2}), zeros({3}));
  CHECK_THROWS_AS(dataset.get(3), IndexError);
  CHECK_THROWS_AS(dataset.get(-1), IndexError);
  CHECK_THROWS_WITH(dataset.get(3), "get: index 3 is out of range for 3 examples");
  CHECK_THROWS_AS(dataset.get_batch(Indices{0, 3}), IndexError);
  CHECK_THROWS_WITH(dataset.get_batch(Indices{-1}), "get_batch: index -1 is out of range for 3 examples");
}
