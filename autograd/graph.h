// Walking the graph.
#pragma once

#include <functional>
#include <map>
#include <vector>

#include <taper/autograd/node.h>
#include <taper/tensor/memory.h>

namespace taper::detail {

using BySequence =
    std::map<std::uint64_t, Node*, std::less<>, memory::Allocator<std::pair<const std::uint64_t, Node*>>>;

/// All nodes behind the outputs, themselves included, by their creation numbers.
BySequence reachable(const std::vector<Tensor>& outputs);

}  // namespace taper::detail
