// Functions of images: PyTorch's numbers, and what is exact.
#include <cmath>
#include <string>
#include <vector>

#include <catch.h>
#include <errors.h>
#include <nlohmann/json.hpp>
#include <repository.h>

#include <taper/autograd/autograd.h>
#include <taper/data/image_color.h>
#include <taper/data/image_geometry.h>
#include <taper/data/resize_image.h>
#include <taper/io/safetensors.h>
#include <taper/tensor/create.h>
#include <taper/tensor/error.h>

using namespace taper;
using nlohmann::json;

namespace {

Tensor run(const std::string& function, const json& o, const io::SafeTensors& file,
           const std::string& image_name) {
  const auto find = [&](const std::string& name) {
    for (const auto& [each, tensor] : file.tensors)
      if (each == name) return tensor;
    throw Error("no tensor " + name);
  };
  const Tensor image = find(image_name);
  const double fill = o.value("fill", 0.);
  if (function == "affine")
    return data::affine(image, {o.value("angle", 0.), o.value("translate_x", 0.), o.value("translate_y", 0.),
                                o.value("scale", 1.), o.value("shear_x", 0.), o.value("shear_y", 0.), fill});
  if (function == "displace") return data::displace(image, find("bend"), fill);
  if (function == "elastic_displacement") return data::elastic_displacement(image, o["alpha"], o["sigma"]);
  if (function == "resize_image") return data::resize_image(image, o["height"], o["width"]);
  if (function == "adjust_brightness") return data::adjust_brightness(image, o["factor"]);
  if (function == "adjust_contrast") return data::adjust_contrast(image, o["factor"]);
  if (function == "adjust_saturation") return data::adjust_saturation(image, o["factor"]);
  if (function == "adjust_hue") return data::adjust_hue(image, o["turn"]);
  if (function == "to_grayscale") return data::to_grayscale(image);
  throw Error("unknown function " + function);
}

const Tensor small = tensor({{{1, 2, 3}, {4, 5, 6}}}, uint8);

}  // namespace

TEST_CASE("functions of images have PyTorch's numbers") {
  const io::SafeTensors file = io::load_safetensors(repository("tests/golden/torch_transforms.safetensors"));
  const json cases = json::parse(file.metadata.at("cases"));
  CHECK(cases.size() == 24);
  for (std::size_t i = 0; i < cases.size(); ++i) {
    INFO(cases[i].dump());
    const Tensor got = run(cases[i]["function"], cases[i]["options"], file, cases[i]["image"]);
    for (const auto& [name, wanted] : file.tensors) {
      if (name != std::to_string(i)) continue;
      REQUIRE(got.shape() == wanted.shape());
      CHECK(got.dtype() == float32);
      CHECK(max(abs(got - wanted)).item<float>() < 1e-5f);
    }
  }
}

TEST_CASE("a crop may reach beyond the image") {
  const auto values = [](const Tensor& x) { return x.to_vector<std::uint8_t>(); };
  using Bytes = std::vector<std::uint8_t>;
  CHECK(values(data::crop(small, {0, 1, 2, 2})) == Bytes{2, 3, 5, 6});
  CHECK(values(data::crop(small, {-1, -1, 2, 3, 9})) == Bytes{9, 9, 9, 9, 1, 2});
  CHECK(values(data::crop(small, {1, 2, 2, 3, 7})) == Bytes{6, 7, 7, 7, 7, 7});
  CHECK(values(data::crop(small, {5, 0, 1, 2, 300})) == Bytes{255, 255});
  CHECK(values(data::crop(small, {0, -4, 1, 2})) == Bytes{0, 0});
  CHECK(values(data::crop(small, {0, 4, 1, 2})) == Bytes{0, 0});
  CHECK(data::crop(ones({2, 2, 2}), {0, 0, 3, 1}).to_vector<float>() == std::vector<float>{1, 1, 0, 1, 1, 0});
}

TEST_CASE("flips, boxes of one value, and views") {
  const auto values = [](const Tensor& x) { return x.to_vector<std::uint8_t>(); };
  using Bytes = std::vector<std::uint8_t>;
  CHECK(values(data::flip_horizontal(small)) == Bytes{3, 2, 1, 6, 5, 4});
  CHECK(values(data::flip_vertical(small)) == Bytes{4, 5, 6, 1, 2, 3});
  const Tensor two = concat({small, small + 10}, 0);
  CHECK(values(data::flip_vertical(two)) == Bytes{4, 5, 6, 1, 2, 3, 14, 15, 16, 11, 12, 13});
  CHECK(values(data::erase(two, 0, 1, 1, 9, 8)) == Bytes{1, 8, 8, 4, 5, 6, 11, 8, 8, 14, 15, 16});
  CHECK(values(data::erase(small, -1, -1, 2, 2)) == Bytes{0, 2, 3, 4, 5, 6});
  CHECK(values(data::erase(small, 5, 5, 2, 2)) == values(small));
  CHECK(values(small) == Bytes{1, 2, 3, 4, 5, 6});
  const Tensor turned = permute(small, {0, 2, 1});
  CHECK(values(data::flip_horizontal(turned)) == Bytes{4, 1, 5, 2, 6, 3});
  CHECK(values(data::affine(turned, {})) == values(turned));
  CHECK(values(data::resize_image(turned, 3, 2)) == values(turned));
}

TEST_CASE("bytes are rounded, and cut to their range") {
  const Tensor image = tensor({{{0, 255}}}, uint8);
  CHECK(data::affine(image, {.translate_x = 0.5}).to_vector<std::uint8_t>() ==
        std::vector<std::uint8_t>{0, 128});
  CHECK(data::displace(image, full({2, 1, 2}, 0.25), 400).to_vector<std::uint8_t>() ==
        std::vector<std::uint8_t>{148, 255});
  CHECK(data::to_float(image).to_vector<float>() == std::vector<float>{0, 1});
}

TEST_CASE("a displacement that is no number lies outside") {
  const Tensor field = tensor({{{double(NAN), double(INFINITY)}}, {{0., -double(INFINITY)}}});
  CHECK(data::displace(ones({1, 1, 2}), field, 5).to_vector<float>() == std::vector<float>{5, 5});
  const Tensor odd = tensor({{{double(NAN), 1.}}, {{0.5, double(INFINITY)}}, {{0.2, 0.1}}});
  CHECK(data::adjust_hue(odd, 0.3).shape() == odd.shape());
}

TEST_CASE("channels are normalized with one number, or each with its own") {
  const Tensor image = tensor({{{1., 2.}}, {{3., 4.}}});
  const double one[] = {1}, half[] = {0.5}, two[] = {1, 3};
  CHECK(data::normalize_image(image, one, half).to_vector<float>() == std::vector<float>{0, 2, 4, 6});
  CHECK(data::normalize_image(image, two, half).to_vector<float>() == std::vector<float>{0, 2, 0, 2});
  check_error<ValueError>(
      [&] {
        data::normalize_image(ones({3, 1, 1}), two, one);
      },
      "normalize_image: expected 1 or 3 means and deviations, one for each channel, got 2 and 1");
  const double zero[] = {0};
  check_error<ValueError>([&] { data::normalize_image(image, one, zero); },
                          "normalize_image: expected deviations above 0, got 0");
}

TEST_CASE("what is no image is told by the function") {
  check_error<ShapeError>(
      [] {
        data::flip_vertical(zeros({2, 2}));
      },
      "flip_vertical: expected an image of shape [channels, height, width], got [2, 2]");
  check_error<ValueError>([] { data::crop({}, {}); }, "crop: the image is undefined");
  check_error<DTypeError>(
      [] {
        data::affine(zeros({1, 2, 2}, float64), {});
      },
      "affine: expected a float32 or uint8 image, got float64");
  check_error<DTypeError>([] { data::adjust_contrast(small, 1); },
                          "adjust_contrast: expected a float32 image, got uint8");
  check_error<ShapeError>(
      [] {
        data::adjust_hue(zeros({2, 1, 1}), 0.1);
      },
      "adjust_hue: expected an image of 1 or 3 channels, got [2, 1, 1]");
  check_error<ValueError>(
      [] {
        data::adjust_hue(zeros({3, 1, 1}), 0.6);
      },
      "adjust_hue: expected a turn from -0.5 to 0.5, got 0.6");
  check_error<ValueError>(
      [] {
        data::adjust_brightness(zeros({3, 1, 1}), -1);
      },
      "adjust_brightness: expected a finite factor of at least 0, got -1");
  check_error<ValueError>(
      [] {
        data::crop(small, {0, 0, 0, 1});
      },
      "crop: expected a box of at least one pixel, got height 0, width 1 at (0, 0)");
  check_error<ValueError>([] { data::resize_image(small, 2, 0); },
                          "resize_image: expected extents from 1 to 1000000, got 2 x 0");
  CHECK_THROWS_AS(data::affine(small, {.scale = 0}), ValueError);
  CHECK_THROWS_AS(data::affine(small, {.shear_x = 90}), ValueError);
  CHECK_THROWS_AS(data::affine(small, {.angle = INFINITY}), ValueError);
  check_error<ShapeError>(
      [] {
        data::displace(small, zeros({2, 3, 2}));
      },
      "displace: expected a displacement of shape [2, 2, 3] as the image, got [2, 3, 2]");
  check_error<ShapeError>(
      [] {
        data::elastic_displacement(zeros({1, 3, 2}), 1, 1);
      },
      "elastic_displacement: expected a noise of shape [2, height, width], got [1, 3, 2]");
  check_error<DTypeError>(
      [] {
        data::elastic_displacement(zeros({2, 3, 2}, float64), 1, 1);
      },
      "elastic_displacement: expected a float32 noise, got float64");
  check_error<ValueError>(
      [] {
        data::elastic_displacement(zeros({2, 3, 2}), 1, 0);
      },
      "elastic_displacement: expected a finite alpha, and a sigma above 0 and up to 1000, got 1 and 0");
}
