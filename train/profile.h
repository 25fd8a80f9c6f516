// Profile: where the time of a training goes, by operation and by layer; and a trace for Perfetto.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <taper/tensor/function.h>

namespace taper {

/// Options of Profile.
struct ProfileOptions {
  /// Nanoseconds since any fixed instant; empty: the system's steady clock.
  Function<std::int64_t()> clock = {};
  /// How many events are kept for the trace, about 100 bytes each; of later ones the table alone knows.
  std::int64_t largest_trace = 1'000'000;
};

/// A line of a profile. Bytes are those of the operands and results of operations; `flops` are floating-point
/// operations: see docs/profiling.md.
struct ProfileRow {
  std::string name;
  std::int64_t calls = 0, nanoseconds = 0, bytes = 0, flops = 0;
};
struct LayerProfileRow : ProfileRow {
  std::int64_t forward = 0, backward = 0;  ///< nanoseconds
};

/// While an object of this class exists, all time of the thread that made it is attributed to operations,
/// gradients, layers, the optimizer and the wait for data:
///
///     const Profile profile;
///     train(model);
///     std::cout << profile.table();
///     profile.save_trace("trace.json");  // for https://ui.perfetto.dev
///
/// What the clock says between two events is the time of the operation that ended with the second one, so the
/// sum of all rows is the whole time since the beginning, exactly. Work of other threads that this one waits
/// for is in it. Use it from its own thread only; of several, the one made last is told.
class Profile {
 public:
  explicit Profile(ProfileOptions options = {});
  Profile(const Profile&) = delete;
  Profile& operator=(const Profile&) = delete;
  ~Profile();

  /// The time until now, in nanoseconds.
  std::int64_t nanoseconds() const;
  /// By operation, the longest first. "linear" is forward, "linear backward" its gradient, "Adam step" the
  /// optimizer's, "data" the wait for batches, and "other" everything else: what lies between operations.
  std::vector<ProfileRow> operations() const;
  /// By layer, in the order of their first calls: its path from the outermost layer and its type, "0.body
  /// (Linear)". Time counts for the innermost layer, and that of a gradient for the layer of its operation.
  /// The first row is "outside of layers".
  std::vector<LayerProfileRow> layers() const;

  /// Both as tables, with totals.
  std::string table() const;
  /// All events, nested, as Chrome's trace format has them (JSON), which Perfetto opens.
  std::string trace() const;
  /// Writes trace() to a file. Throws IoError.
  void save_trace(const std::string& path) const;

 private:
  class Watcher;
  const std::unique_ptr<Watcher> watcher_;
};

}  // namespace taper
