// Rows of the pooling layers.
#include "layer_cases.h"
#include <taper/tensor/create.h>

using namespace taper;

namespace {

template <class M>
LayerRow unpool(const char* name, const M& layer, std::vector<std::int64_t> indices, const Shape& shape) {
  const Tensor places = from_data(indices, shape);
  return layer_row(name, layer, [places](const M& module, const LayerRow::Tensors& in) {
    return LayerRow::Tensors{module(in.at(0), places)};
  });
}

}  // namespace

std::vector<LayerRow> pooling_layers() {
  return {
      layer_row("MaxPool2d", nn::MaxPool2d(2)),
      layer_row("MaxPool2d", nn::MaxPool2d({.kernel_size = {3, 2}, .stride = {1, 2}, .padding = {1, 0}})),
      layer_row("AvgPool2d", nn::AvgPool2d(2)),
      layer_row("AvgPool2d", nn::AvgPool2d({.kernel_size = 3, .stride = 2, .padding = 1})),
      layer_row("AvgPool2d",
                nn::AvgPool2d({.kernel_size = 3, .stride = 2, .padding = 1, .count_include_pad = false})),
      layer_row(
          "MaxPool1d",
          nn::MaxPool1d({.kernel_size = 3, .stride = 2, .padding = 1, .dilation = 2, .ceil_mode = true})),
      layer_row("MaxPool3d", nn::MaxPool3d({.kernel_size = {2, 1, 2}, .stride = 1})),
      layer_row("AvgPool1d", nn::AvgPool1d({.kernel_size = 3, .stride = 2, .ceil_mode = true})),
      layer_row("AvgPool2d", nn::AvgPool2d({.kernel_size = 2, .divisor_override = 3})),
      layer_row("AvgPool3d", nn::AvgPool3d(2)),
      layer_row("LPPool1d", nn::LPPool1d(2, 3)),
      layer_row("LPPool2d", nn::LPPool2d(2, {.kernel_size = {2, 3}, .stride = 1})),
      layer_row("LPPool3d", nn::LPPool3d(2, 2)),
      unpool("MaxUnpool1d", nn::MaxUnpool1d(2), {1, 2, 0, 3}, {1, 2, 2}),
      unpool("MaxUnpool2d", nn::MaxUnpool2d(2), {5, 2, 12, 10}, {1, 1, 2, 2}),
      unpool("MaxUnpool3d", nn::MaxUnpool3d(2), {5, 12}, {1, 1, 1, 2, 1}),
      layer_row("AdaptiveAvgPool1d", nn::AdaptiveAvgPool1d(3)),
      layer_row("AdaptiveAvgPool2d", nn::AdaptiveAvgPool2d({2, 3})),
      layer_row("AdaptiveAvgPool2d", nn::AdaptiveAvgPool2d(1)),
      layer_row("AdaptiveAvgPool3d", nn::AdaptiveAvgPool3d({1, 2, 2})),
      layer_row("AdaptiveMaxPool1d", nn::AdaptiveMaxPool1d(3)),
      layer_row("AdaptiveMaxPool2d", nn::AdaptiveMaxPool2d({2, 3})),
      layer_row("AdaptiveMaxPool3d", nn::AdaptiveMaxPool3d({1, 2, 2})),
      // What PyTorch has under other names.
      layer_row("GlobalAveragePooling", nn::GlobalAveragePooling()),
      layer_row("GlobalMaxPooling", nn::GlobalMaxPooling(true)),
  };
}
