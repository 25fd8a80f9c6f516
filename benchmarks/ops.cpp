// Benchmarks of single operations: `bench_ops --benchmark_filter=matmul`. Threads: TAPER_NUM_THREADS.
#include <benchmark/benchmark.h>

#include <taper/taper.h>

using namespace taper;

namespace {

void rate(benchmark::State& state, const char* name, double per_iteration) {
  state.counters[name] = benchmark::Counter(per_iteration, benchmark::Counter::kIsIterationInvariantRate,
                                            benchmark::Counter::kIs1000);
}

void add(benchmark::State& state) {
  const std::int64_t count = state.range(0);
  const Tensor a = uniform({count}).set_requires_grad(state.range(1) != 0), b = uniform({count});
  for (auto _ : state) benchmark::DoNotOptimize(a + b);
  rate(state, "bytes", 12.0 * static_cast<double>(count));
}
BENCHMARK(add)->ArgNames({"elements", "recorded"})->ArgsProduct({{64, 4096, 1 << 16, 1 << 22}, {0, 1}});

void backward(benchmark::State& state) {
  const Tensor a = uniform({8, 8}).set_requires_grad(), b = uniform({8, 8});
  for (auto _ : state) sum(a * b + b).backward();
}
BENCHMARK(backward);

template <Tensor (*function)(const Tensor&)>
void unary(benchmark::State& state) {
  const Tensor x = uniform({state.range(0)}, 0.1, 3);
  for (auto _ : state) benchmark::DoNotOptimize(function(x));
  rate(state, "elements", static_cast<double>(state.range(0)));
}
BENCHMARK(unary<exp>)->Arg(1 << 12)->Arg(1 << 20);
BENCHMARK(unary<log>)->Arg(1 << 12)->Arg(1 << 20);
BENCHMARK(unary<sin>)->Arg(1 << 12)->Arg(1 << 20);

void reduce_sum(benchmark::State& state) {
  const Tensor x = uniform({state.range(0), state.range(1)});
  const Axes axes{state.range(2)};
  for (auto _ : state) benchmark::DoNotOptimize(sum(x, axes));
  rate(state, "bytes", 4.0 * static_cast<double>(x.numel()));
}
BENCHMARK(reduce_sum)->ArgNames({"rows", "columns", "axis"})->ArgsProduct({{128, 4096}, {10, 1024}, {0, 1}});

void product(benchmark::State& state) {
  const std::int64_t m = state.range(0), n = state.range(1), k = state.range(2);
  const Tensor a = uniform({m, k}), b = state.range(3) != 0 ? transpose(uniform({n, k})) : uniform({k, n});
  for (auto _ : state) benchmark::DoNotOptimize(matmul(a, b));
  rate(state, "flops", 2.0 * static_cast<double>(m * n * k));
}
BENCHMARK(product)
    ->Name("matmul")
    ->ArgNames({"m", "n", "k", "b_transposed"})
    ->Args({128, 128, 784, 1})
    ->Args({128, 10, 128, 1})
    ->Args({128, 784, 128, 0})
    ->Args({64, 64, 64, 0})
    ->Args({512, 512, 512, 0})
    ->Args({1024, 1024, 1024, 0});

enum class Pass { forward, input_gradient, weight_gradient };

void convolution(benchmark::State& state) {
  const std::int64_t batch = 128, in = state.range(0), out = state.range(1), size = state.range(2);
  const Conv2dOptions options{.padding = 1};
  const Tensor x = uniform({batch, in, size, size}), w = uniform({out, in, 3, 3}),
               g = uniform({batch, out, size, size});
  const Pass pass = static_cast<Pass>(state.range(3));
  for (auto _ : state) {
    if (pass == Pass::forward)
      benchmark::DoNotOptimize(compute::conv2d("conv2d", x, w, nullptr, options));
    else if (pass == Pass::input_gradient)
      benchmark::DoNotOptimize(compute::conv2d_input_gradient(g, w, x.shape(), options));
    else
      benchmark::DoNotOptimize(compute::conv2d_weight_gradient(x, g, w.shape(), options));
  }
  rate(state, "flops", 2.0 * static_cast<double>(batch * out * size * size * in * 9));
}
BENCHMARK(convolution)
    ->Name("conv2d")
    ->ArgNames({"in", "out", "size", "pass"})
    ->ArgsProduct({{1}, {32}, {28}, {0, 1, 2}})
    ->ArgsProduct({{32}, {64}, {14}, {0, 1, 2}})
    ->Unit(benchmark::kMicrosecond);

void pool(benchmark::State& state) {
  const Tensor x = uniform({128, 32, 28, 28});
  for (auto _ : state) benchmark::DoNotOptimize(max_pool2d(x, {.kernel_size = 2}));
  rate(state, "bytes", 4.0 * static_cast<double>(x.numel()));
}
BENCHMARK(pool)->Name("max_pool2d")->Unit(benchmark::kMicrosecond);

}  // namespace

BENCHMARK_MAIN();
