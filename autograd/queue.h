// Queue: the nodes that backward still has to visit, with the sums of their gradients so far. For engine.cpp.
#pragma once

#include <map>
#include <utility>

#include <taper/autograd/node.h>
#include <taper/tensor/memory.h>

namespace taper::detail {

struct Pending {
  Reference<Node> node;
  Tensor gradient;
};

/// Pending gradients, ordered by creation number. A node created later is never an input of one created
/// earlier, so the node created last is visited first: its gradient is complete. Usually few gradients are
/// pending, and they are stored in an array; a map stores those that exceed the capacity of the array.
class Queue {
 public:
  bool empty() const noexcept { return count_ == 0 && overflow_.empty(); }

  /// The entry of a node, or a new one, whose node and gradient are empty.
  Pending& find(std::uint64_t sequence) {
    int i = count_;
    while (i > 0 && sequences_[i - 1] > sequence) --i;
    if (i > 0 && sequences_[i - 1] == sequence) return entries_[i - 1];
    if (!overflow_.empty() || count_ == capacity) return overflow_[sequence];
    for (int k = count_++; k > i; --k) {
      sequences_[k] = sequences_[k - 1];
      entries_[k] = std::move(entries_[k - 1]);
    }
    sequences_[i] = sequence;
    return entries_[i] = {};
  }

  /// Removes and returns the entry of the node created last. The queue must not be empty.
  Pending pop() {
    const auto last = overflow_.empty() ? overflow_.end() : std::prev(overflow_.end());
    if (last != overflow_.end() && (count_ == 0 || last->first > sequences_[count_ - 1])) {
      Pending pending = std::move(last->second);
      overflow_.erase(last);
      return pending;
    }
    return std::move(entries_[--count_]);
  }

 private:
  static constexpr int capacity = 16;
  std::uint64_t sequences_[capacity];  // ascending
  Pending entries_[capacity];
  int count_ = 0;
  std::map<std::uint64_t, Pending, std::less<>, memory::Allocator<std::pair<const std::uint64_t, Pending>>>
      overflow_;
};

}  // namespace taper::detail
