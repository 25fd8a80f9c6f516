// Programs: each step picks an operation by a byte; the operation makes its arguments of those that follow.
#include "program.h"

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <string_view>
#include <typeinfo>

#include "digest.h"
#include "operations.h"
#include <taper/autograd/ops/shape.h>
#include <taper/tensor/create.h>
#include <taper/tensor/error.h>
#include <taper/tensor/memory.h>
#include <taper/tensor/parallel.h>

using namespace taper;

namespace {

constexpr std::size_t most_steps = 40, most_tensors = 8;
constexpr std::int64_t most_elements = 1 << 17;  // of a tensor that later steps may use
constexpr std::uint64_t most_memory = std::uint64_t{64} << 20;

// The same elements and history: every second one of a larger tensor, or in column-major order.
Tensor spread(const Tensor& x, bool apart) {
  if (apart) return select(stack({x, zeros_like(x)}, -1), -1, 0);
  Axes reversed;
  for (int i = x.rank() - 1; i >= 0; --i) reversed.push_back(i);
  return permute(contiguous(permute(x, reversed)), reversed);
}

Tensor in_other_layout(const Tensor& x, bool apart) {
  if (!x.requires_grad() || !x.is_leaf()) return spread(x, apart || x.rank() < 2);
  return spread(x.detach(), apart || x.rank() < 2).set_requires_grad();
}

bool prints() {
  static const bool wanted = std::getenv("TAPER_FUZZ_PRINT") != nullptr;
  return wanted;
}

void print(const Tensor& x) {
  std::cerr << x.dtype() << ' ' << x.shape() << " strides " << x.strides() << ' ' << x.operation()
            << (x.requires_grad() ? " requires a gradient" : "") << '\n';
  if (x.numel() <= most_elements) std::cerr << x << '\n';
}

}  // namespace

std::vector<Step> run(std::span<const std::uint8_t> program, const Mode& mode) {
  memory::limit(memory::statistics().bytes_reserved + most_memory);
  set_num_threads(mode.threads);
  Arguments arguments(program);
  for (int i = 0; i < 2; ++i) {
    const Tensor x = arguments.create({3, 4}, float32);
    arguments.made.push_back(mode.strided ? in_other_layout(x, i == 0) : x);
  }
  std::vector<Step> steps;
  while (!arguments.empty() && steps.size() < most_steps) {
    const std::vector<Operation>& all = operations();
    const Operation& operation = all[arguments.below(all.size())];
    if (prints()) std::cerr << steps.size() << ": " << operation.name << ' ';
    std::uint64_t outcome = 0;
    try {
      Tensor result = operation.call(arguments);
      outcome = result.numel() <= most_elements ? digest(result) : 1;
      if (prints()) print(result);
      if (result.numel() <= most_elements) {
        std::vector<Tensor>& made = arguments.made;
        const bool known = std::any_of(made.begin(), made.end(),
                                       [&](const Tensor& x) { return &x.value() == &result.value(); });
        if (mode.strided && !known && result.rank() < Shape::max_rank)
          result = in_other_layout(result, steps.size() % 2 == 0);
        if (made.size() == most_tensors) made.erase(made.begin());
        made.push_back(std::move(result));
      }
    } catch (const MemoryError& error) {
      if (prints()) std::cerr << error.what() << '\n';
      return steps;
    } catch (const Error& error) {
      if (prints()) std::cerr << error.what() << '\n';
      outcome = std::hash<std::string_view>()(typeid(error).name());
    }
    steps.push_back({operation.name.c_str(), outcome});
  }
  return steps;
}
