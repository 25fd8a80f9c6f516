// Extents of windows: their checks.
#include <algorithm>

#include <fmt/format.h>

#include <taper/tensor/error.h>
#include <taper/tensor/extent.h>

namespace taper::compute {

std::string joined(const Shape& extents) { return fmt::format("{}", fmt::join(extents, " x ")); }

const char* layout_of(int axes) {
  return axes == 1 ? "sequences [N, C, L]" : axes == 2 ? "images [N, C, H, W]" : "volumes [N, C, D, H, W]";
}

void check_extents(const char* function, const char* what, const Shape& extents, std::int64_t least) {
  for (const std::int64_t extent : extents)
    if (extent < least || extent > largest_extent)
      throw ValueError(fmt::format("{}: {} must be at least {} and at most {}, got {}", function, what, least,
                                   largest_extent, joined(extents)));
}

}  // namespace taper::compute
