// Events as messages of protobuf, in files of records.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <map>
#include <optional>

#include <fmt/format.h>

#include <taper/autograd/autograd.h>
#include <taper/io/image.h>
#include <taper/io/optional_library.h>
#include <taper/tensor/error.h>
#include <taper/train/event_file.h>
#include <taper/train/model_graph.h>
#include <taper/train/tensorboard.h>
#include <taper/train/trainer.h>
#ifdef TAPER_HAS_PROTOBUF
#include <train/tensorboard.pb.h>
#endif

namespace taper::training {

#ifdef TAPER_HAS_PROTOBUF
namespace {

namespace proto = taper::tensorboard;

constexpr int buckets = 30;

void fill(proto::HistogramProto& histogram, const std::vector<double>& values) {
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  double total = 0, squares = 0;
  for (const double value : values) {
    total += value;
    squares += value * value;
  }
  histogram.set_min(*low);
  histogram.set_max(*high);
  histogram.set_num(static_cast<double>(values.size()));
  histogram.set_sum(total);
  histogram.set_sum_squares(squares);
  // Of one value alone, one interval around it.
  const double width = *high - *low;
  const int count = width > 0 && std::isfinite(width) ? buckets : 1;
  std::vector<double> edges{*low}, counts(static_cast<std::size_t>(count));
  for (int i = 1; i < count; ++i) edges.push_back(i * (width / count) + *low);
  edges.push_back(*high);
  for (const double value : values) {
    // An interval has its lower edge, the last one both.
    const auto above = std::upper_bound(edges.begin(), edges.end() - 1, value);
    counts[static_cast<std::size_t>(above - edges.begin() - 1)] += 1;
  }
  // TensorBoard lets the first interval begin where one with nothing in it ends.
  histogram.add_bucket(0);
  for (const double each : edges) histogram.add_bucket_limit(each);
  for (const double each : counts) histogram.add_bucket(each);
}

void fill(proto::TensorShapeProto& message, const Shape& shape) {
  for (const std::int64_t extent : shape) message.add_dim()->set_size(extent);
}

std::string slashed(std::string name) {
  std::replace(name.begin(), name.end(), '.', '/');  // so that TensorBoard groups them
  return name;
}

}  // namespace

struct TensorBoard::Writers {
  std::string directory;
  TensorBoardOptions options;
  bool drawn = false;                                     // the graph
  std::map<std::string, std::optional<EventFile>> files;  // empty if it could not be made
  std::map<std::string, std::int64_t> purges;             // of files that are not there yet

  proto::Event event(std::int64_t step) const {
    proto::Event event;
    event.set_wall_time(
        options.clock
            ? options.clock()
            : std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count());
    event.set_step(step);
    return event;
  }
  /// Events with this step or a larger one that are there already no longer count.
  void purge(const std::string& folder, std::int64_t step) {
    const auto file = files.find(folder);
    if (file == files.end() || !file->second) {
      purges[folder] = step;
      return;
    }
    proto::Event start = event(step);
    start.mutable_session_log()->set_status(1);
    file->second->add(start.SerializeAsString());
  }
  /// Adds an event to the file below a folder of the directory, which begins with the version of the format.
  void add(const std::string& folder, const proto::Event& event_message) {
    auto& file = files[folder];
    if (!file) {
      file.emplace(folder.empty() ? directory : directory + "/" + folder);
      proto::Event first = event(0);
      first.set_file_version("brain.Event:2");
      file->add(first.SerializeAsString());
      if (const auto found = purges.find(folder); found != purges.end()) purge(folder, found->second);
    }
    file->add(event_message.SerializeAsString());
  }
  void scalar(const std::string& folder, const std::string& tag, double number, std::int64_t step) {
    proto::Event message = event(step);
    proto::Summary::Value& value = *message.mutable_summary()->add_value();
    value.set_tag(tag);
    value.set_simple_value(static_cast<float>(number));
    add(folder, message);
  }
  void histogram(const std::string& folder, const std::string& tag, const Tensor& tensor, std::int64_t step) {
    const NoGrad no_grad;
    std::vector<double> values = to(tensor.detach(), DType::float64).to_vector<double>();
    std::erase_if(values, [](double value) { return !std::isfinite(value); });
    if (values.empty()) return;
    proto::Event message = event(step);
    proto::Summary::Value& value = *message.mutable_summary()->add_value();
    value.set_tag(tag);
    fill(*value.mutable_histo(), values);
    add(folder, message);
  }
  void graph(const std::string& folder, nn::Module& model, const Tensor& input) {
    proto::GraphDef graph;
    const std::vector<GraphNode> nodes = model_graph(model, input);
    for (const auto& [name, type, shape, inputs] : nodes) {
      proto::NodeDef& node = *graph.add_node();
      node.set_name(slashed(name));
      node.set_op(type);
      for (const std::size_t before : inputs) node.add_input(slashed(nodes[before].name));
      proto::NodeDef::Attribute& attribute = *node.add_attr();
      attribute.set_key("_output_shapes");
      fill(*attribute.mutable_value()->mutable_list()->add_shape(), shape);
    }
    graph.mutable_versions()->set_producer(22);
    proto::Event message = event(0);
    message.set_graph_def(graph.SerializeAsString());
    add(folder, message);
  }
  void flush() {
    for (auto& [folder, file] : files)
      if (file) file->flush();
  }
};

TensorBoard::TensorBoard(std::string directory, TensorBoardOptions options) {
  if (options.update_freq < 0 || options.histogram_freq < 0)
    throw ValueError(
        fmt::format("TensorBoard: expected update_freq >= 0 and histogram_freq >= 0, got {} and {}",
                    options.update_freq, options.histogram_freq));
  writers_ = std::make_unique<Writers>();
  writers_->directory = std::move(directory);
  writers_->options = std::move(options);
  if (writers_->options.purge_step) writers_->purge("", *writers_->options.purge_step);
}

void TensorBoard::scalar(const std::string& tag, double value, std::int64_t step) {
  writers_->scalar("", tag, value, step);
}

void TensorBoard::histogram(const std::string& tag, const Tensor& values, std::int64_t step) {
  writers_->histogram("", tag, values, step);
}

void TensorBoard::image(const std::string& tag, const Tensor& pixels, std::int64_t step) {
  proto::Event message = writers_->event(step);
  proto::Summary::Value& value = *message.mutable_summary()->add_value();
  value.set_tag(tag);
  proto::Summary::Image& image = *value.mutable_image();
  image.set_encoded_image_string(io::encode_png(pixels));
  image.set_height(static_cast<std::int32_t>(pixels.size(-2)));
  image.set_width(static_cast<std::int32_t>(pixels.size(-1)));
  image.set_colorspace(pixels.rank() == 3 ? static_cast<std::int32_t>(pixels.size(0)) : 1);
  writers_->add("", message);
}

void TensorBoard::text(const std::string& tag, const std::string& text, std::int64_t step) {
  constexpr int strings = 7, tensors = 2;  // DT_STRING, DATA_CLASS_TENSOR
  proto::Event message = writers_->event(step);
  proto::Summary::Value& value = *message.mutable_summary()->add_value();
  value.set_tag(tag);
  value.mutable_metadata()->mutable_plugin_data()->set_plugin_name("text");
  value.mutable_metadata()->set_data_class(tensors);
  proto::TensorProto& tensor = *value.mutable_tensor();
  tensor.set_dtype(strings);
  tensor.mutable_tensor_shape();
  tensor.add_string_val(text);
  writers_->add("", message);
}

void TensorBoard::graph(nn::Module& model, const Tensor& input) { writers_->graph("", model, input); }

void TensorBoard::flush() { writers_->flush(); }

void TensorBoard::on_train_begin(Trainer& trainer) {
  if (!trainer.resumed()) return;
  writers_->purge("train", trainer.epoch());
  writers_->purge("validation", trainer.epoch());
  writers_->purge("batches", trainer.step() + 1);
}

void TensorBoard::on_batch_end(Trainer& trainer, std::int64_t, const Logs& logs) {
  Writers& at = *writers_;
  const data::Batch& batch = trainer.batch();
  if (at.options.write_graph && !at.drawn && !batch.empty() && batch[0].rank() > 0 && batch[0].size(0) > 0) {
    at.drawn = true;
    try {
      at.graph("train", trainer.model(), slice(batch[0], 0, 0, 1));
    } catch (const IoError&) {
      throw;
    } catch (const Error&) {  // a model that wants more than its first input
    }
  }
  if (at.options.update_freq == 0 || trainer.step() % at.options.update_freq != 0) return;
  for (const auto& [name, value] : logs) at.scalar("batches", "batch_" + name, value, trainer.step());
}

void TensorBoard::on_epoch_end(Trainer& trainer, std::int64_t epoch, const Logs& logs) {
  Writers& at = *writers_;
  for (const auto& [name, value] : logs) {
    const bool validation = name.starts_with("val_");
    at.scalar(validation ? "validation" : "train", "epoch_" + (validation ? name.substr(4) : name), value,
              epoch);
  }
  at.scalar("train", "epoch_learning_rate", trainer.optimizer().learning_rate(), epoch);
  if (at.options.histogram_freq > 0 && (epoch + 1) % at.options.histogram_freq == 0)
    for (const auto& [name, parameter] : trainer.model().named_parameters()) {
      at.histogram("train", slashed(name), parameter, epoch);
      if (const Tensor gradient = parameter.requires_grad() ? parameter.grad() : Tensor(); gradient.defined())
        at.histogram("train", slashed(name) + "/gradient", gradient, epoch);
    }
  at.flush();
}

void TensorBoard::on_train_end(Trainer&) { writers_->flush(); }

NamedTensors TensorBoard::state_dict() const {
  writers_->flush();
  return {};
}

#else

struct TensorBoard::Writers {};

namespace {
[[noreturn]] void missing() {
  detail::throw_missing_library("TensorBoard", "protobuf", "libprotobuf-dev protobuf-compiler");
}
}  // namespace

TensorBoard::TensorBoard(std::string, TensorBoardOptions) { missing(); }
void TensorBoard::scalar(const std::string&, double, std::int64_t) { missing(); }
void TensorBoard::histogram(const std::string&, const Tensor&, std::int64_t) { missing(); }
void TensorBoard::image(const std::string&, const Tensor&, std::int64_t) { missing(); }
void TensorBoard::text(const std::string&, const std::string&, std::int64_t) { missing(); }
void TensorBoard::graph(nn::Module&, const Tensor&) { missing(); }
void TensorBoard::flush() { missing(); }
void TensorBoard::on_train_begin(Trainer&) {}
void TensorBoard::on_batch_end(Trainer&, std::int64_t, const Logs&) {}
void TensorBoard::on_epoch_end(Trainer&, std::int64_t, const Logs&) {}
void TensorBoard::on_train_end(Trainer&) {}
NamedTensors TensorBoard::state_dict() const { return {}; }

#endif

TensorBoard::TensorBoard(TensorBoard&&) noexcept = default;
TensorBoard::~TensorBoard() = default;

}  // namespace taper::training
