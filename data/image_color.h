// Colours of images: conversion to numbers, normalization, brightness, contrast, saturation, hue.
#pragma once

#include <span>

#include <taper/tensor/tensor.h>

namespace taper::data {

// Images are [channels, height, width]. The adjustments are torchvision's, of float32 in [0, 1], to which
// they cut their results: they come before a normalization. They throw ShapeError or DTypeError for another
// image.

/// float32 in [0, 1] of uint8; float32 stays as it is.
Tensor to_float(const Tensor& image);

/// (pixel - mean) / deviation: one of each for all channels, or one for each. Throws ValueError for another
/// number of them, or for a deviation that is not above 0.
Tensor normalize_image(const Tensor& image, std::span<const double> mean, std::span<const double> deviation);

/// Times the factor: 0 is black.
Tensor adjust_brightness(const Tensor& image, double factor);
/// Away from the mean brightness: 0 is grey all over, 1 no change.
Tensor adjust_contrast(const Tensor& image, double factor);
/// Away from the brightness of each pixel: 0 is black and white, 1 no change. One channel stays as it is.
Tensor adjust_saturation(const Tensor& image, double factor);
/// The hue turned by a share of the whole circle, in [-0.5, 0.5]. One channel stays as it is.
Tensor adjust_hue(const Tensor& image, double turn);
/// 0.2989 red + 0.587 green + 0.114 blue in each channel. One channel stays as it is.
Tensor to_grayscale(const Tensor& image);

}  // namespace taper::data
