// Checkpoints: writing, finding, removing.
#include <algorithm>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include <taper/io/safetensors.h>
#include <taper/tensor/create.h>
#include <taper/tensor/error.h>
#include <taper/train/checkpoints.h>
#include <taper/train/weights_hash.h>

namespace taper::training {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view prefix = "checkpoint-", suffix = ".safetensors";
constexpr std::string_view own_part = "checkpoints.";  // of what Checkpoints itself keeps

std::string name_of(std::int64_t step) { return fmt::format("{}{:012}{}", prefix, step, suffix); }

std::optional<std::int64_t> step_of(const std::string& name) {
  if (!name.starts_with(prefix)) return {};
  std::int64_t step = -1;
  std::from_chars(name.data() + prefix.size(), name.data() + name.size(), step);
  return step >= 0 && name == name_of(step) ? std::optional(step) : std::nullopt;
}

// The steps of which there are files, in ascending order.
std::vector<std::int64_t> steps_in(const std::string& directory) {
  std::vector<std::int64_t> steps;
  std::error_code code;
  for (fs::directory_iterator at(directory, code), end; !code && at != end; at.increment(code))
    if (const auto step = step_of(at->path().filename().string())) steps.push_back(*step);
  if (code && code != std::errc::no_such_file_or_directory)
    throw IoError(fmt::format("Checkpoints: cannot read the directory '{}': {}", directory, code.message()));
  std::sort(steps.begin(), steps.end());
  return steps;
}

NamedTensors checked(const std::string& function, io::SafeTensors file) {
  const auto text = [&](const char* key) {
    const auto found = file.metadata.find(key);
    return found == file.metadata.end() ? std::string() : found->second;
  };
  if (text("format") != "taper checkpoint") throw IoError(function + ": it is not a checkpoint");
  if (text("hash") != fmt::format("{:016x}", hash_of(file.tensors)))
    throw IoError(function + ": its hash is not that of its tensors");
  return std::move(file.tensors);
}

}  // namespace

NamedTensors load_checkpoint(const std::string& path) {
  return checked(fmt::format("load_checkpoint: '{}'", path), io::load_safetensors(path));
}

NamedTensors parse_checkpoint(std::span<const std::byte> bytes) {
  return checked("parse_checkpoint", io::parse_safetensors(bytes));
}

Checkpoints::Checkpoints(CheckpointsOptions options) : options_(std::move(options)) {
  if (options_.directory.empty()) throw ValueError("Checkpoints: expected a directory, got an empty name");
  if (options_.every_steps < 0)
    throw ValueError(
        fmt::format("Checkpoints: expected an every_steps of at least 0, got {}", options_.every_steps));
  if (options_.keep_last < 1)
    throw ValueError(
        fmt::format("Checkpoints: expected a keep_last of at least 1, got {}", options_.keep_last));
  if (!options_.monitor.empty()) monitor_.emplace("Checkpoints", options_.monitor, options_.mode);
  if (!options_.notice)
    options_.notice = [](const std::string& notice) { fmt::print(stderr, "{}\n", notice); };
}

std::string Checkpoints::path(std::int64_t step) const {
  return (fs::path(options_.directory) / name_of(step)).string();
}

std::string Checkpoints::best() const { return best_ ? path(best_step_) : ""; }

bool Checkpoints::any() const { return !steps_in(options_.directory).empty(); }

void Checkpoints::save(std::int64_t step, const State& state, const Logs& logs) {
  if (step < 0)
    throw ValueError(fmt::format("Checkpoints::save: expected a step of at least 0, got {}", step));
  std::optional<double> best = best_;
  std::int64_t best_step = best_step_;
  if (monitor_ && !logs.empty()) {
    const double value = monitor_->value(logs);
    if (monitor_->improves(value, best)) {
      best = value;
      best_step = step;
    }
  }
  NamedTensors tensors = state.state_dict();
  for (const auto& [name, tensor] : tensors)
    if (name.starts_with(own_part))
      throw ValueError("Checkpoints::save: expected parts of other names than 'checkpoints', got one");
  if (best) {
    tensors.emplace_back("checkpoints.best", scalar(*best, float64));
    tensors.emplace_back("checkpoints.best_step", full({}, static_cast<double>(best_step), int64));
  }
  std::error_code code;
  fs::create_directories(options_.directory, code);
  if (code)
    throw IoError(fmt::format("Checkpoints::save: cannot create the directory '{}': {}", options_.directory,
                              code.message()));
  io::save_safetensors(path(step), tensors,
                       {{"format", "taper checkpoint"},
                        {"step", std::to_string(step)},
                        {"hash", fmt::format("{:016x}", hash_of(tensors))}});
  best_ = best;
  best_step_ = best_step;
  prune(step);
}

// Newer ones are none of this training's: damaged ones, which resume() has skipped.
void Checkpoints::prune(std::int64_t newest) const {
  std::vector<std::int64_t> steps = steps_in(options_.directory);
  std::erase_if(steps, [&](std::int64_t step) { return step > newest; });
  const std::int64_t old = std::max<std::int64_t>(std::ssize(steps) - options_.keep_last, 0);
  steps.resize(static_cast<std::size_t>(old));
  for (const std::int64_t step : steps)
    if (!best_ || step != best_step_) {
      std::error_code ignored;
      fs::remove(path(step), ignored);
    }
}

std::optional<Checkpoints::Found> Checkpoints::newest() const {
  const std::vector<std::int64_t> steps = steps_in(options_.directory);
  std::string reason;
  for (auto step = steps.rbegin(); step != steps.rend(); ++step) try {
      const std::string file = path(*step);
      return Found{*step, file, load_checkpoint(file)};
    } catch (const IoError& error) {
      reason = error.what();
      options_.notice(fmt::format("Checkpoints: a damaged one is skipped: {}", reason));
    }
  if (!steps.empty())
    throw IoError(fmt::format("Checkpoints: none of the {} in '{}' can be read; the oldest one: {}",
                              steps.size(), options_.directory, reason));
  return std::nullopt;
}

bool Checkpoints::resume(State& state) {
  const std::optional<Found> found = newest();
  if (found) load(*found, state);
  return found.has_value();
}

void Checkpoints::load(const Found& found, State& state) {
  NamedTensors of_state, own;
  for (const NamedTensor& entry : found.tensors)
    (entry.first.starts_with(own_part) ? own : of_state).push_back(entry);
  std::optional<double> best;
  std::int64_t best_step = 0;
  if (!own.empty()) {
    const NamedTensors known{{"checkpoints.best", scalar(0, float64)},
                             {"checkpoints.best_step", full({}, 0, int64)}};
    const std::vector<Tensor> values = matched("Checkpoints::load", known, own);
    best = values[0].item<double>();
    best_step = values[1].item<std::int64_t>();
  }
  state.load_state_dict(of_state);
  best_ = best;
  best_step_ = best_step;
}

}  // namespace taper::training
