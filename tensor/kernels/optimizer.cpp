// Optimizer kernels: one functor for each update rule, and the loop that runs them.
#include <utility>

#include <taper/tensor/kernels/optimizer.h>
#include <taper/tensor/kernels/simd.h>

namespace taper::kernels {
namespace {

// Note [Rounding]
// The rules keep the order of operations of Keras's update_step and round after each one (no FMA), so that
// they give Keras's digits, the same ones on every instruction set. Memory is the bottleneck, not arithmetic.

// A rule takes its constants, then the elements: operator()(w, g, s...) changes w and the slots s.

template <class V>
struct Sgd {
  static constexpr int slots = 0;
  V rate;
  void operator()(V& w, V g) const { w = w - g * rate; }
};

// The learning rate is inside the velocity.
template <class V, bool nesterov>
struct SgdMomentum {
  static constexpr int slots = 1;
  V rate, mu;
  void operator()(V& w, V g, V& m) const {
    const V step = g * rate;
    m = m * mu - step;
    w = w + (nesterov ? m * mu - step : m);
  }
};

// The learning rate is outside the velocity.
template <class V, bool nesterov>
struct Momentum {
  static constexpr int slots = 1;
  V rate, mu;
  void operator()(V& w, V g, V& v) const {
    v = v * mu + g;
    w = w - (nesterov ? g * rate + v * mu * rate : v * rate);
  }
};

// The slots p and a come last; p only with momentum, a only if centered.
template <class V, bool centered, bool with_momentum>
struct Rmsprop {
  static constexpr int slots = 1 + centered + with_momentum;
  V rate, rho, rest, epsilon, mu;
  void operator()(V& w, V g, V& v) const { w = w - increment(g, average(v, g * g)); }
  void operator()(V& w, V g, V& v, V& last) const {
    if constexpr (centered) {
      w = w - increment(g, average(v, g * g) - square(average(last, g)));
    } else {
      last = mu * last + increment(g, average(v, g * g));
      w = w - last;
    }
  }
  void operator()(V& w, V g, V& v, V& a, V& p) const {
    p = mu * p + increment(g, average(v, g * g) - square(average(a, g)));
    w = w - p;
  }

 private:
  static V square(V x) { return x * x; }
  V average(V& mean, V x) const { return mean = rho * mean + rest * x; }
  V increment(V g, V variance) const { return rate * g / xsimd::sqrt(variance + epsilon); }
};

template <class V, bool amsgrad>
struct Adam {
  static constexpr int slots = 2 + amsgrad;
  V alpha, rest_1, rest_2, epsilon;
  void operator()(V& w, V g, V& m, V& v) const {
    moments(g, m, v);
    step(w, m, v);
  }
  void operator()(V& w, V g, V& m, V& v, V& largest) const {
    moments(g, m, v);
    largest = select(v > largest, v, largest);
    step(w, m, largest);
  }

 private:
  void moments(V g, V& m, V& v) const {
    m = m + (g - m) * rest_1;
    v = v + (g * g - v) * rest_2;
  }
  void step(V& w, V m, V v) const { w = w - m * alpha / (xsimd::sqrt(v) + epsilon); }
};

template <class Rule, class T>
Rule make_rule(const double* constants) {
  static_assert(sizeof(Rule) % sizeof(Vector<T>) == 0);
  constexpr int count = sizeof(Rule) / sizeof(Vector<T>);
  static_assert(count <= OptimizerKernels::max_constants);
  return [&]<int... i>(std::integer_sequence<int, i...>)->Rule {
    return {Vector<T>(static_cast<T>(constants[i]))...};
  }
  (std::make_integer_sequence<int, count>());
}

template <class T, class Rule>
void update(std::int64_t count, void* parameter, const void* gradient, void* const* slots,
            const double* constants) {
  using V = Vector<T>;
  const Rule rule = make_rule<Rule, T>(constants);
  T* const w = static_cast<T*>(parameter);
  const T* const g = static_cast<const T*>(gradient);
  T* s[OptimizerKernels::max_slots];
  for (int k = 0; k < Rule::slots; ++k) s[k] = static_cast<T*>(slots[k]);

  const auto at = [&](std::int64_t i, auto&& read, auto&& write) {
    V wi = read(w + i), si[OptimizerKernels::max_slots];
    const V gi = read(g + i);
    for (int k = 0; k < Rule::slots; ++k) si[k] = read(s[k] + i);
    if constexpr (Rule::slots == 0) rule(wi, gi);
    if constexpr (Rule::slots == 1) rule(wi, gi, si[0]);
    if constexpr (Rule::slots == 2) rule(wi, gi, si[0], si[1]);
    if constexpr (Rule::slots == 3) rule(wi, gi, si[0], si[1], si[2]);
    if constexpr (Rule::slots == 4) rule(wi, gi, si[0], si[1], si[2], si[3]);
    write(w + i, wi);
    for (int k = 0; k < Rule::slots; ++k) write(s[k] + i, si[k]);
  };
  std::int64_t i = 0;
  for (; i + width<T> <= count; i += width<T>)
    at(
        i, [](const T* from) { return load(from); }, [](T* to, V value) { store(to, value); });
  if (i < count)
    at(
        i, [&](const T* from) { return load_partial(from, count - i); },
        [&](T* to, V value) { store_partial(to, value, count - i); });
}

/// out[i] = function(in[i])
template <class T, class Function>
void map(std::int64_t count, const T* in, T* out, Function&& function) {
  std::int64_t i = 0;
  for (; i + width<T> <= count; i += width<T>) store(out + i, function(load(in + i)));
  if (i < count) store_partial(out + i, function(load_partial(in + i, count - i)), count - i);
}

template <class T>
void decay(std::int64_t count, void* parameter, double decay, double rate) {
  using V = Vector<T>;
  const V d(static_cast<T>(decay)), r(static_cast<T>(rate));
  T* const w = static_cast<T*>(parameter);
  map(count, w, w, [&](V x) { return x - x * d * r; });
}

template <class T>
void clip(std::int64_t count, const void* gradient, void* out, double multiplier, double divisor,
          double limit) {
  using V = Vector<T>;
  const V m(static_cast<T>(multiplier)), d(static_cast<T>(divisor));
  const V high(static_cast<T>(limit)), low(static_cast<T>(-limit));
  map(count, static_cast<const T*>(gradient), static_cast<T*>(out), [&](V x) {
    const V scaled = x * m / d;
    return select(scaled > high, high, select(scaled < low, low, scaled));
  });
}

/// to[i] = function(to[i], from[i])
template <class T, class Function>
void merge(std::int64_t count, void* to_, const void* from_, Function&& function) {
  T* const to = static_cast<T*>(to_);
  const T* const from = static_cast<const T*>(from_);
  std::int64_t i = 0;
  for (; i + width<T> <= count; i += width<T>) store(to + i, function(load(to + i), load(from + i)));
  if (i < count)
    store_partial(to + i, function(load_partial(to + i, count - i), load_partial(from + i, count - i)),
                  count - i);
}

template <class T>
void accumulate(std::int64_t count, void* sum, const void* gradient, double divisor) {
  using V = Vector<T>;
  const V d(static_cast<T>(divisor));
  merge<T>(count, sum, gradient, [&](V s, V g) { return (g + s) / d; });
}

template <class T>
void average(std::int64_t count, void* average, const void* parameter, double momentum) {
  using V = Vector<T>;
  const V m(static_cast<T>(momentum)), rest(T(1) - static_cast<T>(momentum));
  merge<T>(count, average, parameter, [&](V a, V x) { return m * a + rest * x; });
}

template <class T>
double sum_of_squares(std::int64_t count, const void* from) {
  constexpr std::int64_t lanes = 64, batches = lanes / width<T>;
  const T* const x = static_cast<const T*>(from);
  Vector<T> sums[batches];
  for (auto& sum : sums) sum = Vector<T>(T(0));
  std::int64_t i = 0;
  for (; i + lanes <= count; i += lanes)
    for (std::int64_t k = 0; k < batches; ++k) {
      const Vector<T> value = load(x + i + k * width<T>);
      sums[k] = sums[k] + value * value;
    }
  T lane[lanes];
  for (std::int64_t k = 0; k < batches; ++k) store(lane + k * width<T>, sums[k]);
  for (std::int64_t k = 0; i < count; ++i, ++k) lane[k] += x[i] * x[i];
  double total = 0;
  for (const T value : lane) total += static_cast<double>(value);
  return total;
}

template <class T>
constexpr OptimizerKernels::Loop updates[static_cast<int>(Update::count)] = {
    update<T, Sgd<Vector<T>>>,
    update<T, SgdMomentum<Vector<T>, false>>,
    update<T, SgdMomentum<Vector<T>, true>>,
    update<T, Momentum<Vector<T>, false>>,
    update<T, Momentum<Vector<T>, true>>,
    update<T, Rmsprop<Vector<T>, false, false>>,
    update<T, Rmsprop<Vector<T>, true, false>>,
    update<T, Rmsprop<Vector<T>, false, true>>,
    update<T, Rmsprop<Vector<T>, true, true>>,
    update<T, Adam<Vector<T>, false>>,
    update<T, Adam<Vector<T>, true>>,
};

constexpr OptimizerKernels make_table() {
  OptimizerKernels table = {{},
                            {decay<float>, decay<double>},
                            {clip<float>, clip<double>},
                            {accumulate<float>, accumulate<double>},
                            {average<float>, average<double>},
                            {sum_of_squares<float>, sum_of_squares<double>}};
  constexpr int count = static_cast<int>(Update::count);
  for (int i = 0; i < count; ++i) {
    table.update[i][0] = updates<float>[i];
    table.update[i][1] = updates<double>[i];
  }
  return table;
}

}  // namespace

template <>
const OptimizerKernels& table_for<OptimizerKernels, TAPER_ISA>() {
  static constexpr OptimizerKernels table = make_table();
  return table;
}

}  // namespace taper::kernels
