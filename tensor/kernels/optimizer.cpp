// Optimizer kernels: one functor for each update rule, and the loop that runs them.
#include <utility>

#include <taper/tensor/kernels/flush_denormals.h>
#include <taper/tensor/kernels/functions.h>
#include <taper/tensor/kernels/lanes.h>
#include <taper/tensor/kernels/optimizer.h>
#include <taper/tensor/kernels/simd.h>

namespace taper::kernels {
namespace {

// Note [Rounding]
// The rules keep the order of operations of Keras's update_step and round after each one (no FMA), so that
// they give Keras's digits, the same ones on every instruction set. Memory is the bottleneck, not arithmetic.

// A rule takes its constants, then the elements: operator()(w, g, s...) changes w and the slots s.

/// The root of x with epsilon added to it, or to x.
template <bool outside, class V>
V root(V x, V epsilon) {
  return outside ? exact_sqrt(x) + epsilon : exact_sqrt(x + epsilon);
}

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

/// What the averages are made of: one keeps `keep` of itself, the other comes nearer to x by `rest`.
template <class V>
V mix(V& mean, V x, V keep, V rest) {
  return mean = keep * mean + rest * x;
}
template <class V>
V approach(V& mean, V x, V rest) {
  return mean = mean + (x - mean) * rest;
}

// The slots a and p come last; p only with momentum, a only if centered. `outside`: epsilon is.
template <class V, bool centered, bool with_momentum, bool outside = false>
struct Rmsprop {
  static constexpr int slots = 1 + centered + with_momentum;
  V rate, rho, rest, epsilon, mu;
  void operator()(V& w, V g, V& v) const { w = w - increment(g, mix(v, g * g, rho, rest)); }
  void operator()(V& w, V g, V& v, V& last) const {
    if constexpr (centered) {
      w = w - increment(g, variance(g, v, last));
    } else {
      last = mu * last + increment(g, mix(v, g * g, rho, rest));
      w = w - last;
    }
  }
  void operator()(V& w, V g, V& v, V& a, V& p) const {
    p = mu * p + increment(g, variance(g, v, a));
    w = w - p;
  }

 private:
  V variance(V g, V& v, V& a) const {
    mix(a, g, rho, rest);
    return mix(v, g * g, rho, rest) - a * a;
  }
  V increment(V g, V x) const { return rate * g / root<outside>(x, epsilon); }
};

template <class V, bool amsgrad>
struct Adam {
  static constexpr int slots = 2 + amsgrad;
  V alpha, rest_1, rest_2, epsilon;
  void operator()(V& w, V g, V& m, V& v) const {
    step(w, approach(m, g, rest_1), approach(v, g * g, rest_2));
  }
  void operator()(V& w, V g, V& m, V& v, V& largest) const {
    approach(v, g * g, rest_2);
    largest = Function<Binary::maximum>{}(v, largest);
    step(w, approach(m, g, rest_1), largest);
  }

 private:
  void step(V& w, V m, V v) const { w = w - m * alpha / root<true>(v, epsilon); }
};

template <class V, bool outside>
struct Adagrad {
  static constexpr int slots = 1;
  V rate, epsilon;
  void operator()(V& w, V g, V& sum) const {
    sum = sum + g * g;
    w = w - rate * g / root<outside>(sum, epsilon);
  }
};

template <class V>
struct Adadelta {
  static constexpr int slots = 2;
  V rate, rho, rest, epsilon;
  void operator()(V& w, V g, V& a, V& s) const {
    mix(a, g * g, rho, rest);
    const V step = root<false>(s, epsilon) * g / root<false>(a, epsilon);
    mix(s, step * step, rho, rest);
    w = w - rate * step;
  }
};

template <class V>
struct Adamax {
  static constexpr int slots = 2;
  V rate, rest_1, beta_2, epsilon, correction;
  void operator()(V& w, V g, V& m, V& u) const {
    u = Function<Binary::maximum>{}(beta_2 * u, xsimd::abs(g));
    w = w - rate * approach(m, g, rest_1) / (correction * (u + epsilon));
  }
};

template <class V>
struct Nadam {
  static constexpr int slots = 2;
  V rate, rest_1, rest_2, epsilon, next, next_correction, now, correction, correction_2;
  void operator()(V& w, V g, V& m, V& v) const {
    const V ahead = next * approach(m, g, rest_1) / next_correction + now * g / correction;
    w = w - ahead * rate / root<true>(approach(v, g * g, rest_2) / correction_2, epsilon);
  }
};

// `square_root`: the power is 1/2.
template <class V, bool square_root>
struct Ftrl {
  static constexpr int slots = 2;
  V rate, power, l1, l2, shrinkage;
  void operator()(V& w, V g, V& n, V& z) const {
    const V sum = n + g * g, raised = raise(sum), zero(0);
    z = z + (g + shrinkage * w - growth(n, sum, raised) / rate * w);
    const V clipped = select(z > l1, l1, select(z < zero - l1, zero - l1, z));
    w = (clipped - z) / (raised / rate + l2);
    n = sum;
  }

 private:
  V raise(V x) const {
    if constexpr (square_root)
      return exact_sqrt(x);
    else
      return Function<Binary::pow>{}(x, power);
  }
  /// raise(sum) - raise(n), which are close to each other after many steps. From the difference of what is
  /// kept as n, rather than from g * g, so that all growths add up to the whole.
  V growth(V n, V sum, V raised) const {
    const V zero(0), one(1), from = raise(n);
    if constexpr (square_root) {
      return select(raised > zero, (sum - n) / (raised + from), zero);
    } else {
      const V exponent = power * Function<Unary::log1p>{}((sum - n) / n);
      return select(exponent < one, from * Function<Unary::expm1>{}(exponent), raised - from);
    }
  }
};

template <class V>
struct Lion {
  static constexpr int slots = 1;
  V rate, beta_1, rest_1, beta_2, rest_2;
  void operator()(V& w, V g, V& m) const {
    w = w - rate * Function<Unary::sign>{}(m * beta_1 + g * rest_1);
    mix(m, g, beta_2, rest_2);
  }
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
  const FlushDenormals flush;
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
  const FlushDenormals flush;
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
  const T* const x = static_cast<const T*>(from);
  return static_cast<double>(first_lane<T>(sum_row<T>(count, [=](std::int64_t i, std::int64_t n) {
    const Vector<T> value = n == width<T> ? load(x + i) : load_partial(x + i, n);
    return value * value;
  })));
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
    update<T, Rmsprop<Vector<T>, false, false, true>>,
    update<T, Rmsprop<Vector<T>, true, false, true>>,
    update<T, Adam<Vector<T>, false>>,
    update<T, Adam<Vector<T>, true>>,
    update<T, Adagrad<Vector<T>, false>>,
    update<T, Adagrad<Vector<T>, true>>,
    update<T, Adadelta<Vector<T>>>,
    update<T, Adamax<Vector<T>>>,
    update<T, Nadam<Vector<T>>>,
    update<T, Ftrl<Vector<T>, false>>,
    update<T, Ftrl<Vector<T>, true>>,
    update<T, Lion<Vector<T>>>,
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
