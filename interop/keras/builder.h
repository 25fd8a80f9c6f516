// Builder: makes modules of the layers that a config of Keras's describes. Internal.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <taper/interop/keras/config.h>
#include <taper/interop/keras_layers.h>

namespace taper::interop::detail {

/// What is known of a value in the network.
struct Value {
  std::vector<std::int64_t> shape;  ///< in Keras's order, without the batch; -1: any extent
  Shape image = {};  ///< if it is the features of images in the order of [C, H, W]: these extents
};

class Builder {
 public:
  using Modules = std::vector<std::shared_ptr<nn::Module>>;

  /// `place` begins errors that name a layer.
  Builder(const std::string& place, const io::Hdf5& weights) : place_(place), weights_(weights) {}

  /// The model `given`, which is called with `value`, or with its own input if that has no shape. Its
  /// variables are below `prefix` in the file. Sets `value` to its result.
  std::shared_ptr<nn::Module> model(const Json& given, const std::string& prefix, Value& value);

  Flattened flattened;
  std::vector<std::int64_t> input_shape;

 private:
  struct Layer;  // one that is being made
  using Makers = std::map<std::string, void (*)(Builder&, Layer&)>;

 public:
  /// Of all of Keras's classes that can be read: what makes the modules of a layer.
  static const Makers& makers();

 private:
  // Each adds those of its file.
  static void add_features(Makers& all);
  static void add_images(Makers& all);
  static void add_shapes(Makers& all);
  template <auto method>
  static void call(Builder& builder, Layer& layer) {
    (builder.*method)(layer);
  }

  Value input(const Json& layer);
  /// How a layer merges its inputs; nothing if it does not.
  std::optional<Merge> merge_of(const Json& layer, const std::vector<Value>& inputs) const;
  Value merged(const std::vector<Value>& inputs, Merge how) const;
  /// The modules that do what a layer does, one after the other. Sets `value` to its result. `reorders`:
  /// whether a Flatten may leave the channels in front.
  Modules make(const Json& layer, const std::string& prefix, std::map<std::string, int>& counts, Value& value,
               bool reorders);

  void dense(Layer& layer);
  template <class Convolution, int axes>
  void convolution(Layer& layer);
  template <class Convolution, int axes>
  void transposed(Layer& layer);
  template <class Convolution, int axes>
  void separable(Layer& layer);
  template <class Pool, int axes>
  void pooling(Layer& layer);
  template <class Pool>
  void global_pooling(Layer& layer);
  template <class Pad, int axes>
  void padding(Layer& layer);
  template <int axes>
  void cropping(Layer& layer);
  template <int axes>
  void upsampling(Layer& layer);
  void flatten(Layer& layer);
  void reshape(Layer& layer);
  void permute(Layer& layer);
  void repeat(Layer& layer);
  void activation(Layer& layer, const Json& which);
  void relu(Layer& layer);
  void softmax(Layer& layer);
  void batch_normalization(Layer& layer);
  void layer_normalization(Layer& layer);
  void group_normalization(Layer& layer);
  void rms_normalization(Layer& layer);
  void embedding(Layer& layer);
  void prelu(Layer& layer);
  void recurrent(Layer& layer);
  void attention(Layer& layer);

  const std::string place_;
  const io::Hdf5& weights_;
  std::map<const Json*, std::vector<std::int64_t>> first_inputs_;
  std::map<const Json*, Value> first_results_;
};

}  // namespace taper::interop::detail
