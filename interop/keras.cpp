// Keras 3's files: the functions that read and write them.
#include <algorithm>
#include <string_view>

#include <fmt/format.h>

#include <taper/interop/keras.h>
#include <taper/interop/keras/config.h>
#include <taper/interop/keras_parts.h>
#include <taper/interop/keras_state.h>
#include <taper/io/file.h>
#include <taper/io/zip.h>
#include <taper/optim/registry.h>
#include <taper/tensor/error.h>

namespace taper::interop {
namespace {

using detail::Json;

constexpr const char* weights_name = "model.weights.h5";
constexpr std::uint64_t largest_config = 64 << 20, largest_weights = std::uint64_t{1} << 40;

bool is_archive(const char* function, const std::string& path) {
  io::InputFile file(function, path);
  char start[2] = {};
  if (file.size() >= 2) file.read(start, 2);
  return start[0] == 'P' && start[1] == 'K';
}

std::string entry(const io::ZipReader& archive, const char* name, std::uint64_t largest) {
  const io::ZipEntry* const found = archive.find(name);
  if (found == nullptr) throw IoError(fmt::format("{}there is no '{}' in it", archive.place(), name));
  return archive.read(*found, largest);
}

io::Hdf5 weights_of(const io::ZipReader& archive) {
  const std::string bytes = entry(archive, weights_name, largest_weights);
  try {
    return io::parse_hdf5(std::as_bytes(std::span(bytes)));
  } catch (const IoError& error) {
    throw IoError(archive.place() + error.what());
  }
}

io::Hdf5 load_weights(const char* function, const std::string& path) {
  if (is_archive(function, path)) return weights_of(io::ZipReader(function, path));
  return io::load_hdf5(path);
}

// Calls a function; its errors begin with the place.
template <class Call>
auto at_place(const std::string& place, Call&& call) {
  try {
    return call();
  } catch (Error& error) {
    if (!std::string_view(error.what()).starts_with(place)) error.add_place(place);
    throw;
  }
}

std::string place_of(const char* function, const std::string& path) {
  return fmt::format("{}: '{}'", function, path);
}

detail::Flattened flattened_of(const nn::Module& model, const Shape& input) {
  if (!input.empty()) return detail::trace(model, input).flattened;
  if (detail::needs_trace(model))
    throw ValueError(
        "expected the input_shape, because images may be flattened in the model; give it with a batch, as "
        "{1, 3, 32, 32}");
  return {};
}

}  // namespace

void load_keras_weights(nn::Module& model, const std::string& path, const KerasWeightsOptions& options) {
  constexpr const char* function = "load_keras_weights";
  const std::string place = place_of(function, path);
  const detail::Flattened flattened =
      at_place(place, [&] { return flattened_of(model, options.input_shape); });
  const io::Hdf5 file = load_weights(function, path);
  at_place(place, [&] {
    detail::read_state(place, file, detail::variables_of(model, flattened, &file), options.optimizer);
  });
}

void save_keras_weights(const std::string& path, const nn::Module& model,
                        const KerasWeightsOptions& options) {
  const std::string place = place_of("save_keras_weights", path);
  io::save_hdf5(path, at_place(place, [&] {
                  const detail::Flattened flattened = flattened_of(model, options.input_shape);
                  return detail::written_state(place, detail::variables_of(model, flattened, nullptr),
                                               options.optimizer);
                }));
}

namespace {

// Whether an optimizer has taken no step, and so has no slots yet: Keras makes them late.
bool is_unused(const io::Hdf5& weights) {
  const Tensor* const iteration = weights.find("optimizer/vars/0");
  return iteration == nullptr || iteration->numel() != 1 ||
         (weights.find("optimizer/vars/2") == nullptr && iteration->item<double>() == 0);
}

// A shape in Keras's order as an input here.
Shape input_shape(const std::vector<std::int64_t>& extents) {
  Shape shape{1};
  const bool images = extents.size() > 2;
  if (images) shape.push_back(extents.back());
  for (std::size_t i = 0; i + (images ? 1 : 0) < extents.size(); ++i) shape.push_back(extents[i]);
  return shape;
}

}  // namespace

KerasModel detail::model_of(const std::string& place, const std::string& text, const io::Hdf5& weights) {
  const auto make = [&] {
    const Json config = parse_json(text);
    Built built = build(place, config, weights);
    KerasModel result{built.model};
    result.name = built.name;
    result.input_shape = input_shape(built.input);
    const Json compiled = config.value("compile_config", Json());
    if (compiled.is_object() && compiled.contains("loss") && !compiled.at("loss").is_null())
      result.loss = compiled.at("loss").dump();
    const std::vector<Tensor> parameters = built.model->parameters();
    const bool trained = std::any_of(parameters.begin(), parameters.end(),
                                     [](const Tensor& each) { return each.requires_grad(); });
    if (compiled.is_object() && compiled.contains("optimizer") && weights.has_group("optimizer/vars") &&
        trained)
      result.optimizer = optim::from_config(compiled.at("optimizer").dump(), built.model->named_parameters());
    read_state(place, weights, variables_of(*built.model, built.flattened, &weights),
               is_unused(weights) ? nullptr : result.optimizer.get());
    return result;
  };
  try {
    return at_place(place, make);
  } catch (const nlohmann::json::exception& error) {
    throw IoError(fmt::format("{}: {}", place, error.what()));
  }
}

KerasModel load_keras(const std::string& path) {
  constexpr const char* function = "load_keras";
  const io::ZipReader archive(function, path);
  const std::string config = entry(archive, "config.json", largest_config);
  return detail::model_of(place_of(function, path), config, weights_of(archive));
}

namespace {

Json compile_config(const SaveKerasOptions& options) {
  Json compiled = Json::object();
  if (options.optimizer != nullptr) compiled["optimizer"] = Json::parse(optim::serialize(*options.optimizer));
  if (!options.loss.empty()) {
    const char first = options.loss.front();
    compiled["loss"] = first == '{' || first == '"' ? detail::parse_json(options.loss) : Json(options.loss);
  }
  return compiled;
}

}  // namespace

void save_keras(const std::string& path, const nn::Module& model, const SaveKerasOptions& options) {
  constexpr const char* function = "save_keras";
  const std::string place = place_of(function, path);
  std::string text, weights;
  at_place(place, [&] {
    if (options.input_shape.rank() < 2)
      throw ValueError(
          fmt::format("expected an input_shape with a batch, got {}", to_string(options.input_shape)));
    const detail::KerasTrace trace = detail::trace(model, options.input_shape);
    Json config = detail::config_of(place, model, options.input_shape, trace, options.name);
    config["compile_config"] = compile_config(options);
    text = config.dump();
    weights = io::format_hdf5(detail::written_state(
        place, detail::variables_of(model, trace.flattened, nullptr), options.optimizer));
  });
  io::ZipWriter archive(function, path);
  archive.add("metadata.json", {R"({"keras_version": "3.15.1", "date_saved": "1970-01-01@00:00:00"})"});
  archive.add("config.json", {text});
  archive.add(weights_name, {weights});
  archive.commit();
}

}  // namespace taper::interop
