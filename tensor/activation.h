// Activation: what a product or a convolution does to its result before writing it.
#pragma once

namespace taper {

/// Fused into the pass that computes the result: it costs nothing there, where a separate operation would
/// read and write all of it again.
enum class Activation { none, relu };

}  // namespace taper
