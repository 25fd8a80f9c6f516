// Dispatch: picks, at run time, the tables of kernels for the best instruction set that this machine has.
#pragma once

#include <string_view>

namespace taper::kernels {

// Note [Instruction sets]
// Every .cpp file in this folder is compiled once per instruction set, with TAPER_ISA naming one of these
// types. It defines a full specialization `table_for<Table, TAPER_ISA>()` for its table of function pointers;
// all else in it has internal linkage. It includes nothing whose inline functions other files share (no
// containers, no fmt, no TBB): the linker keeps one copy of an inline function, and a copy compiled for
// AVX-512 would crash an older machine.
struct Baseline;  // what the compiler targets by default: SSE2 on x86-64, NEON on AArch64
struct Avx2;      // AVX2 and FMA
struct Avx512;    // AVX-512 F, CD, BW, DQ, VL

enum class InstructionSet { baseline, avx2, avx512 };

/// The instruction set in use: the best one here, or the one that TAPER_SIMD names (baseline, avx2, avx512).
/// Throws ValueError if TAPER_SIMD names one that this machine or build does not have.
InstructionSet instruction_set();
std::string_view name(InstructionSet set) noexcept;

template <class Table, class Isa>
const Table& table_for();

/// The table of kernels for the instruction set in use.
template <class Table>
const Table& table() {
#if defined(__x86_64__) && !defined(TAPER_BASELINE_ONLY)
  static const Table& chosen = instruction_set() == InstructionSet::avx512 ? table_for<Table, Avx512>()
                               : instruction_set() == InstructionSet::avx2 ? table_for<Table, Avx2>()
                                                                           : table_for<Table, Baseline>();
#else
  static const Table& chosen = table_for<Table, Baseline>();
#endif
  return chosen;
}

}  // namespace taper::kernels
