// Queue: the gradients that wait until all that flow into their node have arrived. For engine.cpp.
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

/// Pending gradients by creation number: a node created later is never an input of one created earlier, so
/// the latest goes first. The few that usually wait lie in an array; a map takes what finds no room there.
class Queue {
 public:
  bool empty() const noexcept { return count_ == 0 && rest_.empty(); }

  /// The entry of a node: with its node and gradient, or both still empty.
  Pending& find(std::uint64_t sequence) {
    int i = count_;
    while (i > 0 && sequences_[i - 1] > sequence) --i;
    if (i > 0 && sequences_[i - 1] == sequence) return few_[i - 1];
    if (!rest_.empty() || count_ == room) return rest_[sequence];
    for (int k = count_++; k > i; --k) {
      sequences_[k] = sequences_[k - 1];
      few_[k] = std::move(few_[k - 1]);
    }
    sequences_[i] = sequence;
    return few_[i] = {};
  }

  /// Takes the latest out; the queue is not empty.
  Pending pop() {
    const auto last = rest_.empty() ? rest_.end() : std::prev(rest_.end());
    if (last != rest_.end() && (count_ == 0 || last->first > sequences_[count_ - 1])) {
      Pending pending = std::move(last->second);
      rest_.erase(last);
      return pending;
    }
    return std::move(few_[--count_]);
  }

 private:
  static constexpr int room = 16;
  std::uint64_t sequences_[room];  // ascending
  Pending few_[room];
  int count_ = 0;
  std::map<std::uint64_t, Pending, std::less<>, memory::Allocator<std::pair<const std::uint64_t, Pending>>>
      rest_;
};

}  // namespace taper::detail
