// Mixup and CutMix: batches whose images, and labels, are mixed of two.
#pragma once

#include <cstdint>

#include <taper/data/dataset.h>

namespace taper::data {

// They are given to a DataLoader as its `transform`:
//
//     data::DataLoader loader(images, {.batch_size = 128, .shuffle = true, .transform = data::Mixup{.classes
//     = 10}});
//
// A batch is {images, labels, ...}. The first tensor, float32 [examples, ...], is mixed with itself in a
// random order; the second one, which is int64 [examples] (numbers of classes, of which there are `classes`)
// or float32 [examples, classes] (rows), becomes mixed float32 rows, for a loss that takes rows. The others
// stay as they are. The share of the first part is drawn from Beta(alpha, alpha), once for the batch. Without
// the mixing, which has the given probability, labels become rows all the same. They throw ShapeError,
// DTypeError, IndexError for a label that is no class, ValueError for an option out of range.

/// share * image + (1 - share) * other image (Zhang et al.: mixup: Beyond empirical risk minimization; 2018).
struct Mixup {
  double alpha = 0.2;
  std::int64_t classes = 0;
  double probability = 1;
  Batch operator()(Batch batch, Generator& generator) const;
};

/// A box with 1 - share of the pixels, cut to the image, comes from the other image; [examples, channels,
/// height, width]. The labels are mixed by the pixels that each has (Yun et al.: CutMix; 2019).
struct CutMix {
  double alpha = 1;
  std::int64_t classes = 0;
  double probability = 1;
  Batch operator()(Batch batch, Generator& generator) const;
};

}  // namespace taper::data
