// CIFAR and Fashion-MNIST: files, labels, names, normalization; and images in memory in general.
#include <catch.h>
#include <data/idx_bytes.h>
#include <temporary_directory.h>

#include <taper/data/cifar.h>
#include <taper/data/mnist.h>
#include <taper/tensor/create.h>
#include <taper/tensor/error.h>

using namespace taper;

namespace {

using Integers = std::vector<std::int64_t>;
constexpr std::int64_t pixels = 3 * 32 * 32;

// A record whose pixels are `first`, `first` + 1, ... modulo 256.
std::string record(const std::string& labels, int first) {
  std::string bytes = labels;
  for (int i = 0; i < pixels; ++i) bytes += static_cast<char>(first + i);
  return bytes;
}

std::span<const std::byte> bytes_of(const std::string& text) { return std::as_bytes(std::span(text)); }

}  // namespace

TEST_CASE("CIFAR-10 is read from its five files, or from one") {
  const TemporaryDirectory directory;
  for (int i = 1; i <= 5; ++i)
    directory.file("data_batch_" + std::to_string(i) + ".bin",
                   record(std::string(1, static_cast<char>(i)), i) + record(std::string(1, '\x09'), 0));
  const data::Cifar10 cifar(directory.path());
  REQUIRE(cifar.size() == 10);
  CHECK(cifar.labels().to_vector<std::int64_t>() == Integers{1, 9, 2, 9, 3, 9, 4, 9, 5, 9});
  CHECK(cifar.images().shape() == Shape{10, 3, 32, 32});
  CHECK(cifar.images().data<std::uint8_t>()[4 * pixels + 5] == 3 + 5);
  CHECK(cifar.classes().size() == 10);
  CHECK(cifar.classes()[9] == "truck");
  const data::Batch batch = cifar.get_batch(Integers{4, 1}, {});
  CHECK(batch[0].shape() == Shape{2, 3, 32, 32});
  CHECK(batch[0].data<float>()[5] == 8.f / 255);
  CHECK(batch[1].to_vector<std::int64_t>() == Integers{3, 9});

  CHECK_THROWS_AS(data::Cifar10(directory.path(), false), IoError);
  CHECK_THROWS_WITH(data::Cifar10(directory.path(), false), "Cifar10: there is no test_batch.bin in '" +
                                                                directory.path().string() +
                                                                "', nor in its folder cifar-10-batches-bin");
  std::filesystem::create_directory(directory / "cifar-10-batches-bin");
  const auto path = directory.file("cifar-10-batches-bin/test_batch.bin", record("\x07", 0));
  CHECK(data::Cifar10(directory.path(), false).labels().to_vector<std::int64_t>() == Integers{7});
  directory.file("cifar-10-batches-bin/test_batch.bin", record("\x07", 0) + record("\x0a", 0));
  CHECK_THROWS_WITH(data::Cifar10(directory.path(), false),
                    "Cifar10: '" + path.string() + "': expected labels from 0 to 9, got 10 in record 1");
  directory.file("cifar-10-batches-bin/test_batch.bin", record("\x07", 0) + "x");
  CHECK_THROWS_WITH(
      data::Cifar10(directory.path(), false),
      "Cifar10: '" + path.string() + "': it has 3074 bytes, which are not whole records of 3073");
}

TEST_CASE("CIFAR is normalized by channels") {
  const TemporaryDirectory directory;
  directory.file("test_batch.bin", record("\x07", 0));
  const Tensor image =
      data::Cifar10(directory.path(), false, {.normalize = true}).get_batch(Integers{0}, {})[0];
  CHECK(image.data<float>()[7] == Approx((7 / 255. - 0.4914) / 0.2470));
  CHECK(image.data<float>()[2048 + 7] == Approx((7 / 255. - 0.4465) / 0.2616));
}

TEST_CASE("CIFAR-100 has two labels") {
  const TemporaryDirectory directory;
  directory.file("train.bin", record("\x13\x63", 0) + record(std::string("\x00\x05", 2), 1));
  const data::Cifar100 fine(directory.path()), coarse(directory.path(), true, {.coarse = true});
  CHECK(fine.labels().to_vector<std::int64_t>() == Integers{99, 5});
  CHECK(fine.classes().size() == 100);
  CHECK(fine.classes()[99] == "worm");
  CHECK(coarse.labels().to_vector<std::int64_t>() == Integers{19, 0});
  CHECK(coarse.classes().size() == 20);
  CHECK(coarse.classes()[19] == "vehicles_2");
  CHECK(fine.images().data<std::uint8_t>()[pixels] == 1);
  CHECK_THROWS_WITH(data::Cifar100(directory.path(), false), ContainsSubstring("no test.bin in"));
}

TEST_CASE("the bytes of a CIFAR file are checked") {
  CHECK(data::parse_cifar({}, 10).images.shape() == Shape{0, 3, 32, 32});
  CHECK(data::parse_cifar(bytes_of(record("\x13\x63", 0)), 100).labels.to_vector<std::int64_t>() ==
        Integers{19, 99});
  CHECK_THROWS_AS(data::parse_cifar(bytes_of(record("\x13\x64", 0)), 100), IoError);
  CHECK_THROWS_WITH(data::parse_cifar(bytes_of(record("\x14\x63", 0)), 100),
                    "parse_cifar: expected labels from 0 to 19, got 20 in record 0");
  CHECK_THROWS_AS(data::parse_cifar(bytes_of(record("\x01", 0)), 100), IoError);
  CHECK_THROWS_AS(data::parse_cifar({}, 20), ValueError);
}

TEST_CASE("Fashion-MNIST has names, and a mean of its own") {
  const TemporaryDirectory directory;
  directory.file("train-images-idx3-ubyte", idx_bytes(0x08, {1, 28, 28}, std::string(784, '\x33')));
  directory.file("train-labels-idx1-ubyte", idx_bytes(0x08, {1}, "\x09"));
  const data::FashionMnist fashion(directory.path(), true, {.normalize = true, .flatten = true});
  CHECK(fashion.classes()[9] == "Ankle boot");
  const data::Batch batch = fashion.get_batch(Integers{0}, {});
  CHECK(batch[0].shape() == Shape{1, 784});
  CHECK(batch[0].data<float>()[5] == Approx((0.2 - 0.2860) / 0.3530));
  CHECK(data::Mnist(directory.path()).classes()[9] == "9");
  CHECK_THROWS_WITH(data::FashionMnist(directory.path(), false),
                    ContainsSubstring("FashionMnist: there is neither"));
}

TEST_CASE("images in memory are checked") {
  const Tensor images = zeros({2, 3, 4, 5}, uint8), labels = tensor({0, 1}, int64);
  CHECK(data::ImageDataset(images, labels).get_batch(Integers{1}, {})[0].shape() == Shape{1, 3, 4, 5});
  CHECK(data::ImageDataset(zeros({2, 4, 5}, uint8), labels, {}, {.flatten = true})
            .get_batch(Integers{1}, {})[0]
            .shape() == Shape{1, 20});
  CHECK_THROWS_AS(data::ImageDataset(zeros({2, 3}, uint8), labels), ShapeError);
  CHECK_THROWS_AS(data::ImageDataset(images, zeros({2, 1}, int64)), ShapeError);
  CHECK_THROWS_AS(data::ImageDataset(images, zeros({3}, int64)), ShapeError);
  CHECK_THROWS_AS(data::ImageDataset(zeros({2, 3, 4, 5}), labels), DTypeError);
  CHECK_THROWS_AS(data::ImageDataset(images, zeros({2})), DTypeError);
  CHECK_THROWS_AS(data::ImageDataset(images, tensor({0, -1}, int64)), IndexError);
  CHECK_THROWS_WITH(data::ImageDataset(images, labels, {"a"}),
                    ContainsSubstring("label 1 of image 1 is out of range"));
  CHECK_THROWS_AS(data::ImageDataset(images, labels, {}, {.means = {0}, .deviations = {1}}), ValueError);
  CHECK_THROWS_AS(data::ImageDataset(images, labels, {}, {.means = {0, 0, 0}}), ValueError);
}
