// Kernels: the element-wise parts of recurrent cells, and their gradients.
#include <taper/tensor/kernels/math.h>
#include <taper/tensor/kernels/recurrent.h>
#include <taper/tensor/kernels/simd.h>

namespace taper::kernels {
namespace {

// A register's place in a row.
struct Place {
  std::int64_t row, column, count, features;
  std::int64_t at(std::int64_t blocks, std::int64_t block) const {
    return (row * blocks + block) * features + column;
  }
  template <class T>
  Vector<T> load(const T* from, std::int64_t blocks = 1, std::int64_t block = 0) const {
    return load_some(from + at(blocks, block), count);
  }
  template <class T>
  void store(T* to, const Vector<T>& value, std::int64_t blocks = 1, std::int64_t block = 0) const {
    store_some(to + at(blocks, block), value, count);
  }
};

template <class T, class Body>
void for_each_place(std::int64_t begin, std::int64_t end, std::int64_t features, Body body) {
  for (std::int64_t row = begin; row < end; ++row)
    for (std::int64_t column = 0; column < features; column += width<T>)
      body(Place{row, column, features - column < width<T> ? features - column : width<T>, features});
}

template <class T>
void lstm(std::int64_t begin, std::int64_t end, std::int64_t features, const T* const* in, T* const* out) {
  for_each_place<T>(begin, end, features, [&](const Place& p) {
    const auto gate = [&](int k) { return p.load(in[0], 4, k) + p.load(in[1], 4, k); };
    const Vector<T> i = math::sigmoid(gate(0)), f = math::sigmoid(gate(1)), g = math::tanh(gate(2)),
                    o = math::sigmoid(gate(3));
    const Vector<T> cell = f * p.load(in[2]) + i * g;
    p.store(out[0], Vector<T>(o * math::tanh(cell)));
    p.store(out[1], cell);
    p.store(out[2], i, 4, 0);
    p.store(out[2], f, 4, 1);
    p.store(out[2], g, 4, 2);
    p.store(out[2], o, 4, 3);
  });
}

template <class T>
void lstm_gradient(std::int64_t begin, std::int64_t end, std::int64_t features, const T* const* in,
                   T* const* out) {
  const Vector<T> one(T(1));
  for_each_place<T>(begin, end, features, [&](const Place& p) {
    const Vector<T> i = p.load(in[2], 4, 0), f = p.load(in[2], 4, 1), g = p.load(in[2], 4, 2),
                    o = p.load(in[2], 4, 3);
    const Vector<T> hidden = p.load(in[0]), t = math::tanh(p.load(in[4]));
    const Vector<T> cell = p.load(in[1]) + hidden * o * (one - t * t);
    p.store(out[0], Vector<T>(cell * g * i * (one - i)), 4, 0);
    p.store(out[0], Vector<T>(cell * p.load(in[3]) * f * (one - f)), 4, 1);
    p.store(out[0], Vector<T>(cell * i * (one - g * g)), 4, 2);
    p.store(out[0], Vector<T>(hidden * t * o * (one - o)), 4, 3);
    p.store(out[1], Vector<T>(cell * f));
  });
}

template <class T>
void gru(std::int64_t begin, std::int64_t end, std::int64_t features, const T* const* in, T* const* out) {
  for_each_place<T>(begin, end, features, [&](const Place& p) {
    const Vector<T> r = math::sigmoid(Vector<T>(p.load(in[0], 3, 0) + p.load(in[1], 3, 0)));
    const Vector<T> z = math::sigmoid(Vector<T>(p.load(in[0], 3, 1) + p.load(in[1], 3, 1)));
    const Vector<T> n = math::tanh(Vector<T>(p.load(in[0], 3, 2) + r * p.load(in[1], 3, 2)));
    p.store(out[0], Vector<T>(n + z * (p.load(in[2]) - n)));
    p.store(out[1], r, 3, 0);
    p.store(out[1], z, 3, 1);
    p.store(out[1], n, 3, 2);
  });
}

template <class T>
void gru_gradient(std::int64_t begin, std::int64_t end, std::int64_t features, const T* const* in,
                  T* const* out) {
  const Vector<T> one(T(1));
  for_each_place<T>(begin, end, features, [&](const Place& p) {
    const Vector<T> r = p.load(in[1], 3, 0), z = p.load(in[1], 3, 1), n = p.load(in[1], 3, 2),
                    g = p.load(in[0]);
    const Vector<T> dn = g * (one - z) * (one - n * n), dz = g * (p.load(in[3]) - n) * z * (one - z);
    const Vector<T> dr = dn * p.load(in[2], 3, 2) * r * (one - r);
    p.store(out[0], dr, 3, 0);
    p.store(out[0], dz, 3, 1);
    p.store(out[0], dn, 3, 2);
    p.store(out[1], dr, 3, 0);
    p.store(out[1], dz, 3, 1);
    p.store(out[1], Vector<T>(dn * r), 3, 2);
    p.store(out[2], Vector<T>(g * z));
  });
}

}  // namespace

template <>
const RecurrentKernels<float>& table_for<RecurrentKernels<float>, TAPER_ISA>() {
  static constexpr RecurrentKernels<float> table{lstm<float>, lstm_gradient<float>, gru<float>,
                                                 gru_gradient<float>};
  return table;
}
template <>
const RecurrentKernels<double>& table_for<RecurrentKernels<double>, TAPER_ISA>() {
  static constexpr RecurrentKernels<double> table{lstm<double>, lstm_gradient<double>, gru<double>,
                                                  gru_gradient<double>};
  return table;
}

}  // namespace taper::kernels
