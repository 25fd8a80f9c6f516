// MNIST: the real files, the options, and files that do not fit together.
#include <numeric>

#include <catch.h>
#include <repository.h>
#include <temporary_directory.h>

#include "idx_bytes.h"
#include <taper/data/mnist.h>
#include <taper/tensor/error.h>

using namespace taper;

namespace {

const std::string directory = repository("examples/data/mnist");

std::int64_t sum_of(const Tensor& pixels) {
  const std::uint8_t* const first = pixels.data<std::uint8_t>();
  return std::accumulate(first, first + pixels.numel(), std::int64_t{0});
}

// A directory with `count` images and `labels`.
void fill(const TemporaryDirectory& directory, std::uint32_t count, const std::string& labels) {
  directory.file("train-images-idx3-ubyte",
                 idx_bytes(0x08, {count, 28, 28}, std::string(count * 784, '\xff')));
  directory.file("train-labels-idx1-ubyte",
                 idx_bytes(0x08, {static_cast<std::uint32_t>(labels.size())}, labels));
}

}  // namespace

TEST_CASE("the training examples of MNIST load") {
  const data::Mnist mnist(directory);
  REQUIRE(mnist.size() == 60'000);
  CHECK(mnist.images().shape() == Shape{60'000, 28, 28});
  CHECK(sum_of(mnist.images()) == 1'567'298'545);
  std::vector<int> counts(10);
  for (const std::int64_t label : mnist.labels().to_vector<std::int64_t>())
    ++counts[static_cast<std::size_t>(label)];
  CHECK(counts == std::vector<int>{5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949});
  const std::uint8_t* const row = mnist.images().data<std::uint8_t>() + 5 * 28 + 12;
  CHECK(std::vector<int>(row, row + 8) == std::vector<int>{3, 18, 18, 18, 126, 136, 175, 26});
}

TEST_CASE("the test examples of MNIST load and become batches") {
  const data::Mnist plain(directory, false), flat(directory, false, {.normalize = true, .flatten = true});
  REQUIRE(plain.size() == 10'000);
  CHECK(sum_of(plain.images()) == 264'923'200);
  const std::vector<std::int64_t> indices = {9999, 0, 1};
  const data::Batch batch = plain.get_batch(indices, {}), normalized = flat.get_batch(indices, {});
  CHECK(batch[0].shape() == Shape{3, 1, 28, 28});
  CHECK(normalized[0].shape() == Shape{3, 784});
  CHECK(batch[1].to_vector<std::int64_t>() == std::vector<std::int64_t>{6, 7, 2});
  CHECK(normalized[1].to_vector<std::int64_t>() == std::vector<std::int64_t>{6, 7, 2});
  const std::vector<float> values = batch[0].to_vector<float>(), others = normalized[0].to_vector<float>();
  const std::uint8_t* const pixels = plain.images().data<std::uint8_t>();
  double sum = 0;
  bool right = true;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const int pixel = pixels[indices[i / 784] * 784 + static_cast<std::int64_t>(i % 784)];
    right = right && values[i] == static_cast<float>(pixel) / 255 &&
            others[i] == Approx((pixel / 255.0 - 0.1307) / 0.3081).epsilon(1e-5);
    sum += i < 784 ? static_cast<double>(values[i]) : 0;
  }
  CHECK(right);
  CHECK(sum == Approx(41833 / 255.0));

  Generator unused;
  const data::Example example = plain.get(9999, unused);
  CHECK(example[0].shape() == Shape{1, 28, 28});
  CHECK(example[0].to_vector<float>() == std::vector<float>(values.begin(), values.begin() + 784));
  CHECK(example[1].shape() == Shape{});
  CHECK(example[1].item<std::int64_t>() == 6);
  CHECK_THROWS_AS(plain.get(10'000, unused), IndexError);
  CHECK_THROWS_AS(plain.get(-1, unused), IndexError);
  CHECK_THROWS_AS(plain.get_batch(std::vector<std::int64_t>{0, 10'000}, {}), IndexError);
}

TEST_CASE("MNIST files that are missing or do not fit are refused") {
  const TemporaryDirectory files;
  CHECK_THROWS_AS(data::Mnist(files.path()), IoError);
  CHECK_THROWS_WITH(data::Mnist(files.path()),
                    "Mnist: there is neither train-images-idx3-ubyte nor "
                    "train-images-idx3-ubyte.gz in '" +
                        files.path().string() + "'");
  fill(files, 2, {3, 9});
  CHECK(data::Mnist(files.path()).labels().to_vector<std::int64_t>() == std::vector<std::int64_t>{3, 9});
  CHECK_THROWS_WITH(data::Mnist(files.path(), false), ContainsSubstring("t10k-images-idx3-ubyte"));

  fill(files, 2, {3, 9, 1});
  CHECK_THROWS_AS(data::Mnist(files.path()), IoError);
  CHECK_THROWS_WITH(data::Mnist(files.path()),
                    ContainsSubstring("has 2 images") && ContainsSubstring("3 labels"));
  fill(files, 2, {3, 10});
  CHECK_THROWS_WITH(data::Mnist(files.path()),
                    ContainsSubstring("labels from 0 to 9 in") && ContainsSubstring("got 10 at index 1"));
  fill(files, 2, {3, 9});
  files.file("train-images-idx3-ubyte", idx_bytes(0x08, {2, 14, 28}, std::string(784, 'a')));
  CHECK_THROWS_WITH(data::Mnist(files.path()),
                    ContainsSubstring("Mnist: expected uint8 of shape [count, 28, 28] in") &&
                        ContainsSubstring("got uint8 of shape [2, 14, 28]"));
  files.file("train-images-idx3-ubyte", idx_bytes(0x08, {2, 28, 28, 1}, std::string(2 * 784, 'a')));
  CHECK_THROWS_WITH(data::Mnist(files.path()), ContainsSubstring("got uint8 of shape [2, 28, 28, 1]"));
  files.file("train-images-idx3-ubyte", idx_bytes(0x0D, {1, 28, 28}, std::string(4 * 784, 'a')));
  CHECK_THROWS_WITH(data::Mnist(files.path()), ContainsSubstring("got float32 of shape"));
  files.file("train-images-idx3-ubyte", "nonsense");
  CHECK_THROWS_WITH(data::Mnist(files.path()),
                    ContainsSubstring("train-images-idx3-ubyte': it is not an IDX file"));
}
