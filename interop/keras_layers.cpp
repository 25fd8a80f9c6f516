// Layers of Keras's that are made of the layers here.
#include <algorithm>

#include <fmt/format.h>

#include <taper/autograd/ops/arithmetic.h>
#include <taper/autograd/ops/arrange.h>
#include <taper/autograd/ops/math.h>
#include <taper/autograd/ops/normalization.h>
#include <taper/autograd/ops/shape.h>
#include <taper/interop/keras_layers.h>
#include <taper/nn/attention.h>
#include <taper/tensor/error.h>

namespace taper::interop {

Tensor merge(const std::vector<Tensor>& parts, Merge how) {
  if (parts.empty()) throw ValueError("merge: expected at least one tensor");
  if (how == Merge::concatenate) return concat(parts, parts.front().rank() > 3 ? 1 : -1);
  Tensor result = parts.front();
  for (std::size_t i = 1; i < parts.size(); ++i) switch (how) {
      case Merge::add:
      case Merge::average:
        result = result + parts[i];
        break;
      case Merge::subtract:
        result = result - parts[i];
        break;
      case Merge::multiply:
        result = result * parts[i];
        break;
      case Merge::maximum:
        result = maximum(result, parts[i]);
        break;
      case Merge::minimum:
        result = minimum(result, parts[i]);
        break;
      case Merge::concatenate:
        break;
    }
  return how == Merge::average ? result / static_cast<double>(parts.size()) : result;
}

template <class M>
KerasRecurrent<M>::KerasRecurrent(const nn::RecurrentOptions& given, const KerasRecurrentOptions& how)
    : layer(this->child("layer", M(given))), options(how) {
  if (!given.batch_first) throw ValueError("KerasRecurrent: expected a layer with batch_first = true");
}

template <class M>
Tensor KerasRecurrent<M>::forward(const Tensor& x) const {
  const SequenceResult all = layer(options.go_backwards ? flip(x, 1) : x);
  const bool both = layer.options.bidirectional;
  const std::int64_t units = layer.options.hidden_size;
  if (options.return_sequences) {
    if (!both || options.merge_mode == Merge::concatenate) return all.output;
    return merge({slice(all.output, 2, 0, units), slice(all.output, 2, units, 2 * units)},
                 options.merge_mode);
  }
  const std::int64_t last = all.hidden.size(0) - 1;
  if (!both) return all.hidden[last];
  return merge({all.hidden[last - 1], all.hidden[last]}, options.merge_mode);
}

template class KerasRecurrent<nn::RNN>;
template class KerasRecurrent<nn::LSTM>;
template class KerasRecurrent<nn::GRU>;

ChannelsLast::ChannelsLast(std::shared_ptr<nn::Module> within) : layer(child("layer", std::move(within))) {}
Tensor ChannelsLast::forward(const Tensor& x) const {
  const Tensor y = (*layer)(x.rank() > 3 ? movedim(x, 1, -1) : x);
  return y.rank() > 3 ? movedim(y, -1, 1) : y;
}

ChannelsFirst::ChannelsFirst(std::shared_ptr<nn::Module> within) : layer(child("layer", std::move(within))) {}
Tensor ChannelsFirst::forward(const Tensor& x) const {
  const Tensor y = (*layer)(x.rank() == 3 ? transpose(x) : x);
  return y.rank() == 3 ? transpose(y) : y;
}

Tensor Reshape::forward(const Tensor& x) const {
  Shape extents = shape;
  extents.insert(0, x.size(0));
  return reshape(x, extents);
}

Tensor Rescaling::forward(const Tensor& x) const { return x * scale + offset; }

Tensor Permute::forward(const Tensor& x) const {
  Shape axes = dims;
  axes.insert(0, 0);
  return permute(x, Axes(axes));
}

Tensor RepeatVector::forward(const Tensor& x) const {
  return expand(unsqueeze(x, 1), {x.size(0), count, x.size(1)});
}

Tensor Cropping::forward(const Tensor& x) const {
  const int first = x.rank() - static_cast<int>(widths.size());
  if (first < 0) throw ShapeError(fmt::format("expected at least {} axes, got {}", widths.size(), x.rank()));
  Tensor result = x;
  for (std::size_t i = 0; i < widths.size(); ++i) {
    const int axis = first + static_cast<int>(i);
    result = slice(result, axis, widths[i].before, std::max<std::int64_t>(x.size(axis) - widths[i].after, 0));
  }
  return result;
}

Tensor UnitNormalization::forward(const Tensor& x) const { return normalize(x, 2, -1); }

template <class Convolution>
SeparableConv<Convolution>::SeparableConv(std::shared_ptr<Convolution> each_channel,
                                          std::shared_ptr<Convolution> all_channels)
    : depthwise(this->child("depthwise", std::move(each_channel))),
      pointwise(this->child("pointwise", std::move(all_channels))) {}
template <class Convolution>
Tensor SeparableConv<Convolution>::forward(const Tensor& x) const {
  return (*pointwise)((*depthwise)(x));
}
template class SeparableConv<nn::Conv1d>;
template class SeparableConv<nn::Conv2d>;

SelfAttention::SelfAttention(std::shared_ptr<nn::Module> attention)
    : layer(child("layer", std::move(attention))) {
  const auto* const found = dynamic_cast<const nn::MultiheadAttention*>(layer.get());
  if (found == nullptr || !found->options.batch_first)
    throw ValueError("SelfAttention: expected an nn::MultiheadAttention with batch_first = true");
}
Tensor SelfAttention::forward(const Tensor& x) const {
  return dynamic_cast<const nn::MultiheadAttention&>(*layer)(x).output;
}

Graph::Graph(const std::vector<std::pair<std::string, std::shared_ptr<nn::Module>>>& layers,
             const std::vector<Node>& calls)
    : nodes(calls) {
  for (const auto& [name, layer] : layers) child(name, layer);
  if (nodes.empty()) throw ValueError("Graph: expected at least one node");
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const Node& node = nodes[i];
    const auto later = [&](std::size_t input) { return input > i; };
    if (node.inputs.empty() || std::any_of(node.inputs.begin(), node.inputs.end(), later) ||
        (!node.layer.empty() && node.inputs.size() != 1))
      throw ValueError(fmt::format("Graph: node {} has inputs that do not fit", i));
    const auto has_name = [&](const auto& child) { return child.first == node.layer; };
    if (!node.layer.empty() && std::none_of(layers.begin(), layers.end(), has_name))
      throw ValueError(fmt::format("Graph: node {} calls '{}', which is not there", i, node.layer));
  }
}

const nn::Module& Graph::layer(const std::string& name) const {
  const auto& children = named_children();
  const auto found =
      std::find_if(children.begin(), children.end(), [&](const auto& child) { return child.first == name; });
  if (found == children.end()) throw ValueError(fmt::format("Graph: there is no layer '{}'", name));
  return *found->second;
}

Tensor Graph::forward(const Tensor& x) const {
  std::vector<Tensor> values{x};
  values.reserve(nodes.size() + 1);
  for (const Node& node : nodes) {
    if (node.layer.empty()) {
      std::vector<Tensor> parts;
      parts.reserve(node.inputs.size());
      for (const std::size_t input : node.inputs) parts.push_back(values[input]);
      values.push_back(merge(parts, node.merge));
    } else {
      values.push_back(layer(node.layer)(values[node.inputs.front()]));
    }
  }
  return values.back();
}

}  // namespace taper::interop
