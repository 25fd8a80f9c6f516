// Transforms of images, as functions of the image and of the generator of its example.
#pragma once

#include <cstdint>
#include <type_traits>
#include <utility>
#include <vector>

#include <taper/data/dataset.h>
#include <taper/tensor/function.h>

namespace taper::data {

// Images are [channels, height, width], float32 or uint8 unless said otherwise; pixels outside have the value
// `fill`. What is random comes from the generator alone, so that an augmented image is a function of the
// seed, the epoch and the index, for any number of workers. Options are checked when an image comes; errors
// begin with the name of the transform. What is applied with a probability leaves the image else as it is.

/// What is done to an image; the transforms below, or your own.
using ImageTransform = Function<Tensor(const Tensor& image, Generator& generator)>;

/// Transforms, one after the other, as one of them, and as a function for map(), where they change the first
/// tensor of an example:
///
///     const auto augmented = data::map(digits, data::Compose(
///         data::RandomAffine{.degrees = 10, .translate = 0.1}, data::RandomElastic{.alpha = 20}));
class Compose {
 public:
  template <class... Transforms>
  requires(std::is_invocable_r_v<Tensor, Transforms&, const Tensor&, Generator&>&&...) explicit Compose(
      Transforms... transforms) {
    transforms_.reserve(sizeof...(transforms));
    (transforms_.push_back(ImageTransform(std::move(transforms))), ...);
  }
  explicit Compose(std::vector<ImageTransform> transforms) : transforms_(std::move(transforms)) {}

  Tensor operator()(const Tensor& image, Generator& generator) const;
  /// Throws ValueError if the example is empty.
  Example operator()(Example example, Generator& generator) const;

 private:
  std::vector<ImageTransform> transforms_;
};

/// Numbers from low to high.
struct Range {
  double low = 1, high = 1;
};

/// The transform with a probability.
struct RandomApply {
  ImageTransform transform;
  double probability = 0.5;
  Tensor operator()(const Tensor& image, Generator& generator) const;
};

/// uint8 to float32 in [0, 1].
struct ToFloat {
  Tensor operator()(const Tensor& image, Generator& unused) const;
};

/// (pixel - mean) / deviation, of float32: one number for all channels, or one for each.
struct Normalize {
  std::vector<double> mean = {0.5};
  std::vector<double> deviation = {0.5};
  Tensor operator()(const Tensor& image, Generator& unused) const;
};

/// To this size: see resize_image().
struct Resize {
  std::int64_t height = 0, width = 0;
  Tensor operator()(const Tensor& image, Generator& unused) const;
};

/// The middle; with `fill` around it where the image is smaller.
struct CenterCrop {
  std::int64_t height = 0, width = 0;
  double fill = 0;
  Tensor operator()(const Tensor& image, Generator& unused) const;
};

/// A part at a random place of the image with `padding` pixels around it.
struct RandomCrop {
  std::int64_t height = 0, width = 0;
  std::int64_t padding = 0;
  double fill = 0;
  Tensor operator()(const Tensor& image, Generator& generator) const;
};

/// A part with a random share of the area and a random ratio of width to height, in the wanted size (Szegedy
/// et al.: Going deeper with convolutions; 2015). After ten parts that do not fit it is the middle.
struct RandomResizedCrop {
  std::int64_t height = 0, width = 0;
  Range area = {0.08, 1};
  Range ratio = {3. / 4, 4. / 3};
  Tensor operator()(const Tensor& image, Generator& generator) const;
};

/// Left and right exchanged.
struct RandomHorizontalFlip {
  double probability = 0.5;
  Tensor operator()(const Tensor& image, Generator& generator) const;
};

/// Top and bottom exchanged.
struct RandomVerticalFlip {
  double probability = 0.5;
  Tensor operator()(const Tensor& image, Generator& generator) const;
};

/// By an angle from -degrees to degrees, around the centre.
struct RandomRotation {
  double degrees = 0;
  double fill = 0;
  Tensor operator()(const Tensor& image, Generator& generator) const;
};

/// By an angle from -degrees to degrees, a movement of up to `translate` of the width and of the height, a
/// scale, and shears along both axes from -shear to shear degrees: see affine().
struct RandomAffine {
  double degrees = 0;
  double translate = 0;
  Range scale = {1, 1};
  double shear = 0;
  double fill = 0;
  Tensor operator()(const Tensor& image, Generator& generator) const;
};

/// Bent like rubber: see elastic_displacement(). The defaults are those of Simard et al. for digits.
struct RandomElastic {
  double alpha = 34;
  double sigma = 4;
  double fill = 0;
  double probability = 1;
  Tensor operator()(const Tensor& image, Generator& generator) const;
};

/// Brightness, contrast and saturation by a factor from max(0, 1 - x) to 1 + x, and the hue turned by -hue to
/// hue of the circle, in random order: see adjust_brightness() and the others. float32 in [0, 1].
struct ColorJitter {
  double brightness = 0, contrast = 0, saturation = 0;
  double hue = 0;
  Tensor operator()(const Tensor& image, Generator& generator) const;
};

/// Without colours.
struct RandomGrayscale {
  double probability = 0.1;
  Tensor operator()(const Tensor& image, Generator& generator) const;
};

/// `value` in a box with a random share of the area and a random ratio of height to width (Zhong et al.:
/// Random erasing data augmentation; 2017). After ten boxes that do not fit the image stays as it is.
struct RandomErasing {
  double probability = 0.5;
  Range area = {0.02, 0.33};
  Range ratio = {0.3, 3.3};
  double value = 0;
  Tensor operator()(const Tensor& image, Generator& generator) const;
};

/// `value` in a square whose centre is a random pixel, cut to the image (DeVries, Taylor: Improved
/// regularization of convolutional neural networks with cutout; 2017).
struct Cutout {
  std::int64_t size = 0;
  double value = 0;
  double probability = 1;
  Tensor operator()(const Tensor& image, Generator& generator) const;
};

}  // namespace taper::data
