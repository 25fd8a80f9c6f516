// Resampling along an axis.
#include <algorithm>
#include <array>
#include <cmath>

#include <taper/tensor/check.h>
#include <taper/tensor/elementwise.h>
#include <taper/tensor/parallel.h>
#include <taper/tensor/resample.h>

namespace taper::compute {
namespace {

Taps empty_taps(const char* function, std::int64_t inputs, std::int64_t outputs, std::int64_t count) {
  return {inputs, Tensor::empty(outputs + 1, int64, function), Tensor::empty(count, int64, function),
          Tensor::empty(count, float64, function)};
}

// Keys' cubic convolution with a = -0.75 (IEEE Transactions on Acoustics, Speech, and Signal Processing 29;
// 1981), at t behind the second of four elements.
std::array<double, 4> cubic_weights(double t) {
  constexpr double a = -0.75;
  const auto near = [](double d) { return ((a + 2) * d - (a + 3)) * d * d + 1; };
  const auto far = [](double d) { return ((a * d - 5 * a) * d + 8 * a) * d - 4 * a; };
  return {far(t + 1), near(t), near(1 - t), far(2 - t)};
}

// Output elements first..last-1 of one run of the outer axes, each a row of `inner` elements.
template <class T>
void map_rows(const std::int64_t* begins, const std::int64_t* sources, const double* weights, const T* x,
              T* y, std::int64_t first, std::int64_t last, std::int64_t inner) {
  if (inner == 1) {  // no room for rows of sums
    for (std::int64_t i = first; i < last; ++i) {
      double sum = 0;
      for (std::int64_t k = begins[i]; k < begins[i + 1]; ++k)
        sum += weights[k] * static_cast<double>(x[sources[k]]);
      y[i] = static_cast<T>(sum);
    }
    return;
  }
  constexpr std::int64_t block = 128;
  double sums[block];
  for (std::int64_t i = first; i < last; ++i)
    for (std::int64_t at = 0; at < inner; at += block) {
      const std::int64_t width = std::min(block, inner - at);
      std::fill(sums, sums + width, 0.0);
      for (std::int64_t k = begins[i]; k < begins[i + 1]; ++k) {
        const T* const from = x + sources[k] * inner + at;
        const double weight = weights[k];
        for (std::int64_t j = 0; j < width; ++j) sums[j] += weight * static_cast<double>(from[j]);
      }
      for (std::int64_t j = 0; j < width; ++j) y[i * inner + at + j] = static_cast<T>(sums[j]);
    }
}

}  // namespace

Taps resize_taps(const char* function, std::int64_t inputs, std::int64_t outputs, Resampling how, double step,
                 bool align_corners) {
  const std::int64_t each = how == Resampling::linear ? 2 : how == Resampling::cubic ? 4 : 1;
  // The parts of an area overlap by one element at most.
  Taps taps =
      empty_taps(function, inputs, outputs, how == Resampling::area ? inputs + outputs : each * outputs);
  std::int64_t* const begins = taps.begins.mutable_data<std::int64_t>();
  std::int64_t* const sources = taps.sources.mutable_data<std::int64_t>();
  double* const weights = taps.weights.mutable_data<double>();
  std::int64_t count = 0;
  const auto add = [&](std::int64_t source, double weight) {
    sources[count] = std::clamp<std::int64_t>(source, 0, inputs - 1);
    weights[count++] = weight;
  };
  const auto ratio = [](std::int64_t a, std::int64_t b) {
    return static_cast<double>(a) / static_cast<double>(b);
  };
  if (align_corners)
    step = outputs > 1 ? ratio(inputs - 1, outputs - 1) : 0;
  else if (step == 0)
    step = ratio(inputs, outputs);
  for (std::int64_t i = 0; i < outputs; ++i) {
    begins[i] = count;
    const double left = step * static_cast<double>(i), centre = step * (static_cast<double>(i) + 0.5);
    double place = align_corners ? left : centre - 0.5;
    if (how == Resampling::linear) place = std::max(place, 0.0);
    const double before = std::min(std::floor(place), static_cast<double>(inputs - 1)),
                 t = std::clamp(place - before, 0.0, 1.0);
    const auto source = static_cast<std::int64_t>(before);
    switch (how) {
      case Resampling::nearest:
        add(static_cast<std::int64_t>(left), 1);
        break;
      case Resampling::nearest_exact:
        add(static_cast<std::int64_t>(centre), 1);
        break;
      case Resampling::linear:
        add(source, 1 - t);
        add(source + 1, t);
        break;
      case Resampling::cubic: {
        const std::array<double, 4> cubic = cubic_weights(t);
        for (std::int64_t k = 0; k < 4; ++k) add(source - 1 + k, cubic[static_cast<std::size_t>(k)]);
        break;
      }
      default: {
        const std::int64_t first = i * inputs / outputs, last = ((i + 1) * inputs + outputs - 1) / outputs;
        for (std::int64_t k = first; k < last; ++k) add(k, 1 / static_cast<double>(last - first));
      }
    }
  }
  begins[outputs] = count;
  return taps;
}

Taps transposed(const char* function, const Taps& taps) {
  const std::int64_t outputs = taps.outputs();
  const std::int64_t* const begins = taps.begins.data<std::int64_t>();
  const std::int64_t* const sources = taps.sources.data<std::int64_t>();
  const double* const weights = taps.weights.data<double>();
  const std::int64_t count = begins[outputs];
  Taps result = empty_taps(function, outputs, taps.inputs, count);
  std::int64_t* const places = result.begins.mutable_data<std::int64_t>();
  std::int64_t* const targets = result.sources.mutable_data<std::int64_t>();
  double* const moved = result.weights.mutable_data<double>();
  std::fill(places, places + taps.inputs + 1, 0);
  for (std::int64_t k = 0; k < count; ++k) ++places[sources[k] + 1];
  for (std::int64_t i = 0; i < taps.inputs; ++i) places[i + 1] += places[i];
  // Filling moves each begin to its end, which is the next begin.
  for (std::int64_t i = 0; i < outputs; ++i)
    for (std::int64_t k = begins[i]; k < begins[i + 1]; ++k) {
      const std::int64_t place = places[sources[k]]++;
      targets[place] = i;
      moved[place] = weights[k];
    }
  for (std::int64_t i = taps.inputs; i > 0; --i) places[i] = places[i - 1];
  places[0] = 0;
  return result;
}

Tensor resample(const char* function, const Tensor& x, int axis, const Taps& taps) {
  Shape shape = x.shape();
  shape[axis] = taps.outputs();
  Tensor result = Tensor::empty(shape, x.dtype(), function);
  if (result.numel() == 0) return result;
  std::int64_t outer = 1, inner = 1;
  for (int i = 0; i < axis; ++i) outer *= shape[i];
  for (int i = axis + 1; i < shape.rank(); ++i) inner *= shape[i];
  const Tensor dense = contiguous(x);
  const std::int64_t* const begins = taps.begins.data<std::int64_t>();
  const std::int64_t outputs = taps.outputs(), rows = outer * outputs;
  const std::int64_t work = std::max(begins[outputs], outputs) * inner;
  visit_floating(x.dtype(), [&]<class T>() {
    const T* const from = dense.data<T>();
    T* const to = static_cast<T*>(result.mutable_raw());
    const std::int64_t chunks = std::min(
        rows, chunk_count(outer > (std::int64_t{1} << 40) / work ? std::int64_t{1} << 40 : outer * work,
                          grain::elements));
    parallel_for(chunks, [&](std::int64_t chunk) {
      std::int64_t row = chunk_begin(chunk, chunks, rows);
      const std::int64_t end = chunk_begin(chunk + 1, chunks, rows);
      while (row < end) {
        const std::int64_t run = row / outputs, first = row % outputs,
                           last = std::min(outputs, first + end - row);
        map_rows(begins, taps.sources.data<std::int64_t>(), taps.weights.data<double>(),
                 from + run * taps.inputs * inner, to + run * outputs * inner, first, last, inner);
        row += last - first;
      }
    });
  });
  return result;
}

}  // namespace taper::compute
