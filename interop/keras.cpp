// Keras 3's files: the functions that read and write them.
#include <fmt/format.h>

#include <taper/interop/keras.h>
#include <taper/interop/keras_config.h>
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

detail::Flattened flattened_of(const char* function, const nn::Module& model, const Shape& input) {
  if (!input.empty()) return detail::trace(model, input).flattened;
  if (detail::needs_trace(model))
    throw ValueError(
        fmt::format("{}: expected the input_shape, because images may be flattened in the model; give "
                    "it with a batch, as {{1, 3, 32, 32}}",
                    function));
  return {};
}

}  // namespace

void load_keras_weights(nn::Module& model, const std::string& path, const KerasWeightsOptions& options) {
  constexpr const char* function = "load_keras_weights";
  const detail::Flattened flattened = flattened_of(function, model, options.input_shape);
  const io::Hdf5 file = load_weights(function, path);
  detail::read_state(function, path, file, detail::variables_of(model, flattened, &file), options.optimizer);
}

void save_keras_weights(const std::string& path, const nn::Module& model,
                        const KerasWeightsOptions& options) {
  constexpr const char* function = "save_keras_weights";
  const detail::Flattened flattened = flattened_of(function, model, options.input_shape);
  io::save_hdf5(path, detail::written_state(function, detail::variables_of(model, flattened, nullptr),
                                            options.optimizer));
}

KerasModel load_keras(const std::string& path) {
  constexpr const char* function = "load_keras";
  const io::ZipReader archive(function, path);
  const std::string text = entry(archive, "config.json", largest_config);
  const io::Hdf5 weights = weights_of(archive);
  try {
    const Json config = detail::parse_json(text);
    detail::Built built = detail::build(fmt::format("{}: '{}'", function, path), config, weights);
    KerasModel result{built.model};
    const Json compiled = config.value("compile_config", Json());
    if (compiled.is_object() && compiled.contains("optimizer") && weights.has_group("optimizer/vars"))
      result.optimizer = optim::from_config(compiled.at("optimizer").dump(), built.model->named_parameters());
    if (compiled.is_object() && compiled.contains("loss") && !compiled.at("loss").is_null())
      result.loss = compiled.at("loss").dump();
    detail::read_state(function, path, weights, detail::variables_of(*built.model, built.flattened, &weights),
                       result.optimizer.get());
    result.name = built.name;
    result.input_shape = {1};
    if (built.input.size() > 2) result.input_shape.push_back(built.input.back());
    for (std::size_t i = 0; i + (built.input.size() > 2 ? 1 : 0) < built.input.size(); ++i)
      result.input_shape.push_back(built.input[i]);
    return result;
  } catch (Error& error) {
    error.add_place(fmt::format("{}: '{}'", function, path));
    throw;
  } catch (const nlohmann::json::exception& error) {
    throw IoError(fmt::format("{}: '{}': {}", function, path, error.what()));
  }
}

void save_keras(const std::string& path, const nn::Module& model, const SaveKerasOptions& options) {
  constexpr const char* function = "save_keras";
  if (options.input_shape.rank() < 2)
    throw ValueError(fmt::format("{}: expected an input_shape with a batch, got {}", function,
                                 to_string(options.input_shape)));
  const detail::Trace trace = detail::trace(model, options.input_shape);
  Json config = detail::config_of(model, options.input_shape, trace, options.name);
  if (options.optimizer != nullptr || !options.loss.empty()) {
    Json compiled = Json::object();
    if (options.optimizer != nullptr)
      compiled["optimizer"] = Json::parse(optim::serialize(*options.optimizer));
    if (!options.loss.empty()) {
      const char first = options.loss.front();
      compiled["loss"] = first == '{' || first == '"' ? detail::parse_json(options.loss) : Json(options.loss);
    }
    config["compile_config"] = compiled;
  }
  const std::string weights = io::format_hdf5(detail::written_state(
      function, detail::variables_of(model, trace.flattened, nullptr), options.optimizer));
  io::ZipWriter archive(function, path);
  archive.add("metadata.json", {R"({"keras_version": "3.15.1", "date_saved": "1970-01-01@00:00:00"})"});
  archive.add("config.json", {config.dump()});
  archive.add(weights_name, {weights});
  archive.commit();
}

}  // namespace taper::interop
