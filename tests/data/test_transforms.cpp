// Random transforms: what they draw, the same for any number of workers; composition; mixing of batches.
#include <algorithm>
#include <cmath>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include <catch.h>
#include <errors.h>

#include <taper/autograd/autograd.h>
#include <taper/data/data_loader.h>
#include <taper/data/draw.h>
#include <taper/data/image_color.h>
#include <taper/data/image_geometry.h>
#include <taper/data/map.h>
#include <taper/data/mix.h>
#include <taper/data/tensor_dataset.h>
#include <taper/data/transforms.h>
#include <taper/tensor/create.h>
#include <taper/tensor/error.h>

using namespace taper;
using data::ImageTransform;

namespace {

/// The results of many generators.
std::vector<Tensor> many(const ImageTransform& transform, const Tensor& image, int count = 400) {
  std::vector<Tensor> results;
  for (int i = 0; i < count; ++i) {
    Generator generator = data::Randomness{7, 1}.generator(i);
    results.push_back(transform(image, generator));
  }
  return results;
}

/// How many results differ from the image.
int changed(const std::vector<Tensor>& results, const Tensor& image) {
  return static_cast<int>(std::count_if(results.begin(), results.end(), [&](const Tensor& each) {
    return each.shape() != image.shape() || each.to_vector<float>() != image.to_vector<float>();
  }));
}

// All transforms that draw, with options that make each change nearly every image.
const std::vector<std::pair<std::string, ImageTransform>>& all() {
  static const std::vector<std::pair<std::string, ImageTransform>> each{
      {"RandomCrop", data::RandomCrop{.height = 8, .width = 8, .padding = 4}},
      {"RandomResizedCrop", data::RandomResizedCrop{.height = 8, .width = 8}},
      {"RandomHorizontalFlip", data::RandomHorizontalFlip{}},
      {"RandomVerticalFlip", data::RandomVerticalFlip{}},
      {"RandomRotation", data::RandomRotation{.degrees = 90}},
      {"RandomAffine", data::RandomAffine{.degrees = 10, .translate = 0.2, .scale = {0.8, 1.2}, .shear = 9}},
      {"RandomElastic", data::RandomElastic{.alpha = 8, .sigma = 2}},
      {"ColorJitter", data::ColorJitter{0.4, 0.4, 0.4, 0.1}},
      {"RandomGrayscale", data::RandomGrayscale{.probability = 0.5}},
      {"RandomErasing", data::RandomErasing{}},
      {"Cutout", data::Cutout{.size = 4}},
      {"RandomApply", data::RandomApply{data::Cutout{.size = 4}}},
  };
  return each;
}

const Tensor color = [] {
  Generator generator(3);
  return uniform({3, 8, 8}, 0, 1, float32, generator);
}();

}  // namespace

TEST_CASE("transforms depend on the generator alone") {
  for (const auto& [name, transform] : all()) {
    INFO(name);
    const std::vector<Tensor> first = many(transform, color, 30), second = many(transform, color, 30);
    std::set<std::vector<float>> different;
    for (std::size_t i = 0; i < first.size(); ++i) {
      CHECK(first[i].to_vector<float>() == second[i].to_vector<float>());
      CHECK(first[i].shape() == color.shape());
      different.insert(first[i].to_vector<float>());
    }
    CHECK(different.size() >= 2);
  }
}

TEST_CASE("batches are the same for any number of workers") {
  Generator generator(1);
  const data::TensorDataset images({uniform({24, 3, 8, 8}, 0, 1, float32, generator), arange(24)});
  std::vector<ImageTransform> transforms;
  for (const auto& [name, transform] : all()) transforms.push_back(transform);
  const auto augmented = data::map(images, data::Compose(transforms));
  const auto epochs = [&](std::int64_t workers, std::int64_t prefetch) {
    data::DataLoader loader(augmented, {.batch_size = 5,
                                        .shuffle = true,
                                        .seed = 11,
                                        .prefetch = prefetch,
                                        .workers = workers,
                                        .transform = data::Mixup{.classes = 24}});
    std::vector<float> values;
    for (int epoch = 0; epoch < 2; ++epoch)
      for (const data::Batch& batch : loader)
        for (const Tensor& tensor : batch) {
          const std::vector<float> each = tensor.to_vector<float>();
          values.insert(values.end(), each.begin(), each.end());
        }
    return values;
  };
  const std::vector<float> wanted = epochs(1, 0);
  CHECK(epochs(1, 2) == wanted);
  CHECK(epochs(4, 6) == wanted);
  const auto half = static_cast<std::ptrdiff_t>(wanted.size() / 2);
  CHECK(!std::equal(wanted.begin(), wanted.begin() + half, wanted.begin() + half));  // other epochs differ
}

TEST_CASE("probabilities are those that were asked for") {
  const auto share = [&](const ImageTransform& transform) {
    return changed(many(transform, color), color) / 400.;
  };
  CHECK(share(data::RandomHorizontalFlip{}) == Approx(0.5).margin(0.1));
  CHECK(share(data::RandomHorizontalFlip{.probability = 0.2}) == Approx(0.2).margin(0.08));
  CHECK(share(data::RandomVerticalFlip{.probability = 0.8}) == Approx(0.8).margin(0.08));
  CHECK(share(data::RandomGrayscale{}) == Approx(0.1).margin(0.06));
  CHECK(share(data::RandomElastic{.probability = 0.3}) == Approx(0.3).margin(0.1));
  CHECK(share(data::RandomErasing{.probability = 0.25}) == Approx(0.25).margin(0.09));
  CHECK(share(data::Cutout{.size = 2, .probability = 0.6}) == Approx(0.6).margin(0.1));
  CHECK(share(data::RandomApply{data::RandomVerticalFlip{.probability = 1}, 0.7}) == Approx(0.7).margin(0.1));
  for (const double certain : {0., 1.}) {
    CHECK(share(data::RandomHorizontalFlip{certain}) == certain);
    CHECK(share(data::RandomErasing{.probability = certain, .value = 3}) == certain);
    CHECK(share(data::RandomApply{data::RandomVerticalFlip{.probability = 1}, certain}) == certain);
  }
}

TEST_CASE("places of crops and boxes are uniform") {
  const Tensor numbers = reshape(to(arange(16), float32), {1, 4, 4});
  std::vector<int> corners(16);
  for (const Tensor& part : many(data::RandomCrop{.height = 3, .width = 3}, numbers))
    ++corners[static_cast<std::size_t>(part.to_vector<float>()[0])];
  for (const int place : {0, 1, 4, 5})
    CHECK(corners[static_cast<std::size_t>(place)] == Approx(100).margin(30));
  int outside = 0;
  for (const Tensor& part :
       many(data::RandomCrop{.height = 4, .width = 4, .padding = 1, .fill = -1}, numbers))
    outside += part.to_vector<float>()[0] == -1;
  CHECK(outside == Approx(400 * 5 / 9.).margin(40));
  std::vector<float> erased(16);
  for (const Tensor& each : many(data::Cutout{.size = 1, .value = -1}, numbers))
    for (std::size_t i = 0; i < 16; ++i) erased[i] += each.to_vector<float>()[i] == -1;
  for (const float count : erased) CHECK(count == Approx(25).margin(18));
  double area = 0;
  const Tensor large = ones({1, 40, 40});
  for (const Tensor& each : many(data::RandomErasing{.probability = 1, .area = {0.1, 0.3}}, large)) {
    const double share = 1 - mean(each).item<double>();
    CHECK((share > 0.08 && share < 0.33));
    area += share / 400;
  }
  CHECK(area == Approx(0.2).margin(0.02));
}

TEST_CASE("affine transforms keep to their ranges") {
  // The centre of mass of one bright pixel in the middle says how it moved.
  Tensor dot = zeros({1, 21, 21});
  assign(dot, {0, 10, 10}, 1);
  double low = 99, high = -99, sum = 0;
  const Tensor columns = to(arange(21), float32);
  for (const Tensor& each : many(data::RandomAffine{.translate = 0.2}, dot)) {
    const double x = (taper::sum(each * columns) / taper::sum(each)).item<double>() - 10;
    low = std::min(low, x), high = std::max(high, x), sum += x;
  }
  CHECK((low > -4.2001 && low < -3.9));
  CHECK((high < 4.2001 && high > 3.9));
  CHECK(std::abs(sum / 400) < 0.4);
  double least = 99, most = 0;
  const Tensor square = data::crop(ones({1, 9, 9}), {-6, -6, 21, 21});
  for (const Tensor& each : many(data::RandomAffine{.scale = {0.5, 1.5}}, square)) {
    const double side = std::sqrt(taper::sum(each).item<double>()) / 9;
    least = std::min(least, side), most = std::max(most, side);
  }
  CHECK((least > 0.48 && least < 0.56));
  CHECK((most < 1.52 && most > 1.44));
  const Tensor turned = many(data::RandomRotation{.degrees = 20, .fill = 0.5}, ones({1, 9, 9}), 1)[0];
  CHECK(turned.to_vector<float>()[0] < 1);
  CHECK(turned.to_vector<float>()[0] >= 0.5f);
  CHECK(taper::sum(many(data::RandomAffine{.shear = 30}, square, 1)[0]).item<float>() ==
        Approx(81).epsilon(0.05));
  CHECK(changed(many(data::RandomAffine{}, color, 5), color) == 0);
}

TEST_CASE("what comes from outside has the wanted value") {
  const Tensor white = ones({1, 9, 9});
  const auto least = [&](const ImageTransform& transform) {
    float result = 1;
    for (const Tensor& each : many(transform, white, 20)) result = std::min(result, min(each).item<float>());
    return result;
  };
  CHECK(least(data::RandomAffine{.translate = 0.9}) == 0);
  CHECK(least(data::RandomAffine{.translate = 0.9, .fill = 0.25}) == 0.25f);
  CHECK(least(data::RandomElastic{.alpha = 90, .sigma = 2}) == 0);
  CHECK(least(data::RandomElastic{.alpha = 90, .sigma = 2, .fill = 0.25}) == 0.25f);
  CHECK(least(data::RandomCrop{.height = 9, .width = 9, .padding = 3, .fill = 0.5}) == 0.5f);
}

TEST_CASE("boxes have the wanted ratios") {
  const Tensor large = ones({1, 40, 40});
  for (const Tensor& each :
       many(data::RandomErasing{.probability = 1, .area = {0.05, 0.1}, .ratio = {3, 3.3}}, large, 50)) {
    const Tensor hole = (1 - each)[0];  // its height and width
    const float height = max(sum(hole, 0)).item<float>(), width = max(sum(hole, 1)).item<float>();
    CHECK((height > 2.4f * width && height < 4 * width));
  }
  // Of a ramp along the columns, a part of a quarter of the area and twice as wide as high spans 0.707 of
  // them.
  const Tensor ramp = expand(reshape(to(arange(40), float32), {1, 1, 40}), {1, 40, 40});
  for (const Tensor& part :
       many(data::RandomResizedCrop{.height = 14, .width = 28, .area = {0.25, 0.25}, .ratio = {2, 2}}, ramp,
            20)) {
    CHECK(part.shape() == Shape{1, 14, 28});
    CHECK((max(part) - min(part)).item<float>() == 27);
  }
}

TEST_CASE("alpha says how evenly images are mixed") {
  const Tensor images = reshape(to(arange(2), float32), {2, 1, 1, 1}),
               many_pixels = expand(images, {2, 1, 20, 20});
  const auto evenness = [&](auto transform) {
    double sum = 0;
    for (std::uint64_t seed = 0; seed < 60; ++seed) {
      Generator generator(seed);
      const double share =
          transform({many_pixels, tensor({0, 1})}, generator)[1][0][0].template item<double>();
      sum += share * (1 - share);
    }
    return sum / 60;
  };
  // A half of the partners is the image itself.
  CHECK(evenness(data::Mixup{.alpha = 100, .classes = 2}) > 0.08);
  CHECK(evenness(data::Mixup{.alpha = 0.02, .classes = 2}) < 0.03);
  // A small alpha often leaves no box, or nearly all of the image; a large one always a box of a half.
  const auto untouched = [&](double alpha) {
    int count = 0;
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
      Generator generator(seed);
      count += data::CutMix{.alpha = alpha, .classes = 2}({many_pixels, tensor({0, 1})}, generator)[1][0][0]
                   .item<float>() == 1;
    }
    return count;
  };
  CHECK(untouched(100) == Approx(100).margin(22));
  CHECK(untouched(0.02) == Approx(150).margin(20));
}

TEST_CASE("colour jitter draws each factor from its range") {
  const Tensor grey = full({3, 4, 4}, 0.5);
  double least = 9, most = 0;
  for (const Tensor& each : many(data::ColorJitter{.brightness = 0.4}, grey)) {
    const double value = each.to_vector<float>()[0];
    least = std::min(least, value), most = std::max(most, value);
  }
  CHECK((least >= 0.3 && least < 0.32));
  CHECK((most <= 0.7001 && most > 0.68));
  CHECK(changed(many(data::ColorJitter{}, color, 5), color) == 0);
  CHECK(changed(many(data::ColorJitter{.contrast = 0.5}, color, 20), color) == 20);
  CHECK(changed(many(data::ColorJitter{.saturation = 0.5}, color, 20), color) == 20);
  CHECK(changed(many(data::ColorJitter{.hue = 0.1}, color, 20), color) == 20);
  CHECK(changed(many(data::ColorJitter{.hue = 0.5}, grey, 20), grey) == 0);
}

TEST_CASE("transforms without randomness") {
  Generator generator(1);
  const Tensor numbers = reshape(to(arange(16), float32), {1, 4, 4});
  CHECK(data::CenterCrop{2, 2}(numbers, generator).to_vector<float>() == std::vector<float>{5, 6, 9, 10});
  CHECK(data::CenterCrop{5, 1, -1}(numbers, generator).to_vector<float>() ==
        std::vector<float>{-1, 1, 5, 9, 13});
  CHECK(data::Resize{2, 2}(numbers, generator).shape() == Shape{1, 2, 2});
  CHECK(data::ToFloat{}(full({1, 1, 2}, 51, uint8), generator).to_vector<float>() ==
        std::vector<float>{0.2f, 0.2f});
  CHECK(data::Normalize{}(ones({1, 1, 1}), generator).item<float>() == 1);
  CHECK(generator.position() == 0);
  CHECK(many(data::RandomResizedCrop{.height = 5, .width = 7}, numbers, 1)[0].shape() == Shape{1, 5, 7});
  // No part of this ratio fits: the middle.
  CHECK(many(data::RandomResizedCrop{.height = 2, .width = 4, .area = {1, 1}, .ratio = {2, 2}}, numbers, 1)[0]
            .to_vector<float>() == std::vector<float>{4, 5, 6, 7, 8, 9, 10, 11});
}

TEST_CASE("transforms are put together, also for examples") {
  Generator generator(1);
  const data::Compose both(data::ToFloat{}, data::Normalize{{0.5}, {0.25}},
                           [](const Tensor& image, Generator&) { return image + 1; });
  const Tensor image = full({1, 2, 2}, 255, uint8);
  CHECK(both(image, generator).to_vector<float>() == std::vector<float>{3, 3, 3, 3});
  const data::Example example = data::Compose(both, data::CenterCrop{1, 1})({image, scalar(7)}, generator);
  CHECK(example[0].item<float>() == 3);
  CHECK(example[1].item<float>() == 7);
  CHECK_THROWS_AS(both(data::Example{}, generator), ValueError);
}

TEST_CASE("mixup mixes images and labels alike") {
  Generator generator(5);
  const Tensor images = to(arange(6), float32), labels = tensor({0, 1, 2, 0, 1, 2});
  const data::Batch mixed = data::Mixup{.alpha = 1, .classes = 3}({images, labels, labels}, generator);
  REQUIRE(mixed.size() == 3);
  CHECK(mixed[1].shape() == Shape{6, 3});
  CHECK(mixed[1].dtype() == float32);
  CHECK(mixed[2].to_vector<std::int64_t>() == labels.to_vector<std::int64_t>());
  CHECK(sum(mixed[1], 1).to_vector<float>()[3] == Approx(1));
  // Rows instead of numbers of classes, of the images themselves: they must agree with the images.
  Generator again(5);
  const data::Batch rows = data::Mixup{.alpha = 1}({images, unsqueeze(images, 1)}, again);
  CHECK(rows[1].to_vector<float>() == mixed[0].to_vector<float>());
  CHECK(mixed[0].to_vector<float>() != images.to_vector<float>());
  const data::Batch none = data::Mixup{.classes = 3, .probability = 0}({images, labels}, generator);
  CHECK(none[0].to_vector<float>() == images.to_vector<float>());
  CHECK(none[1].shape() == Shape{6, 3});
}

TEST_CASE("cutmix takes labels by the pixels that it takes") {
  bool some = false;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    Generator generator(seed);
    // Each image has its number in every pixel, so its mean is the mean of the labels' numbers.
    const Tensor images = expand(reshape(to(arange(4), float32), {4, 1, 1, 1}), {4, 2, 5, 6});
    const data::Batch mixed = data::CutMix{.classes = 4}({images, arange(4)}, generator);
    const Tensor by_pixels = mean(mixed[0], {1, 2, 3}), by_labels = matmul(mixed[1], to(arange(4), float32));
    CHECK(max(abs(by_pixels - by_labels)).item<float>() < 1e-5f);
    const std::vector<float> values = mixed[0].to_vector<float>();
    CHECK(std::all_of(values.begin(), values.end(), [](float x) { return x == std::floor(x); }));
    some = some || max(abs(by_pixels - to(arange(4), float32))).item<float>() > 0.1f;
  }
  CHECK(some);
  Generator generator(1);
  const Tensor images = uniform({4, 1, 3, 3}, 0, 1, float32, generator);
  const data::Batch none = data::CutMix{.classes = 4, .probability = 0}({images, arange(4)}, generator);
  CHECK(none[0].to_vector<float>() == images.to_vector<float>());
}

TEST_CASE("shares are drawn from a beta distribution") {
  for (const double a : {0.2, 1., 4.}) {
    double sum = 0, squares = 0;
    Generator generator(9);
    data::Draw draw(generator);
    for (int i = 0; i < 4000; ++i) {
      const double x = draw.beta(a);
      REQUIRE((x >= 0 && x <= 1));
      sum += x, squares += (x - 0.5) * (x - 0.5);
    }
    CHECK(sum / 4000 == Approx(0.5).margin(0.03));
    CHECK(squares / 4000 == Approx(1 / (4 * (2 * a + 1))).epsilon(0.08));
  }
  Generator generator(9);
  data::Draw draw(generator);
  for (int i = 0; i < 100; ++i) CHECK(std::isfinite(draw.beta(1e-3)));
}

TEST_CASE("draws cover their range evenly") {
  Generator generator(2);
  data::Draw draw(generator);
  std::vector<int> counts(5);
  for (int i = 0; i < 5000; ++i) ++counts.at(static_cast<std::size_t>(draw.integer(5)));
  for (const int count : counts) CHECK(count == Approx(1000).margin(120));
  CHECK(generator.position() == 2500);
  CHECK(draw.uniform(-3, -2) < -2);
}

TEST_CASE("options out of range are told by the transform's name") {
  Generator generator(1);
  const auto call = [&](const ImageTransform& transform) {
    return [&, transform] { transform(color, generator); };
  };
  check_error<ValueError>(call(data::RandomHorizontalFlip{1.5}),
                          "RandomHorizontalFlip: expected a probability from 0 to 1, got 1.5");
  check_error<ValueError>(
      call(data::RandomCrop{9, 8}),
      "RandomCrop: expected at most 8 by 8 pixels of an image of shape [3, 8, 8] with a padding of "
      "0, got 9 by 8");
  check_error<ValueError>(call(data::RandomCrop{}),
                          "RandomCrop: expected a size of at least 1 by 1, got 0 by 0");
  check_error<ValueError>(
      call(data::RandomAffine{.scale = {2, 1}}),
      "RandomAffine: expected scales in ascending order, from 1e-06 to 1000000, got 2 and 1");
  check_error<ValueError>(call(data::RandomAffine{.translate = 2}),
                          "RandomAffine: expected a translation from 0 to 1, got 2");
  check_error<ValueError>(call(data::RandomElastic{.sigma = 0}),
                          "RandomElastic: expected a sigma from 0.001 to 1000, got 0");
  check_error<ValueError>(call(data::ColorJitter{.hue = 0.7}),
                          "ColorJitter: expected a hue from 0 to 0.5, got 0.7");
  check_error<ValueError>(call(data::Cutout{}), "Cutout: expected a size from 1 to 1000000, got 0");
  check_error<ValueError>(call(data::RandomRotation{-1}),
                          "RandomRotation: expected degrees from 0 to 360, got -1");
  const auto mix = [&](auto transform, data::Batch batch) {
    return [&generator, transform, batch] { transform(batch, generator); };
  };
  check_error<ValueError>(mix(data::Mixup{.alpha = 0}, {}),
                          "Mixup: expected an alpha above 0 and up to 1e6, got 0");
  check_error<ValueError>(mix(data::Mixup{}, {color}), "Mixup: expected a batch of images and labels");
  check_error<ValueError>(mix(data::Mixup{}, {color, tensor({0, 1, 2})}),
                          "Mixup: for labels that are numbers, expected `classes` of at least 1, got 0");
  check_error<IndexError>(mix(data::Mixup{.classes = 2}, {color, tensor({0, 1, 2})}),
                          "Mixup: expected labels from 0 to 1, got 2");
  check_error<ShapeError>(mix(data::Mixup{.classes = 2}, {color, tensor({0, 1})}),
                          "Mixup: expected labels int64 [3], or float32 [3, classes], got int64 [2]");
  check_error<ShapeError>(
      mix(data::CutMix{.classes = 2}, {color, tensor({0, 1, 1})}),
      "CutMix: expected images of shape [examples, channels, height, width], got [3, 8, 8]");
  check_error<DTypeError>(mix(data::Mixup{.classes = 2}, {zeros({3, 1}, uint8), tensor({0, 1, 1})}),
                          "Mixup: expected float32 images, got uint8");
}
