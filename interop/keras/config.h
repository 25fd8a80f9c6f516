// Between the config.json of Keras's models and modules. Internal.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include <taper/interop/keras_variables.h>

namespace taper::interop::detail {

using Json = nlohmann::ordered_json;

/// Parses JSON that is nested no deeper than 64 levels. Throws ValueError.
Json parse_json(const std::string& text);
/// Integers of a description. Throw ValueError for other values: a floating one may have no integer.
std::int64_t integer(const Json& value);
std::vector<std::int64_t> integers(const Json& list);

/// A model as its config describes it.
struct Built {
  std::shared_ptr<nn::Module> model;
  std::vector<std::int64_t> input;  ///< extents in Keras's order, without the batch; -1: any
  Flattened flattened = {};
  std::string name = {};
};

/// The model of `config`. Layers with weights are made only if the file has variables of their shapes, so a
/// config cannot make it allocate more than the file justifies. Throws ValueError or ShapeError, which name
/// the layer behind `place`.
Built build(const std::string& place, const Json& config, const io::Hdf5& weights);

/// The config of a model that is called with inputs of the shape `input` (here, with a batch), of which
/// `trace` is.
Json config_of(const std::string& place, const nn::Module& model, const Shape& input, const KerasTrace& trace,
               const std::string& name);

}  // namespace taper::interop::detail
