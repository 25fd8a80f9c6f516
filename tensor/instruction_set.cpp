// Which instruction set the kernels use; compiled for the baseline. See Note [Instruction sets].
#include <cstdlib>
#include <string>

#include <fmt/format.h>

#include <taper/tensor/error.h>
#include <taper/tensor/kernels/dispatch.h>

namespace taper::kernels {
namespace {

bool has(InstructionSet set) {
#if defined(__x86_64__) && !defined(TAPER_BASELINE_ONLY)
  if (set == InstructionSet::avx2) return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  if (set == InstructionSet::avx512)
    return has(InstructionSet::avx2) && __builtin_cpu_supports("avx512f") &&
           __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
#endif
  return set == InstructionSet::baseline;
}

InstructionSet choose() {
  constexpr InstructionSet best_first[] = {InstructionSet::avx512, InstructionSet::avx2,
                                           InstructionSet::baseline};
  const char* const wanted = std::getenv("TAPER_SIMD");
  for (const InstructionSet set : best_first)
    if (has(set) && (wanted == nullptr || *wanted == '\0' || wanted == name(set))) return set;
  throw ValueError(
      fmt::format("TAPER_SIMD={}: this machine has no such instruction set; use baseline, avx2 or avx512, or "
                  "leave it unset",
                  wanted));
}

}  // namespace

InstructionSet instruction_set() {
  static const InstructionSet chosen = choose();
  return chosen;
}

std::string_view name(InstructionSet set) noexcept {
  return set == InstructionSet::avx512 ? "avx512" : set == InstructionSet::avx2 ? "avx2" : "baseline";
}

}  // namespace taper::kernels
