// The tables of a profile, as text. Internal to the profiler.
#pragma once

#include <taper/train/profile.h>

namespace taper::detail {

/// Both tables, with totals.
std::string profile_table(const std::vector<ProfileRow>& operations,
                          const std::vector<LayerProfileRow>& layers);

}  // namespace taper::detail
