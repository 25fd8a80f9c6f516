// TensorBoard's event files: checksums, bytes that its own library writes, what a training writes, graphs.
#include <algorithm>
#include <cstring>
#include <filesystem>
#include <map>
#include <numeric>

#include <catch.h>
#include <repository.h>
#include <temporary_directory.h>

#include <taper/taper.h>
#include <taper/train/event_file.h>
#include <taper/train/model_graph.h>

using namespace taper;
namespace fs = std::filesystem;

namespace {

std::vector<std::string> files_in(const fs::path& directory) {
  std::vector<std::string> files;
  if (fs::exists(directory))
    for (const auto& entry : fs::directory_iterator(directory))
      if (entry.is_regular_file()) files.push_back(entry.path().string());
  return files;
}

[[maybe_unused]] std::string content(const fs::path& directory) {
  const std::vector<std::string> files = files_in(directory);
  REQUIRE(files.size() == 1);
  return io::read_file(files[0]);
}

// A number of protobuf, seven bits a byte, the lowest first.
std::uint64_t take_number(std::string_view& bytes) {
  std::uint64_t number = 0;
  for (int shift = 0;; shift += 7) {
    const auto byte = static_cast<unsigned char>(bytes.at(0));
    bytes.remove_prefix(1);
    number |= std::uint64_t{byte & 0x7FU} << shift;
    if (byte < 0x80) return number;
  }
}

// The steps of a tag that TensorBoard shows of the files in a directory: what a start purges is gone.
[[maybe_unused]] std::vector<std::int64_t> shown(const fs::path& directory, const std::string& tag) {
  std::vector<std::string> files = files_in(directory);
  std::sort(files.begin(), files.end());
  std::vector<std::int64_t> steps;
  for (const std::string& path : files) {
    const std::string text = io::read_file(path);
    for (std::size_t at = 0; at < text.size();) {
      std::uint64_t length = 0;
      std::memcpy(&length, text.data() + at, sizeof length);
      std::string_view event = std::string_view(text).substr(at + 12, length);
      at += 12 + length + 4;
      std::int64_t step = 0;
      while (!event.empty()) {
        const std::uint64_t field = take_number(event);
        if (field == (1 << 3 | 1)) {  // the time, of eight bytes
          event.remove_prefix(8);
        } else if (field == 2 << 3) {
          step = static_cast<std::int64_t>(take_number(event));
        } else {
          const std::uint64_t size = take_number(event);
          const std::string_view message = event.substr(0, size);
          event.remove_prefix(size);
          if (field == (5 << 3 | 2) && message.find(tag) != std::string_view::npos) steps.push_back(step);
          if (field == (7 << 3 | 2)) std::erase_if(steps, [&](std::int64_t each) { return each >= step; });
        }
      }
    }
  }
  return steps;
}

std::string described(const std::vector<training::GraphNode>& nodes) {
  std::string text;
  for (const training::GraphNode& node : nodes) {
    text += node.name + ":" + node.type + "(";
    for (const std::size_t input : node.inputs) text += nodes[input].name + ",";
    text += ") ";
  }
  return text;
}

struct Residual : nn::Layer<Residual> {
  nn::Linear first = child("first", nn::Linear(4, 4)), second = child("second", nn::Linear(4, 4));
  nn::Dropout dropout = child("dropout", nn::Dropout(0.5));
  nn::Linear last = child("last", nn::Linear(4, 2));
  Tensor forward(const Tensor& x) const {
    const Tensor y = first(x), a = second(dropout(y)), b = second(x);
    return last(tanh(a + y) * 2 + b);
  }
};

}  // namespace

TEST_CASE("tensorboard: CRC-32C") {
  CHECK(training::crc32c("") == 0);
  CHECK(training::crc32c("123456789") == 0xE3069283U);
  CHECK(training::crc32c(std::string(32, '\0')) == 0x8A9136AAU);  // RFC 3720, B.4
  CHECK(training::crc32c(std::string(32, '\xFF')) == 0x62A8AB43U);
}

TEST_CASE("tensorboard: records are framed, and appended whole") {
  const TemporaryDirectory directory;
  training::EventFile file(directory / "deep/er");
  CHECK(fs::path(file.path()).filename().string().starts_with("events.out.tfevents."));
  file.add("abc");
  CHECK(fs::file_size(file.path()) == 0);
  file.flush();
  CHECK(fs::file_size(file.path()) == 12 + 3 + 4);
  const std::string bytes = io::read_file(file.path());
  CHECK(bytes.substr(0, 8) == std::string("\3\0\0\0\0\0\0\0", 8));
  CHECK(bytes.substr(12, 3) == "abc");
  file.add(std::string(100'000, 'x'));  // much is not kept waiting
  CHECK(fs::file_size(file.path()) == 19 + 100'016);
  const training::EventFile other(directory / "deep/er");  // in the same second
  CHECK(other.path() != file.path());
  CHECK_THROWS_AS(training::EventFile(directory.file("file", "") / "below"), IoError);
}

TEST_CASE("tensorboard: the graph of a model has its branches") {
  Residual model;
  CHECK(described(training::model_graph(model, zeros({3, 4}))) ==
        "input:Input() first:Linear(input,) dropout:Dropout(first,) second:Linear(dropout,) "
        "second_1:Linear(input,) last:Linear(dropout,second,second_1,) ");
  CHECK(model.is_training());
  nn::Sequential words{nn::Embedding(10, 4), nn::Linear(4, 2)};
  const auto nodes = training::model_graph(words, zeros({5}, int64));
  CHECK(described(nodes) == "input:Input() 0:Embedding(input,) 1:Linear(0,) ");
  CHECK(nodes[1].shape == Shape{5, 4});
  words.set_requires_grad(false);
  CHECK(described(training::model_graph(words, zeros({5}, int64))) ==
        "input:Input() 0:Embedding(input,) 1:Linear(input,) ");
  nn::Linear alone(4, 2);
  {
    const NoGrad outside;
    CHECK(described(training::model_graph(alone, zeros({1, 4}))) == "input:Input() Linear:Linear(input,) ");
  }
  CHECK_THROWS_AS(training::model_graph(alone, zeros({1, 3})), ShapeError);
}

#ifdef TAPER_HAS_PROTOBUF

TEST_CASE("tensorboard: the bytes are those of TensorBoard's library") {
  const TemporaryDirectory directory;
  {
    training::TensorBoard board(directory / "log", {.purge_step = 5, .clock = [] { return 1234567890.5; }});
    board.scalar("loss", 0.1, 0);
    board.scalar("loss", -1e30, 7);
    const Tensor values = square(arange(0.0, 64.0, 1.0, float64)) / 64;
    board.histogram("values", values, 3);
    board.text("note", "**bold** grüße", 1);
    nn::Sequential model{nn::Linear(3, 4), nn::Tanh()};
    board.graph(model, zeros({2, 3}));
  }
  CHECK(content(directory / "log") == io::read_file(repository("tests/golden/tensorboard.events")));
}

TEST_CASE("tensorboard: histograms leave out what is not finite, and one value has one interval") {
  const TemporaryDirectory directory;
  training::TensorBoard board(directory / "log");
  board.histogram("nothing", full({3}, std::numeric_limits<double>::infinity()), 0);
  board.flush();
  CHECK(files_in(directory / "log").empty());
  board.histogram("same", full({3}, 2), 0);
  board.flush();
  // Two limits, which are 2, and the counts 0 and 3; packed, as little-endian doubles.
  const std::string two("\0\0\0\0\0\0\0@", 8), zero(8, '\0'), three("\0\0\0\0\0\0\x08@", 8);
  CHECK(content(directory / "log").find("\x32\x10" + two + two + "\x3A\x10" + zero + three) !=
        std::string::npos);
}

#ifdef TAPER_HAS_PNG
TEST_CASE("tensorboard: images have their size, their number of channels and a PNG") {
  const TemporaryDirectory directory;
  training::TensorBoard board(directory / "log");
  const Tensor pixels = zeros({3, 2, 5}, uint8);
  board.image("picture", pixels, 4);
  board.flush();
  CHECK(content(directory / "log").find("\x08\x02\x10\x05\x18\x03\x22") != std::string::npos);
  CHECK(content(directory / "log").find(io::encode_png(pixels)) != std::string::npos);
  CHECK_THROWS_AS(board.image("picture", zeros({3, 2, 5}), 4), DTypeError);
}
#endif

TEST_CASE("tensorboard: a training writes what Keras's callback writes") {
  const TemporaryDirectory directory;
  nn::Sequential model{nn::Linear(3, 2)};
  optim::SGD sgd(model, {.learning_rate = 0.25});
  training::Trainer trainer(model, sgd, cross_entropy);
  const data::TensorDataset dataset({normal({12, 3}), remainder(arange(0, 12), 2)});
  data::DataLoader loader(dataset, {.batch_size = 4}), validation(dataset, {.batch_size = 6});
  training::TensorBoard board(directory / "log", {.update_freq = 2, .histogram_freq = 2});
  trainer.fit(loader, {.epochs = 2, .validation_data = &validation, .callbacks = {&board}, .verbose = 0});
  const std::string training = content(directory / "log/train"),
                    validated = content(directory / "log/validation"),
                    batches = content(directory / "log/batches");
  CHECK(files_in(directory / "log").empty());
  const auto times = [](const std::string& text, const std::string& tag) {
    const std::string field = "\x0A" + std::string(1, static_cast<char>(tag.size())) + tag;
    int count = 0;
    for (std::size_t at = text.find(field); at != std::string::npos; at = text.find(field, at + 1)) ++count;
    return count;
  };
  CHECK(times(training, "epoch_loss") == 2);
  CHECK(times(training, "epoch_learning_rate") == 2);
  CHECK(times(training, "batch_loss") == 0);
  CHECK(times(batches, "batch_loss") == 3);
  CHECK(times(training, "0/weight") == 1);
  CHECK(times(training, "0/weight/gradient") == 1);
  CHECK(times(training, "_output_shapes") == 2);  // the input and the layer
  CHECK(times(validated, "epoch_loss") == 2);
  CHECK(times(validated, "epoch_learning_rate") == 0);
}

TEST_CASE("tensorboard: a resumed training shows each step once") {
  const TemporaryDirectory directory;
  struct Interrupted {};
  // Trains until `stop` steps are done, or until that many are done and their epoch has ended.
  const auto fit = [&](std::int64_t stop, bool at_end = false) {
    manual_seed(1);
    nn::Sequential model{nn::Linear(3, 2)};
    optim::SGD sgd(model);
    training::Trainer trainer(model, sgd, cross_entropy);
    const data::TensorDataset dataset({normal({12, 3}), remainder(arange(0, 12), 2)});
    data::DataLoader loader(dataset, {.batch_size = 4}), validation(dataset, {.batch_size = 6});
    const auto interrupt = [&](const training::Trainer& running, bool ended) {
      if (running.step() == stop && ended == at_end) throw Interrupted();
    };
    const training::LambdaCallback interrupts(
        {.on_batch_begin = [&](training::Trainer& running, std::int64_t) { interrupt(running, false); },
         .on_epoch_end = [&](training::Trainer& running, std::int64_t,
                             const training::Logs&) { interrupt(running, true); }});
    try {
      trainer.fit(loader,
                  {.epochs = 4,
                   .validation_data = &validation,
                   .callbacks = {training::TensorBoard(directory / "log", {.update_freq = 1}), interrupts},
                   .verbose = 0,
                   .checkpoints = {.directory = directory / "run", .every_steps = 2},
                   .resume = true});
      CHECK(stop < 0);
    } catch (const Interrupted&) {
    }
  };
  fit(5);
  fit(9, true);
  fit(11);
  fit(-1);
  const auto each = [](std::int64_t first, std::int64_t last) {
    std::vector<std::int64_t> steps(static_cast<std::size_t>(last - first + 1));
    std::iota(steps.begin(), steps.end(), first);
    return steps;
  };
  CHECK(shown(directory / "log/batches", "batch_loss") == each(1, 12));
  CHECK(shown(directory / "log/train", "epoch_loss") == each(0, 3));
  CHECK(shown(directory / "log/train", "epoch_learning_rate") == each(0, 3));
  CHECK(shown(directory / "log/validation", "epoch_loss") == each(0, 3));
  CHECK(files_in(directory / "log/batches").size() == 4);
  // A second training that is not resumed takes nothing away.
  fs::remove_all(directory / "run");
  fit(-1);
  CHECK(shown(directory / "log/train", "epoch_loss").size() == 8);
}

TEST_CASE("tensorboard: errors") {
  CHECK_THROWS_AS(training::TensorBoard("log", {.update_freq = -1}), ValueError);
  CHECK_THROWS_AS(training::TensorBoard("log", {.histogram_freq = -1}), ValueError);
  const TemporaryDirectory directory;
  training::TensorBoard board(directory.file("file", "") / "below");
  CHECK_THROWS_AS(board.scalar("loss", 1, 0), IoError);
  board.flush();
}

#else

TEST_CASE("tensorboard: without protobuf, the error says how to get it") {
  CHECK_THROWS_WITH(training::TensorBoard("log"), ContainsSubstring("libprotobuf-dev"));
}

#endif
