// Activation: an activation function that linear() and conv2d() apply to their result before they store it.
#pragma once

namespace taper {

/// Applied in the same pass that computes the result (fused), so it costs almost nothing; a separate
/// operation would read and write the whole result once more.
enum class Activation { none, relu };

}  // namespace taper
