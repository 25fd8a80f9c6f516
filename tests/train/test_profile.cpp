// The profiler: its rows add up to the time that passed, and say what happened.
#include <algorithm>
#include <cstdio>
#include <memory>
#include <thread>

#include <catch.h>
#include <nlohmann/json.hpp>
#include <temporary_directory.h>

#include <taper/io/file.h>
#include <taper/taper.h>

using namespace taper;

namespace {

// Each reading is a microsecond later than the one before.
struct Ticking {
  std::int64_t* time;
  std::int64_t operator()() const { return *time += 1000; }
};

template <class Row>
const Row& row_of(const std::vector<Row>& rows, const std::string& name) {
  for (const Row& row : rows)
    if (row.name == name) return row;
  std::string all;
  for (const Row& row : rows) all += row.name + "\n";
  FAIL("no row " << name << " in\n" << all);
  return rows[0];
}

template <class Row>
bool has_row(const std::vector<Row>& rows, const std::string& name) {
  return std::any_of(rows.begin(), rows.end(), [&](const Row& row) { return row.name == name; });
}

struct Convnet : nn::Layer<Convnet> {
  nn::Sequential body = child("body", nn::Sequential(nn::Conv2d(1, 4, 3, {.padding = 1}), nn::ReLU(),
                                                     nn::MaxPool2d({.kernel_size = 2}), nn::Flatten()));
  nn::Linear head = child("head", nn::Linear(64, 3));
  Tensor forward(const Tensor& x) const { return head(body(x)); }
};

struct Mlp : nn::Layer<Mlp> {
  nn::Linear first = child("first", nn::Linear(64, 8, {.activation = Activation::relu}));
  nn::Linear last = child("last", nn::Linear(8, 3));
  Tensor forward(const Tensor& x) const { return last(first(flatten(x, 1))); }
};

// Two epochs of two batches of four.
template <class Model>
void train_epochs(const Model& model) {
  optim::Adam optimizer(model.parameters());
  const data::TensorDataset examples({uniform({8, 1, 8, 8}, 0, 1), zeros({8}, DType::int64)});
  data::DataLoader loader(examples, {.batch_size = 4, .prefetch = 0});
  for (int epoch = 0; epoch < 2; ++epoch)
    for (const data::Batch& batch : loader) {
      optimizer.zero_grad();
      cross_entropy(model(batch[0]), batch[1]).backward();
      optimizer.step();
    }
}

template <class Model>
void check_sums() {
  const Model model;
  std::int64_t time = 0;
  const Profile profile({.clock = Ticking{&time}});
  const std::int64_t begin = time;
  train_epochs(model);
  const auto layers = profile.layers();
  std::int64_t sum = 0, forward = 0, backward = 0;
  for (const LayerProfileRow& row : layers) {
    CHECK(row.forward + row.backward == row.nanoseconds);
    sum += row.nanoseconds;
    forward += row.forward;
    backward += row.backward;
  }
  CHECK(sum == time - begin);
  CHECK(forward > 0);
  CHECK(backward > 0);
  sum = 0;
  for (const ProfileRow& row : profile.operations()) sum += row.nanoseconds;
  CHECK(sum == time - begin);
  const std::int64_t all = profile.nanoseconds();
  CHECK(all == time - begin);
  CHECK(sum > 100'000);
}

}  // namespace

TEST_CASE("the rows of a profile add up to the time that passed") {
  check_sums<Convnet>();
  check_sums<Mlp>();
}

TEST_CASE("a profile names operations, gradients, layers, the optimizer and the wait for data") {
  const Convnet model;
  const Profile profile;
  train_epochs(model);
  const auto operations = profile.operations();
  for (const char* const name : {"conv2d", "relu", "linear", "cross_entropy"}) {
    CHECK(row_of(operations, name).calls == 4);
    CHECK(row_of(operations, std::string(name) + " backward").calls == 4);
  }
  CHECK(row_of(operations, "Adam step").calls == 4);
  CHECK(row_of(operations, "data").calls == 6);  // also the end of each epoch
  CHECK(row_of(operations, "other").calls == 0);
  for (std::size_t i = 1; i < operations.size(); ++i)
    CHECK(operations[i - 1].nanoseconds >= operations[i].nanoseconds);

  const auto layers = profile.layers();
  CHECK(layers[0].name == "outside of layers");
  CHECK(layers[1].name == "Convnet");
  CHECK(layers[2].name == "body (Sequential)");
  CHECK(layers[3].name == "body.0 (Conv2d)");
  for (const char* const name : {"body.0 (Conv2d)", "body.1 (ReLU)", "head (Linear)"}) {
    const LayerProfileRow& layer = row_of(layers, name);
    CHECK(layer.calls == 4);
    CHECK(layer.forward > 0);
    CHECK(layer.backward > 0);
    CHECK(layer.flops > 0);
  }
  CHECK(row_of(layers, "body (Sequential)").backward == 0);  // its parts alone record anything
}

TEST_CASE("a profile counts bytes and floating-point operations") {
  const nn::Linear linear(8, 16);
  const nn::Conv2d convolution(2, 3, 3, {.padding = 1});
  const Tensor x = ones({4, 8}), image = ones({5, 2, 6, 7});
  const Profile profile;
  const Tensor y = linear(x), z = convolution(image);
  const std::int64_t multiplies = 4 * 8 * 16;
  auto rows = profile.operations();
  CHECK(row_of(rows, "linear").flops == 2 * multiplies + 4 * 16);
  CHECK(row_of(rows, "linear").bytes == 4 * (4 * 8 + 8 * 16 + 16 + 4 * 16));
  CHECK(row_of(rows, "conv2d").flops == 2 * (5 * 3 * 6 * 7) * (2 * 3 * 3));
  sum(y).backward();
  sum(z).backward();
  rows = profile.operations();
  CHECK(row_of(rows, "linear backward").flops == 2 * multiplies + 4 * 16);  // x wants none; the bias a sum
  CHECK(row_of(rows, "conv2d backward").flops == 2 * (5 * 3 * 6 * 7) * (2 * 3 * 3));
  const Tensor a = ones({3, 4}), b = ones({4, 5});
  matmul(a, b);
  exp(a);
  transpose(a);
  rows = profile.operations();
  CHECK(row_of(rows, "matmul").flops == 2 * 3 * 4 * 5);
  CHECK(row_of(rows, "exp").flops == 12);
  CHECK(row_of(rows, "exp").bytes == 2 * 12 * 4);
  CHECK(row_of(rows, "transpose").bytes == 0);
}

TEST_CASE("a fused pooling and a fused gradient count what they compute") {
  const nn::Conv2d convolution(2, 3, 3, {.padding = 1, .max_pool = 2});
  const Profile profile;
  Tensor x = ones({1, 2, 8, 8});
  sum(convolution(x.set_requires_grad())).backward();
  const std::int64_t forward = 2 * (3 * 8 * 8) * (2 * 3 * 3);
  CHECK(row_of(profile.operations(), "conv2d").flops == forward);
  CHECK(row_of(profile.operations(), "conv2d backward").flops == 2 * forward);
}

TEST_CASE("a trace is JSON whose events lie within each other") {
  const Mlp model;
  std::int64_t time = 0;
  const Profile profile({.clock = Ticking{&time}});
  train_epochs(model);
  const TemporaryDirectory directory;
  profile.save_trace(directory / "trace.json");
  const auto trace = nlohmann::json::parse(io::read_file(directory / "trace.json"));
  struct Event {
    double begin, end;
    std::string name, category;
  };
  std::vector<Event> events;
  for (const auto& event : trace["traceEvents"]) {
    if (event["ph"] == "M") continue;
    CHECK(event["ph"] == "X");
    events.push_back({event["ts"], double(event["ts"]) + double(event["dur"]), event["name"], event["cat"]});
  }
  const auto inside = [&](const std::string& name, const std::string& outer) {
    for (const Event& event : events)
      if (event.name == name)
        for (const Event& around : events)
          if (around.name == outer && around.begin <= event.begin && event.end <= around.end) return true;
    return false;
  };
  CHECK(inside("linear", "last (Linear)"));
  CHECK(inside("last (Linear)", "Mlp"));
  CHECK(inside("matmul", "linear backward"));
  CHECK_FALSE(inside("matmul", "last (Linear)"));
  int crossing = 0;
  for (const Event& a : events)
    for (const Event& b : events)
      if (a.begin < b.begin && b.begin < a.end - 1e-6 && a.end < b.end - 1e-6) ++crossing;
  CHECK(crossing == 0);
  for (const char* const category : {"layer", "operation", "backward", "optimizer", "data"})
    CHECK(std::any_of(events.begin(), events.end(),
                      [&](const Event& event) { return event.category == category; }));
}

TEST_CASE("a trace keeps no more events than it may") {
  const Profile profile({.largest_trace = 3});
  const Tensor x = ones({2});
  for (int i = 0; i < 10; ++i) exp(x);
  const auto trace = nlohmann::json::parse(profile.trace());
  CHECK(trace["traceEvents"].size() == 4);  // with the name of the process
  CHECK(trace["otherData"]["left out"] == 7);
  CHECK(row_of(profile.operations(), "exp").calls == 10);
}

TEST_CASE("a profile's tables have totals, and columns below each other") {
  std::int64_t time = 0;
  const Mlp model;
  const Profile profile({.clock = Ticking{&time}});
  train_epochs(model);
  const std::string table = profile.table();
  INFO(table);
  CHECK(table.find("Operation") == 0);
  CHECK(table.find("\nfirst (Linear)") != std::string::npos);
  char total[32];
  std::snprintf(total, sizeof total, "%.3f", double(time - 1000) / 1e6);
  const std::size_t at = table.find("\nTotal");
  REQUIRE(at != std::string::npos);
  CHECK(table.find(total, at) < table.find('\n', at + 1));
  CHECK(table.find("100.0 %", at) < table.find('\n', at + 1));
  CHECK(table.find("\nTotal", at + 1) != std::string::npos);
  std::size_t begin = 0, width = 0;
  for (std::size_t end; (end = table.find('\n', begin)) != std::string::npos; begin = end + 1) {
    if (end == begin)
      width = 0;  // the second table
    else if (width == 0)
      width = end - begin;
    else
      CHECK(end - begin == width);
  }
}

TEST_CASE("a profile sees its own thread, while it exists, also through errors") {
  const nn::Linear linear(3, 2);
  {
    const Profile profile;
    std::thread([] { exp(ones({2})); }).join();
    CHECK_THROWS(linear(ones({4, 5})));
    {
      const NoGrad no_grad;
      tanh(ones({2}));
    }
    tanh(ones({2}));
    const auto rows = profile.operations();
    CHECK_FALSE(has_row(rows, "exp"));
    CHECK(row_of(rows, "tanh").calls == 2);
    CHECK(row_of(profile.layers(), "Linear").calls == 1);
    CHECK(profile.layers()[0].calls == 0);
    exp(ones({3}));
    CHECK(row_of(profile.layers(), "outside of layers").flops >= 7);  // the layer was left
  }
  CHECK(detail::observer == nullptr);
  CHECK(detail::mode == detail::recorded);
  const Profile outer;
  {
    const Profile inner;
    exp(ones({2}));
    CHECK(row_of(inner.operations(), "exp").calls == 1);
  }
  CHECK_FALSE(has_row(outer.operations(), "exp"));
  exp(ones({2}));
  CHECK(row_of(outer.operations(), "exp").calls == 1);
}

TEST_CASE("a profile may begin and end anywhere") {
  std::unique_ptr<Profile> profile;
  const Tensor x = ones({2}).set_requires_grad();
  const Tensor y = exp(x), z = sin(y);
  register_hook(y, [&](const Tensor&) {  // within a gradient
    if (profile == nullptr) profile = std::make_unique<Profile>();
    return Tensor();
  });
  sum(z).backward();
  REQUIRE(profile != nullptr);
  cos(x);
  CHECK(row_of(profile->operations(), "cos").calls == 1);
  const Tensor w = exp(x);
  register_hook(w, [&](const Tensor&) {
    profile.reset();
    return Tensor();
  });
  sum(w).backward();
  CHECK(profile == nullptr);
  CHECK(detail::observer == nullptr);
}
