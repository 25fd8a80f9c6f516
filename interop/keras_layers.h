// Layers of Keras's that are made of the layers here: what load_keras() builds networks of, besides nn's own.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <taper/autograd/ops/arrange.h>
#include <taper/nn/convolution.h>
#include <taper/nn/layer.h>
#include <taper/nn/recurrent.h>

namespace taper::interop {

/// How several tensors become one: Keras's Add, Subtract, Multiply, Average, Maximum, Minimum, Concatenate.
enum class Merge { add, subtract, multiply, average, maximum, minimum, concatenate };

/// Of tensors of equal shape, but for Merge::concatenate along the channels: axis 1 of images and volumes,
/// the last one of others. Throws ValueError for an empty list.
Tensor merge(const std::vector<Tensor>& parts, Merge how);

/// Options of KerasRecurrent, in Keras's words.
struct KerasRecurrentOptions {
  bool return_sequences = false;          ///< the outputs of all steps, rather than of the last one
  bool go_backwards = false;              ///< from the last step to the first; so are the outputs
  Merge merge_mode = Merge::concatenate;  ///< of the two directions
};

/// nn::RNN, nn::LSTM or nn::GRU as a layer with one result: x [batch, steps, features] -> [batch, steps,
/// units] or [batch, units]. The layer within must be batch_first.
template <class M>
class KerasRecurrent : public nn::Layer<KerasRecurrent<M>> {
 public:
  explicit KerasRecurrent(const nn::RecurrentOptions& options, const KerasRecurrentOptions& how = {});
  Tensor forward(const Tensor& x) const;

  const M layer;
  const KerasRecurrentOptions options;
};
extern template class KerasRecurrent<nn::RNN>;
extern template class KerasRecurrent<nn::LSTM>;
extern template class KerasRecurrent<nn::GRU>;

/// A layer for channels in the last axis, which gets images and volumes [N, C, ...] as such, [N, ..., C]. Its
/// result is turned back, if it still has more than 3 axes.
class ChannelsLast : public nn::Layer<ChannelsLast> {
 public:
  explicit ChannelsLast(std::shared_ptr<nn::Module> within);
  Tensor forward(const Tensor& x) const;
  const std::shared_ptr<nn::Module> layer;
};

/// A layer for sequences [N, C, L], which gets sequences [N, L, C] as such. Its result is turned back, if it
/// still has 3 axes.
class ChannelsFirst : public nn::Layer<ChannelsFirst> {
 public:
  explicit ChannelsFirst(std::shared_ptr<nn::Module> within);
  Tensor forward(const Tensor& x) const;
  const std::shared_ptr<nn::Module> layer;
};

/// Examples of another shape: [N, ...] -> [N, extents...], one of which may be -1.
class Reshape : public nn::Layer<Reshape> {
 public:
  explicit Reshape(const Shape& extents) : shape(extents) {}
  Tensor forward(const Tensor& x) const;
  const Shape shape;
};

/// scale x + offset: Keras's Rescaling.
class Rescaling : public nn::Layer<Rescaling> {
 public:
  explicit Rescaling(double factor, double summand = 0) : scale(factor), offset(summand) {}
  Tensor forward(const Tensor& x) const;
  const double scale, offset;
};

/// The axes behind the batch in another order, in Keras's words: dims[i], from 1 on, is the axis of the
/// result's axis i + 1.
class Permute : public nn::Layer<Permute> {
 public:
  explicit Permute(const Shape& order) : dims(order) {}
  Tensor forward(const Tensor& x) const;
  const Shape dims;
};

/// [N, features] -> [N, count, features].
class RepeatVector : public nn::Layer<RepeatVector> {
 public:
  explicit RepeatVector(std::int64_t times) : count(times) {}
  Tensor forward(const Tensor& x) const;
  const std::int64_t count;
};

/// What is left of the last axes when something is taken away before and behind.
class Cropping : public nn::Layer<Cropping> {
 public:
  explicit Cropping(const std::vector<PadWidth>& each) : widths(each) {}
  Tensor forward(const Tensor& x) const;
  const std::vector<PadWidth> widths;
};

/// Vectors along the last axis, divided by their length.
class UnitNormalization : public nn::Layer<UnitNormalization> {
 public:
  Tensor forward(const Tensor& x) const;
};

/// A depthwise convolution and a pointwise one: Keras's SeparableConv1D and SeparableConv2D.
template <class Convolution>
class SeparableConv : public nn::Layer<SeparableConv<Convolution>> {
 public:
  SeparableConv(std::shared_ptr<Convolution> each_channel, std::shared_ptr<Convolution> all_channels);
  Tensor forward(const Tensor& x) const;
  const std::shared_ptr<Convolution> depthwise, pointwise;
};
using SeparableConv1d = SeparableConv<nn::Conv1d>;
using SeparableConv2d = SeparableConv<nn::Conv2d>;
extern template class SeparableConv<nn::Conv1d>;
extern template class SeparableConv<nn::Conv2d>;

/// Attention of a sequence [batch, steps, features] to itself, as a layer with one result: Keras's
/// MultiHeadAttention called with the same tensor as query and as value.
class SelfAttention : public nn::Layer<SelfAttention> {
 public:
  explicit SelfAttention(std::shared_ptr<nn::Module> attention);
  Tensor forward(const Tensor& x) const;
  const std::shared_ptr<nn::Module> layer;  ///< an nn::MultiheadAttention
};

/// A network whose layers have several inputs, or results that are used several times.
class Graph : public nn::Layer<Graph> {
 public:
  /// One call. Its inputs are numbers of values: 0 is the input of the network, i + 1 the result of node i.
  struct Node {
    std::string layer;  ///< the name of a child; empty: the inputs are merged
    std::vector<std::size_t> inputs;
    Merge merge = Merge::add;
  };
  /// The result is that of the last node. Throws ValueError for a node that reads what comes later, for
  /// several inputs of a layer, and if there is no node.
  Graph(const std::vector<std::pair<std::string, std::shared_ptr<nn::Module>>>& layers,
        const std::vector<Node>& calls);
  Tensor forward(const Tensor& x) const;
  /// The child of this name. Throws ValueError if there is none.
  const nn::Module& layer(const std::string& name) const;
  const std::vector<Node> nodes;
};

}  // namespace taper::interop
