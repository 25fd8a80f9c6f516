// Profile: a watcher of this thread, and the trace of what it saw.
#include <algorithm>
#include <chrono>
#include <map>
#include <set>
#include <string_view>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <taper/autograd/node.h>
#include <taper/io/file.h>
#include <taper/nn/call.h>
#include <taper/tensor/observer.h>
#include <taper/train/operation_cost.h>
#include <taper/train/profile.h>
#include <taper/train/profile_table.h>

namespace taper {

using detail::Cost;

// Note [Attribution]
// There is one clock reading at each event, and the time since the last one goes to one row of each table. An
// operation reports itself when it is done, so what passed since the event before is its time, with the few
// instructions of the program in front of it. Where something else begins or ends, it is the time of what
// lies around: the outermost function, gradient, step or wait, or "other". The layers' table works the same
// way with the innermost layer, or the one that had recorded the operation of a gradient.

class Profile::Watcher final : public Observer, public nn::CallObserver {
 public:
  explicit Watcher(ProfileOptions options) : options_(std::move(options)) {
    layers_.push_back({{"outside of layers", 0, 0, 0, 0}, 0, 0});
    other_ = row("other");
    begin_ = last_ = now();
  }

  void operation(const ObservedOperation& operation) override {
    const std::int64_t since = last_, time = tick();
    if (operation.composed) return;  // its section says all
    const Cost cost = detail::cost_of(operation);
    const bool alone = outermost_ == none;
    charge(time, alone ? row(operation.name) : outermost_, cost, alone);
    if (const Node* const node = operation.results.empty() || !operation.results[0].defined()
                                     ? nullptr
                                     : node_of(operation.results[0]);
        node != nullptr && !node->is_leaf())
      remember(node->sequence, cost, operation);
    if (Frame* const gradient = innermost(Section::Kind::gradient)) gradient->parts += cost.flops;
    add_event(operation.name, "operation", since, time, cost);
  }

  void begin(const Section& section) override {
    pass();
    Frame frame{&section, section.kind, name_of(section), last_, layer_, outermost_, 0};
    if (section.kind == Section::Kind::gradient)
      if (const auto found = recorded_.find(section.subject); found != recorded_.end())
        layer_ = found->second.layer;
    if (outermost_ == none) {
      outermost_ = row(frame.name);
      ++rows_[outermost_].calls;
    }
    stack_.push_back(std::move(frame));
  }

  // Memory for an event, or a clock of the program's own, may fail; then the event is left out.
  void end(const Section& section) noexcept override {
    try {
      leave(section);
    } catch (...) {
      ++left_out_;
    }
  }
  void leave(const Section& section) {
    if (stack_.empty() || stack_.back().section != &section) return;  // began before this profile
    pass();
    const Frame frame = std::move(stack_.back());
    stack_.pop_back();
    Cost own;
    if (section.kind == Section::Kind::gradient) {
      const auto found = recorded_.find(section.subject);
      if (found != recorded_.end() && frame.parts == 0) own = found->second.gradient;
      if (found != recorded_.end()) recorded_.erase(found);
      add(own, outermost_);
    }
    layer_ = frame.layer;
    outermost_ = frame.outermost;
    static constexpr const char* categories[] = {"function", "backward", "optimizer", "data"};
    add_event(frame.name, categories[static_cast<int>(frame.kind)], frame.begin, last_ - frame.begin, own);
  }

  void called(const nn::Module&, const Tensor&) override {}
  void entered(const nn::Module& module) override {
    pass();
    calls_.push_back({layer_, last_});
    const auto [place, is_new] = layer_of_.try_emplace({layer_, identity(module)}, layers_.size());
    if (is_new) {
      modules_.push_back(module);
      layers_.push_back({{nn::detail::Call::place(), 0, 0, 0, 0}, 0, 0});
    }
    layer_ = place->second;
    ++layers_[layer_].calls;
  }
  void left(const nn::Module&) noexcept override {
    try {
      leave_layer();
    } catch (...) {
      ++left_out_;
    }
  }
  void leave_layer() {
    if (calls_.empty()) return;  // entered before this profile
    pass();
    const Entered call = calls_.back();
    calls_.pop_back();
    const std::size_t layer = std::exchange(layer_, call.outer);
    add_event(layers_[layer].name, "layer", call.begin, last_ - call.begin, {});
  }

  // Until now.
  std::int64_t total() {
    pass();
    return last_ - begin_;
  }
  const std::vector<ProfileRow>& rows() const { return rows_; }
  const std::vector<LayerProfileRow>& layers() const { return layers_; }
  std::string trace() const;

 private:
  static constexpr std::size_t none = static_cast<std::size_t>(-1), many = 1'000'000;

  struct Frame {
    const Section* section;
    Section::Kind kind;
    std::string name;
    std::int64_t begin;
    std::size_t layer, outermost;  // before it
    std::int64_t parts;            // the floating-point operations of its parts
  };
  struct Entered {
    std::size_t outer;
    std::int64_t begin;
  };
  struct Recorded {
    std::size_t layer;
    Cost gradient;
  };
  struct Event {
    const std::string* name;
    const char* category;
    std::int64_t begin, time;
    Cost cost;
  };

  std::int64_t now() const {
    if (options_.clock) return options_.clock();
    return std::chrono::duration_cast<std::chrono::nanoseconds>(
               std::chrono::steady_clock::now().time_since_epoch())
        .count();
  }
  // The time since the last event.
  std::int64_t tick() {
    const std::int64_t time = now();
    return time - std::exchange(last_, time);
  }
  // The time since the last event is that of what lies around.
  void pass() {
    const std::int64_t time = tick();
    if (time != 0) charge(time, outermost_ == none ? other_ : outermost_, {}, false);
  }
  void charge(std::int64_t time, std::size_t row, const Cost& cost, bool call) {
    rows_[row].nanoseconds += time;
    rows_[row].calls += call ? 1 : 0;
    LayerProfileRow& layer = layers_[layer_];
    layer.nanoseconds += time;
    (innermost(Section::Kind::gradient) != nullptr ? layer.backward : layer.forward) += time;
    add(cost, row);
  }
  void add(const Cost& cost, std::size_t row) {
    rows_[row].bytes += cost.bytes;
    rows_[row].flops += cost.flops;
    layers_[layer_].bytes += cost.bytes;
    layers_[layer_].flops += cost.flops;
  }
  Frame* innermost(Section::Kind kind) {
    for (auto frame = stack_.rbegin(); frame != stack_.rend(); ++frame)
      if (frame->kind == kind) return &*frame;
    return nullptr;
  }
  std::size_t row(std::string_view name) {
    const auto found = row_of_.find(name);
    if (found != row_of_.end()) return found->second;
    rows_.push_back({std::string(name), 0, 0, 0, 0});
    row_of_.emplace(rows_.back().name, rows_.size() - 1);
    return rows_.size() - 1;
  }
  static std::string name_of(const Section& section) {
    std::string name = section.name;
    switch (section.kind) {
      case Section::Kind::gradient:
        return name.empty() ? "leaf backward" : name + " backward";
      case Section::Kind::optimizer:
        return name + " step";
      case Section::Kind::data:
        return "data";
      default:
        return name;
    }
  }
  // What a gradient costs that is a kernel of its own: the operation, for each of two operands that want one.
  void remember(std::uint64_t sequence, const Cost& cost, const ObservedOperation& operation) {
    std::int64_t wanted = 0;
    for (std::size_t i = 0; i < std::min<std::size_t>(operation.inputs.size(), 2); ++i)
      if (const Tensor* const x = operation.inputs[i].tensor; x != nullptr && x->defined())
        wanted += x->requires_grad() ? 1 : 0;
    recorded_[sequence] = {layer_, {wanted * cost.bytes, wanted * cost.flops}};
    if (recorded_.size() > many) recorded_.erase(recorded_.begin());  // never asked for its gradient
  }
  void add_event(std::string_view name, const char* category, std::int64_t begin, std::int64_t time,
                 const Cost& cost) {
    if (static_cast<std::int64_t>(events_.size()) >= options_.largest_trace) {
      ++left_out_;
      return;
    }
    auto known = names_.find(name);
    if (known == names_.end()) known = names_.emplace(name).first;
    events_.push_back({&*known, category, begin, time, cost});
  }
  const ProfileOptions options_;
  std::int64_t begin_ = 0, last_ = 0, left_out_ = 0;
  std::vector<ProfileRow> rows_;
  std::map<std::string, std::size_t, std::less<>> row_of_;
  std::vector<LayerProfileRow> layers_;
  std::map<std::pair<std::size_t, const void*>, std::size_t> layer_of_;  // within a layer
  std::vector<nn::Module> modules_;  // keeps the addresses in layer_of_ from being used again
  std::size_t other_ = 0, layer_ = 0, outermost_ = none;  // the rows of what runs
  std::vector<Frame> stack_;
  std::vector<Entered> calls_;
  std::map<std::uint64_t, Recorded> recorded_;  // by the number of the node
  std::set<std::string, std::less<>> names_;
  std::vector<Event> events_;
};

std::string Profile::Watcher::trace() const {
  const auto quoted = [](const std::string& text) { return nlohmann::json(text).dump(); };
  std::string text =
      fmt::format("{{\"displayTimeUnit\":\"ns\",\"otherData\":{{\"left out\":{}}},\n", left_out_);
  text +=
      "\"traceEvents\":[\n{\"name\":\"process_name\",\"ph\":\"M\",\"pid\":1,\"tid\":1,\"args\":{\"name\":"
      "\"Taper\"}}";
  for (const Event& event : events_) {
    // Microseconds.
    text += fmt::format(
        ",\n{{\"name\":{},\"cat\":\"{}\",\"ph\":\"X\",\"pid\":1,\"tid\":1,\"ts\":{:.3f},\"dur\":{:.3f}",
        quoted(*event.name), event.category, static_cast<double>(event.begin - begin_) / 1e3,
        static_cast<double>(event.time) / 1e3);
    if (event.cost.bytes > 0 || event.cost.flops > 0)
      text += fmt::format(",\"args\":{{\"bytes\":{},\"flops\":{}}}", event.cost.bytes, event.cost.flops);
    text += "}";
  }
  return text + "\n]}\n";
}

Profile::Profile(ProfileOptions options) : watcher_(std::make_unique<Watcher>(std::move(options))) {}
Profile::~Profile() = default;

std::int64_t Profile::nanoseconds() const { return watcher_->total(); }

std::vector<ProfileRow> Profile::operations() const {
  watcher_->total();
  std::vector<ProfileRow> rows = watcher_->rows();
  std::stable_sort(rows.begin(), rows.end(),
                   [](const ProfileRow& a, const ProfileRow& b) { return a.nanoseconds > b.nanoseconds; });
  return rows;
}

std::vector<LayerProfileRow> Profile::layers() const {
  watcher_->total();
  return watcher_->layers();
}

std::string Profile::table() const { return detail::profile_table(operations(), watcher_->layers()); }

std::string Profile::trace() const {
  watcher_->total();
  return watcher_->trace();
}

void Profile::save_trace(const std::string& path) const { io::write_file(path, trace()); }

}  // namespace taper
