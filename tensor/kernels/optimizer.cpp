// Optimizer kernels: the loops that run the update rules, and what else a step does element by element.
#include <utility>

#include <taper/tensor/kernels/flush_denormals.h>
#include <taper/tensor/kernels/functions.h>
#include <taper/tensor/kernels/optimizer.h>
#include <taper/tensor/kernels/simd.h>
#include <taper/tensor/kernels/sum_rows.h>

namespace taper::kernels {

namespace update {
template <Unary op, class V>
V apply(V x) {
  return Function<op>{}(x);
}
template <Binary op, class V>
V apply(V a, V b) {
  return Function<op>{}(a, b);
}
}  // namespace update

namespace {

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
void run_rule(std::int64_t count, void* parameter, const void* gradient, void* const* slots,
              const double* constants) {
  using V = Vector<T>;
  constexpr int slot_count = static_cast<int>(Rule::slots.size());
  static_assert(slot_count <= OptimizerKernels::max_slots);
  const FlushDenormals flush;
  const Rule rule = make_rule<Rule, T>(constants);
  T* const w = static_cast<T*>(parameter);
  const T* const g = static_cast<const T*>(gradient);
  T* s[OptimizerKernels::max_slots];
  for (int k = 0; k < slot_count; ++k) s[k] = static_cast<T*>(slots[k]);

  const auto at = [&](std::int64_t i, auto&& read, auto&& write) {
    V wi = read(w + i), si[OptimizerKernels::max_slots];
    const V gi = read(g + i);
    for (int k = 0; k < slot_count; ++k) si[k] = read(s[k] + i);
    if constexpr (slot_count == 0) rule(wi, gi);
    if constexpr (slot_count == 1) rule(wi, gi, si[0]);
    if constexpr (slot_count == 2) rule(wi, gi, si[0], si[1]);
    if constexpr (slot_count == 3) rule(wi, gi, si[0], si[1], si[2]);
    if constexpr (slot_count == 4) rule(wi, gi, si[0], si[1], si[2], si[3]);
    write(w + i, wi);
    for (int k = 0; k < slot_count; ++k) write(s[k] + i, si[k]);
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
void scale(std::int64_t count, void* parameter, double factor) {
  using V = Vector<T>;
  const V f(static_cast<T>(factor));
  T* const w = static_cast<T*>(parameter);
  map(count, w, w, [&](V x) { return x * f; });
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

/// out[i] = function(a[i], b[i]); out may be a.
template <class T, class Function>
void merge(std::int64_t count, const void* a_, const void* b_, void* out_, Function&& function) {
  const FlushDenormals flush;
  const T* const a = static_cast<const T*>(a_);
  const T* const b = static_cast<const T*>(b_);
  T* const out = static_cast<T*>(out_);
  std::int64_t i = 0;
  for (; i + width<T> <= count; i += width<T>) store(out + i, function(load(a + i), load(b + i)));
  if (i < count)
    store_partial(out + i, function(load_partial(a + i, count - i), load_partial(b + i, count - i)),
                  count - i);
}

template <class T>
void couple(std::int64_t count, const void* gradient, const void* parameter, double decay, void* out) {
  using V = Vector<T>;
  const V d(static_cast<T>(decay));
  merge<T>(count, gradient, parameter, out, [&](V g, V w) { return g + w * d; });
}

template <class T>
void accumulate(std::int64_t count, void* sum, const void* gradient, double divisor) {
  using V = Vector<T>;
  const V d(static_cast<T>(divisor));
  merge<T>(count, sum, gradient, sum, [&](V s, V g) { return (g + s) / d; });
}

template <class T>
void average(std::int64_t count, void* average, const void* parameter, double momentum) {
  using V = Vector<T>;
  const V m(static_cast<T>(momentum)), rest(T(1) - static_cast<T>(momentum));
  merge<T>(count, average, parameter, average, [&](V a, V x) { return m * a + rest * x; });
}

template <class T>
double sum_of_squares(std::int64_t count, const void* from) {
  const T* const x = static_cast<const T*>(from);
  return static_cast<double>(first_lane<T>(sum_row<T>(count, [=](std::int64_t i, std::int64_t n) {
    const Vector<T> value = load_some(x + i, n);
    return value * value;
  })));
}

template <class... Rule>
constexpr OptimizerKernels make_table(TypeList<Rule...>) {
  return {{{run_rule<float, typename update::WithNumbers<Rule, Vector<float>>::type>,
            run_rule<double, typename update::WithNumbers<Rule, Vector<double>>::type>}...},
          {decay<float>, decay<double>},
          {scale<float>, scale<double>},
          {couple<float>, couple<double>},
          {clip<float>, clip<double>},
          {accumulate<float>, accumulate<double>},
          {average<float>, average<double>},
          {sum_of_squares<float>, sum_of_squares<double>}};
}

}  // namespace

template <>
const OptimizerKernels& table_for<OptimizerKernels, TAPER_ISA>() {
  static constexpr OptimizerKernels table = make_table(update::Rules{});
  return table;
}

}  // namespace taper::kernels
