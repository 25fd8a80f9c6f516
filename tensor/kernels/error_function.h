// Elementary functions on batches: the complement and the inverse of the error function. For the .cpp files
// of this folder only.
#pragma once

#include <taper/tensor/kernels/math.h>

namespace taper::kernels {
namespace {
namespace math {

/// Exact in the upper tail: that of u is exp(-u^2) p((u - 3.5) / (u + 3.5)) / (u + 3.5).
template <class T>
Vector<T> erfc(const Vector<T>& x) {
  using V = Vector<T>;
  constexpr bool single = std::is_same_v<T, float>;
  // Above, the tail is 0. The order of the operands lets NaN through.
  const V u = xsimd::min(V(T(single ? 10.5 : 27.5)), xsimd::abs(x));
  V tail;
  if constexpr (single) {
    static constexpr float c[] = {1.08705556f,     -0.937799752f,  0.694114983f,  -0.435255975f,
                                  0.225715861f,    -0.092327185f,  0.0266458094f, -0.0030819925f,
                                  -0.00154631527f, 0.000450856052f};
    tail = gaussian_tail(u, 1, 3.5, c);
  } else {
    static constexpr double c[] = {
        1.08705558926226,       -0.93779972456711191,   0.69411364663464548,     -0.43525602671690072,
        0.22573862164735595,    -0.092318706638139403,  0.026518619882789137,    -0.0031770503471976203,
        -0.0013053547037255456, 0.00071453171767254229, -4.2062090885984758e-05, -7.4777219392639763e-05,
        1.8646906595535901e-05, 7.2444593968986617e-06, -3.3913434239223589e-06, -7.9671348144325914e-07,
        5.4952737274662743e-07, 1.1620535811512647e-07, -8.2696202982771108e-08, -2.1564034477336737e-08,
        8.7602435743686493e-09, 3.1708547036127807e-09};
    tail = gaussian_tail(u, 1, 3.5, c);
  }
  const V large = select<V>(x < V(T(0)), V(T(2)) - tail, tail);
  return select<V>(u < V(T(0.5)), V(T(1)) - small_erf(x, u), large);
}

/// x p(w), where w = -log(1 - x^2); where w is large, p is a polynomial of its root. (After M. Giles:
/// Approximating the erfinv function; 2010.)
template <class T>
Vector<T> erfinv(const Vector<T>& x) {
  using V = Vector<T>;
  constexpr bool single = std::is_same_v<T, float>;
  const V one(T(1)), magnitude = xsimd::abs(x), infinity(std::numeric_limits<T>::infinity());
  const V w = -log((one - magnitude) * (one + magnitude)), root = exact_sqrt(w);
  V p;
  if constexpr (single) {
    static constexpr float near[] = {0.886226833f,     0.232016653f,     0.011532139f,
                                     -0.00229786779f,  -0.000167221879f, 6.86835047e-05f,
                                     -4.55079135e-06f, -2.26930425e-07f, 2.85328152e-08f};
    static constexpr float far[] = {2.83297706f,     1.00167418f,     0.00943491049f,
                                    -0.00762473885f, 0.00576578081f,  -0.0036620223f,
                                    0.00129404501f,  8.82815948e-05f, -0.000163365869f};
    p = select<V>(w < V(T(5)), polynomial(w, near), polynomial(root - V(T(3)), far));
  } else {
    static constexpr double near[] = {
        0.88622692545275816,     0.23201366653463365,     0.011549342038892775,   -0.002335101648956053,
        -0.00012804324844417674, 4.6611265792729634e-05,  2.0204325563508547e-06, -1.0133504378035295e-06,
        -3.6246447926024017e-08, 2.1750449442589704e-08,  1.5527185916456123e-09, -1.0003080364175587e-09,
        2.0636168313577368e-10,  -6.9369094789747765e-11, 2.3677787519426823e-11, -5.3841328265697146e-12,
        8.110286629191488e-13,   -8.2416946644526343e-14, 5.508523122990608e-15,  -2.1538368046237935e-16,
        2.6774719538786925e-18,  1.2796121603225494e-19,  -4.3232841025127346e-21};
    static constexpr double far[] = {
        2.8329767987282706,      1.001675276693393,       0.0094455220120181153,   -0.0076438055692310486,
        0.0056851824157526862,   -0.0035587940440120437,  0.0014837374139574908,   -0.00014889770375106157,
        -0.00028312557361902067, 0.00020551407150372445,  -4.6450425100600565e-05, -2.2868999771172942e-05,
        2.188986594848663e-05,   -5.9187747099484326e-06, -1.5670877534729939e-06, 1.8596101441778991e-06,
        -6.3775774562664798e-07, 8.034333433864871e-08,   2.1929247155525843e-09};
    static constexpr double farthest[] = {
        4.8499064014085835,     1.0103004648645333,      -0.00013871931830486715, -0.00021503011924792057,
        7.5995276379513493e-05, -1.9681778773502446e-05, 4.5260677322078001e-06,  -9.929790791778804e-07,
        2.2898493054343452e-07, -6.7722044391699656e-08, 2.9189775940425403e-08,  -1.4945433460730815e-08,
        7.5670074887565805e-09, -3.800135597699616e-09,  1.5371695756987654e-09,  -2.5247282812352496e-10,
        -3.437472747026283e-11};
    const V outer =
        select<V>(w < V(T(16)), polynomial(root - V(T(3)), far), polynomial(root - V(T(5)), farthest));
    p = select<V>(w < V(T(6.25)), polynomial(w, near), outer);
  }
  return x * select<V>(magnitude == one, infinity, p);
}

}  // namespace math
}  // namespace
}  // namespace taper::kernels
