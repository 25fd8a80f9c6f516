// The kernels give the same bits on every instruction set that this machine has. (Elementary functions do so
// where multiply-adds are fused: not on the baseline of x86-64.)
#include <vector>

#include <catch.h>

#include <taper/tensor/kernels/optimizer.h>

using namespace taper::kernels;

namespace {

std::vector<const OptimizerKernels*> tables() {
  std::vector<const OptimizerKernels*> list{&table_for<OptimizerKernels, Baseline>()};
#if defined(__x86_64__) && !defined(TAPER_BASELINE_ONLY)
  if (instruction_set() >= InstructionSet::avx2) list.push_back(&table_for<OptimizerKernels, Avx2>());
  if (instruction_set() >= InstructionSet::avx512) list.push_back(&table_for<OptimizerKernels, Avx512>());
#endif
  return list;
}

constexpr std::int64_t count = 1003;

// Everything that a table's kernels make of fixed numbers, with or without the rule of elementary functions.
template <class T>
std::vector<T> run(const OptimizerKernels& kernels, bool elementary) {
  constexpr int type = sizeof(T) == 8;
  std::uint32_t state = 1;
  const auto noise = [&] {
    std::vector<T> result(count);
    for (T& x : result) x = static_cast<T>((state = 1664525 * state + 1013904223) >> 8) / (1 << 23) - 1;
    return result;
  };
  std::vector<T> w = noise(), slots[4] = {noise(), noise(), noise()}, all;
  slots[3] = slots[0];
  for (auto& slot : slots)
    for (T& x : slot) x = x * x;  // averages of squares: not negative
  const double constants[OptimizerKernels::max_constants] = {0.1, 0.9, 0.01, 0.5, 0.3, 0.2, 0.7, 0.6, 0.8};
  for (int i = 0; i < update::Rules::count; ++i) {
    if (i == taper::index_in<update::Ftrl<double, false>>(update::Rules{}) && !elementary) continue;
    const auto& of_dtype = kernels.update[i];
    const std::vector<T> gradient = noise();
    void* const pointers[] = {slots[0].data(), slots[1].data(), slots[2].data(), slots[3].data()};
    of_dtype[type](count, w.data(), gradient.data(), pointers, constants);
    all.insert(all.end(), w.begin(), w.end());
    for (auto& slot : slots) {
      all.insert(all.end(), slot.begin(), slot.end());
      for (T& x : slot) x = x * x / (1 + x * x);
    }
    for (T& x : slots[0]) x += 1;  // the mean square of gradients is not below the square of their mean
  }
  kernels.decay[type](count, w.data(), 0.1, 0.3);
  all.insert(all.end(), w.begin(), w.end());
  kernels.scale[type](count, w.data(), 0.9);
  kernels.couple[type](count, w.data(), slots[1].data(), 0.3, slots[0].data());
  all.insert(all.end(), w.begin(), w.end());
  all.insert(all.end(), slots[0].begin(), slots[0].end());
  kernels.clip[type](count, w.data(), slots[0].data(), 0.7, 1.3, 0.2);
  all.insert(all.end(), slots[0].begin(), slots[0].end());
  kernels.accumulate[type](count, w.data(), slots[0].data(), 3);
  kernels.average[type](count, w.data(), slots[1].data(), 0.7);
  all.insert(all.end(), w.begin(), w.end());
  all.push_back(static_cast<T>(kernels.sum_of_squares[type](count, w.data())));
  return all;
}

}  // namespace

TEST_CASE("instruction sets agree to the bit") {
  const std::vector<const OptimizerKernels*> all = tables();
  const auto check = [](const OptimizerKernels& one, const OptimizerKernels& other, bool elementary) {
    const auto floats = run<float>(one, elementary);
    for (const float x : floats) REQUIRE(x == x);
    CHECK(floats == run<float>(other, elementary));
    CHECK(run<double>(one, elementary) == run<double>(other, elementary));
  };
  for (const OptimizerKernels* const each : all) check(*each, *all[0], false);
  for (std::size_t i = 1; i < all.size(); ++i) check(*all[i], *all[1], true);
}
