// The tables of a profile, as text.
#include <algorithm>

#include <fmt/format.h>

#include <taper/train/profile_table.h>

namespace taper {
namespace {

std::string with_unit(double value, const char* unit) {
  static constexpr const char* prefixes[] = {"", "k", "M", "G", "T", "P", "E"};
  int i = 0;
  for (; value >= 999.5 && i < 6; ++i) value /= 1000;
  return fmt::format("{:.{}f} {}{}", value,
                     value < 10 && i > 0    ? 2
                     : value < 100 && i > 0 ? 1
                                            : 0,
                     prefixes[i], unit);
}

using Cells = std::vector<std::string>;

// The first column to the left, the others to the right; a line under the first row and above the last.
std::string aligned(const std::vector<Cells>& rows) {
  std::vector<std::size_t> widths(rows[0].size());
  std::size_t all = 0;
  for (std::size_t k = 0; k < widths.size(); ++k) {
    for (const Cells& row : rows) widths[k] = std::max(widths[k], row[k].size());
    all += widths[k] + (k > 0 ? 2 : 0);
  }
  std::string text;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (i == 1 || i + 1 == rows.size()) text += std::string(all, '-') + "\n";
    for (std::size_t k = 0; k < widths.size(); ++k)
      text += k == 0 ? fmt::format("{:<{}}", rows[i][k], widths[k])
                     : fmt::format("  {:>{}}", rows[i][k], widths[k]);
    text += "\n";
  }
  return text;
}

std::string milliseconds(std::int64_t nanoseconds) {
  return fmt::format("{:.3f}", static_cast<double>(nanoseconds) / 1e6);
}
std::string share(std::int64_t part, std::int64_t all) {
  return fmt::format("{:.1f} %", all == 0 ? 0 : 100.0 * static_cast<double>(part) / static_cast<double>(all));
}
// Bytes, and how many of them and of floating-point operations a second.
void add_rates(Cells& cells, const ProfileRow& row) {
  const double seconds = static_cast<double>(row.nanoseconds) / 1e9;
  const auto rate = [&](std::int64_t count, const char* unit) {
    return count == 0 || seconds == 0 ? std::string() : with_unit(static_cast<double>(count) / seconds, unit);
  };
  cells.push_back(row.bytes == 0 ? "" : with_unit(static_cast<double>(row.bytes), "B"));
  cells.push_back(rate(row.bytes, "B/s"));
  cells.push_back(rate(row.flops, "FLOP/s"));
}

}  // namespace

std::string detail::profile_table(const std::vector<ProfileRow>& operations,
                                  const std::vector<LayerProfileRow>& layers) {
  std::int64_t all = 0;
  for (const ProfileRow& row : operations) all += row.nanoseconds;
  std::vector<Cells> rows{{"Operation", "Calls", "Time (ms)", "Share", "Bytes", "Bytes/s", "FLOP/s"}};
  ProfileRow total{"Total", 0, 0, 0, 0};
  const auto add = [](ProfileRow& sum, const ProfileRow& row) {
    sum.nanoseconds += row.nanoseconds;
    sum.bytes += row.bytes;
    sum.flops += row.flops;
  };
  const auto add_row = [&](const ProfileRow& row) {
    rows.push_back({row.name, row.calls == 0 ? "" : std::to_string(row.calls), milliseconds(row.nanoseconds),
                    share(row.nanoseconds, all)});
    add_rates(rows.back(), row);
  };
  for (const ProfileRow& row : operations) {
    add_row(row);
    add(total, row);
  }
  add_row(total);
  std::string text = aligned(rows) + "\n";

  rows = {{"Layer", "Calls", "Forward (ms)", "Backward (ms)", "Share", "Bytes", "Bytes/s", "FLOP/s"}};
  LayerProfileRow sum{{"Total", 0, 0, 0, 0}, 0, 0};
  const auto add_layer = [&](const LayerProfileRow& row) {
    rows.push_back({row.name, row.calls == 0 ? "" : std::to_string(row.calls), milliseconds(row.forward),
                    milliseconds(row.backward), share(row.nanoseconds, all)});
    add_rates(rows.back(), row);
  };
  for (const LayerProfileRow& row : layers) {
    add_layer(row);
    add(sum, row);
    sum.forward += row.forward;
    sum.backward += row.backward;
  }
  add_layer(sum);
  return text + aligned(rows);
}

}  // namespace taper
