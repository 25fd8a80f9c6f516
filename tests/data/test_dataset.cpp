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
  data::Example get(std::int64_t i, Generator&) const override {
    return examples[static_cast<std::size_t>(i)];
  }
};

}  // namespace

TEST_CASE("a dataset of single examples stacks them") {
  const Tensor matrix = from_data({1.f, 2.f, 3.f, 4.f}, {2, 2});
  const Tensor transposed = matrix.alias(matrix.layout().transpose("test", 0, 1));
  const Given dataset({{matrix, scalar(7, int64), scalar(1)}, {transposed, scalar(8, int64), scalar(2)}});
  const data::Batch batch = dataset.get_batch(Indices{1, 0, 1}, {});
  REQUIRE(batch.size() == 3);
  CHECK(batch[0].shape() == Shape{3, 2, 2});
  CHECK(batch[0].to_vector<float>() == std::vector<float>{1, 3, 2, 4, 1, 2, 3, 4, 1, 3, 2, 4});
  CHECK(batch[1].shape() == Shape{3});
  CHECK(batch[1].to_vector<std::int64_t>() == Indices{8, 7, 8});
  CHECK(batch[2].to_vector<float>() == std::vector<float>{2, 1, 2});

  const data::Batch unlabelled = Given({{matrix}, {matrix}}).get_batch(Indices{0, 1}, {});
  REQUIRE(unlabelled.size() == 1);
  CHECK(unlabelled[0].shape() == Shape{2, 2, 2});
}

TEST_CASE("examples that do not fit together are refused") {
  const Tensor label = scalar(1);
  const Given dataset({{zeros({2}), label},
                       {zeros({3}), label},
                       {zeros({2}, float64), label},
                       {zeros({2})},
                       {zeros({2}), {}},
                       {},
                       {zeros({2}), zeros({1})}});
  CHECK_THROWS_AS(dataset.get_batch(Indices{}, {}), ValueError);
  CHECK_THROWS_WITH(dataset.get_batch(Indices{}, {}), "get_batch: expected at least one index, got none");
  CHECK_THROWS_AS(dataset.get_batch(Indices{0, 1}, {}), ShapeError);
  CHECK_THROWS_WITH(dataset.get_batch(Indices{0, 1}, {}),
                    "get_batch: tensor 0 of example 1 has shape [3], but in the first example it has [2]");
  CHECK_THROWS_WITH(dataset.get_batch(Indices{0, 6}, {}),
                    "get_batch: tensor 1 of example 6 has shape [1], but in the first example it has []");
  CHECK_THROWS_AS(dataset.get_batch(Indices{0, 2}, {}), DTypeError);
  CHECK_THROWS_WITH(
      dataset.get_batch(Indices{0, 2}, {}),
      "get_batch: tensor 0 of example 2 has dtype float64, but in the first example it has float32");
  CHECK_THROWS_AS(dataset.get_batch(Indices{0, 3}, {}), ValueError);
  CHECK_THROWS_WITH(dataset.get_batch(Indices{0, 3}, {}),
                    "get_batch: example 3 has 1 tensors, but the first example has 2");
  CHECK_THROWS_WITH(dataset.get_batch(Indices{3, 0}, {}),
                    "get_batch: example 0 has 2 tensors, but the first example has 1");
  for (const Indices& indices : {Indices{4}, Indices{0, 4}}) {
    CHECK_THROWS_AS(dataset.get_batch(indices, {}), ValueError);
    CHECK_THROWS_WITH(dataset.get_batch(indices, {}), "get_batch: tensor 1 of example 4 is undefined");
  }
  CHECK_THROWS_AS(dataset.get_batch(Indices{5}, {}), ValueError);
  CHECK_THROWS_WITH(dataset.get_batch(Indices{5}, {}), "get_batch: example 5 has no tensors");
}

TEST_CASE("a dataset of tensors gathers rows of any dtype") {
  Generator unused;
  const Tensor inputs = from_data({1.f, 2.f, 3.f, 4.f, 5.f, 6.f}, {2, 3});
  const Tensor columns = inputs.alias(inputs.layout().transpose("test", 0, 1));
  const data::TensorDataset dataset({columns, from_data<std::uint8_t>({7, 8, 9}, {3}), zeros({3, 0})});
  CHECK(dataset.size() == 3);
  const data::Batch batch = dataset.get_batch(Indices{2, 0, 2}, {});
  REQUIRE(batch.size() == 3);
  CHECK(batch[0].shape() == Shape{3, 2});
  CHECK(batch[0].to_vector<float>() == std::vector<float>{3, 6, 1, 4, 3, 6});
  CHECK(batch[1].to_vector<std::uint8_t>() == std::vector<std::uint8_t>{9, 7, 9});
  CHECK(batch[2].shape() == Shape{3, 0});
  const data::Example example = dataset.get(1, unused);
  REQUIRE(example.size() == 3);
  CHECK(example[0].to_vector<float>() == std::vector<float>{2, 5});
  CHECK(example[1].item<std::uint8_t>() == 8);

  const data::TensorDataset shared({inputs});
  REQUIRE(shared.tensors().size() == 1);
  CHECK(shared.tensors()[0].raw() == inputs.raw());
  CHECK(shared.get(1, unused)[0].raw() == inputs.data<float>() + 3);
  CHECK(data::TensorDataset({zeros({0, 4}), zeros({0})}).size() == 0);
  const data::TensorDataset learned({zeros({2}).set_requires_grad()});
  CHECK(!learned.tensors()[0].requires_grad());
}

TEST_CASE("a dataset of tensors checks tensors and indices") {
  using data::TensorDataset;
  CHECK_THROWS_AS(TensorDataset({}), ValueError);
  CHECK_THROWS_WITH(TensorDataset({}), "TensorDataset: expected at least one tensor, got none");
  CHECK_THROWS_AS(TensorDataset({zeros({3, 2}), zeros({3}), zeros({2})}), ShapeError);
  CHECK_THROWS_WITH(TensorDataset({zeros({3, 2}), zeros({3}), zeros({2})}),
                    "TensorDataset: expected tensors with the same number of rows, got shape [2] for tensor "
                    "2 and [3, 2] for tensor 0");
  CHECK_THROWS_AS(TensorDataset({scalar(1), scalar(1)}), ShapeError);
  CHECK_THROWS_AS(TensorDataset({zeros({1}), scalar(1)}), ShapeError);
  for (const auto& tensors :
       {std::vector{Tensor()}, std::vector{Tensor(), Tensor()}, std::vector{Tensor(), zeros({3})}}) {
    CHECK_THROWS_AS(TensorDataset(tensors), ValueError);
    CHECK_THROWS_WITH(TensorDataset(tensors), "TensorDataset: tensor 0 is undefined");
  }
  CHECK_THROWS_WITH(TensorDataset({zeros({3}), Tensor()}), "TensorDataset: tensor 1 is undefined");

  Generator unused;
  const TensorDataset dataset({zeros({3, 2}), zeros({3})});
  CHECK_THROWS_AS(dataset.get(3, unused), IndexError);
  CHECK_THROWS_AS(dataset.get(-1, unused), IndexError);
  CHECK_THROWS_WITH(dataset.get(3, unused), "get: index 3 is out of range for 3 examples");
  CHECK_THROWS_AS(dataset.get_batch(Indices{0, 3}, {}), IndexError);
  CHECK_THROWS_WITH(dataset.get_batch(Indices{-1}, {}), "get_batch: index -1 is out of range for 3 examples");
  CHECK_THROWS_AS(dataset.get_batch(Indices{}, {}), ValueError);
  CHECK_THROWS_WITH(dataset.get_batch(Indices{}, {}), "get_batch: expected at least one index, got none");
}
