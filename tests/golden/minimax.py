"""Coefficients of the polynomials in tensor/kernels/*.h, by the Remez algorithm.

Needs mpmath==1.3.0. Prints each polynomial, lowest power first, rounded to its type, with the largest weighted error
of the rounded polynomial: the share of the final result's relative error, in units of half an ulp (eps).
"""
import struct
import sys

from mpmath import (asin, atan, cos, erf, erfc, erfinv, exp, expm1, log, log1p, loggamma, lu_solve, matrix, mp, mpf, pi, sin,
                    sqrt)

mp.dps = 60


def remez(function, weight, low, high, degree, rounds=12):
    """The polynomial p of this degree with the least max of weight * |function - p| on [low, high]."""
    count = degree + 2
    low, high = mpf(low), mpf(high)
    points = [(low + high) / 2 - (high - low) / 2 * cos(pi * (2 * i + 1) / (2 * count)) for i in range(count)]
    grid = [(low + high) / 2 - (high - low) / 2 * cos(pi * i / (24 * count)) for i in range(24 * count + 1)]
    values = [(x, function(x), weight(x)) for x in grid]
    for _ in range(rounds):
        system, right = matrix(count, count), matrix(count, 1)
        for row, x in enumerate(points):
            for power in range(degree + 1):
                system[row, power] = x**power
            system[row, degree + 1] = (-1)**row / weight(x)
            right[row] = function(x)
        solution = lu_solve(system, right)
        coefficients = list(solution)[:degree + 1]
        error = [w * (y - evaluate(coefficients, x)) for x, y, w in values]
        # One point for each run of equal sign: its largest error.
        runs, start = [], 0
        for i in range(1, len(grid) + 1):
            if i == len(grid) or (error[i] > 0) != (error[start] > 0):
                runs.append(max(range(start, i), key=lambda k: abs(error[k])))
                start = i
        while len(runs) > count:
            runs.pop(0 if abs(error[runs[0]]) < abs(error[runs[-1]]) else -1)
        if len(runs) < count:
            break
        points = [grid[i] for i in runs]
    return coefficients


def evaluate(coefficients, x):
    value = mpf(0)
    for coefficient in reversed(coefficients):
        value = value * x + coefficient
    return value


def rounded(value, kind):
    return mpf(struct.unpack(kind, struct.pack(kind, float(value)))[0])


def show(title, kind, function, weight, low, high, degree):
    coefficients = [rounded(c, kind) for c in remez(function, weight, low, high, degree)]
    worst = max(weight(x) * abs(function(x) - evaluate(coefficients, x))
                for x in (low + (high - low) * i / 500 for i in range(501)))
    name, bits, digits = {"f": ("float", 24, 9), "d": ("double", 53, 17)}[kind]
    print(f"{title}: {name}, degree {degree}, error {float(worst * 2**bits):.3f} eps")
    print("  {" + ", ".join(f"{float(c):.{digits}g}" for c in coefficients) + "}")


half = log(2) / 2 * mpf("1.0001")
tiny = mpf("1e-12")


def tail(q, k=mpf(5)):
    """(u + k) exp(u^2 / 2) times the normal distribution's upper tail at u, where q = (u - k) / (u + k)."""
    u = k * (1 + q) / (1 - q)
    return (u + k) * exp(u * u / 2) * erfc(u / sqrt(mpf(2))) / 2


def inverse_erf(w):
    """erfinv(x) / x, where w = -log(1 - x^2)."""
    x = sqrt(-expm1(-w))
    return erfinv(x) / x if w > tiny else sqrt(pi) / 2


def gamma_near_1(d):
    return loggamma(1 + d).real / d if abs(d) > tiny else -mp.euler


def scaled_erfc(q, k=mpf("3.5")):
    """(u + k) exp(u^2) erfc(u), where q = (u - k) / (u + k)."""
    u = k * (1 + q) / (1 - q)
    return (u + k) * exp(u * u) * erfc(u)


def after(middle):
    """inverse_erf by the distance of sqrt(w) from the middle of its interval."""
    middle = mpf(middle)
    return (lambda s: inverse_erf((s + middle)**2), lambda s: 1 / inverse_erf((s + middle)**2))


# title: function, weight, ends of the interval and degrees for float and double. Weights are the share of an error of
# the polynomial in the relative error of the result; not quite 0 anywhere.
polynomials = {
    "exp and expm1": (lambda r: (expm1(r) - r) / r**2 if abs(r) > tiny else mpf(1) / 2,
                      lambda r: max(abs(r), mpf("1e-3")), (-half, -half), (half, half), (5, 10)),
    "log": (lambda f: (log1p(f) - f + f**2 / 2) / f**3 if abs(f) > tiny else mpf(1) / 3,
            lambda f: max(f**2, mpf("1e-4")), (sqrt(mpf(2)) / 2 - 1,) * 2, (sqrt(mpf(2)) - 1,) * 2, (7, 18)),
    "erf to 1, in x * x": (lambda z: erf(sqrt(z)) / sqrt(z) - 1 if z > tiny else 2 / sqrt(pi) - 1,
                           lambda z: sqrt(pi) / 2, (0, 0), (1, 1), (6, 11)),
    "-log(erfc) from 1": (lambda x: -log(erfc(x)), lambda x: erfc(x) / erf(x), (1, 1), (4, 6), (7, 17)),
    "normal tail, in (u - 5) / (u + 5)": (tail, lambda q: 1 / tail(q), (-1, -1), (mpf(10) / 20, mpf(34) / 44),
                                          (9, 21)),
    "sin, in x * x": (lambda z: (sin(sqrt(z)) / sqrt(z) - 1) / z if z > tiny else -mpf(1) / 6,
                      lambda z: max(z, mpf("1e-3")), (0, 0), (mpf("0.617"),) * 2, (2, 5)),
    "cos, in x * x": (lambda z: (cos(sqrt(z)) - 1 + z / 2) / z**2 if z > tiny else mpf(1) / 24,
                      lambda z: max(z**2, mpf("1e-4")), (0, 0), (mpf("0.617"),) * 2, (2, 5)),
}
polynomials |= {
    "asin, in x * x": (lambda z: (asin(sqrt(z)) / sqrt(z) - 1) / z if z > tiny else mpf(1) / 6,
                       lambda z: max(z, mpf("1e-3")), (0, 0), (mpf(1) / 4,) * 2, (4, 11)),
    "atan, in x * x": (lambda z: (atan(sqrt(z)) / sqrt(z) - 1) / z if z > tiny else -mpf(1) / 3,
                       lambda z: max(z, mpf("1e-3")), (0, 0), (mpf("0.17158"),) * 2, (4, 11)),
    "cbrt: x^(-1/3)": (lambda x: x**(-mpf(1) / 3), lambda x: x**(mpf(1) / 3), (mpf("0.3535"),) * 2, (mpf("2.829"),) * 2,
                       (5, 6)),
    "erfc, in (u - 3.5) / (u + 3.5)": (scaled_erfc, lambda q: 1 / scaled_erfc(q), (-1, -1),
                                       (mpf(7) / 14, mpf("24.5") / mpf("31.5")), (9, 21)),
    "erfinv, in w": (inverse_erf, lambda w: 1 / inverse_erf(w), (0, 0), (5, mpf("6.25")), (8, 22)),
    "erfinv, in sqrt(w) - 3": (*after(3), (mpf("-0.77"), mpf("-0.501")), (mpf("1.1"), mpf("1.01")), (8, 18)),
    "erfinv, in sqrt(w) - 5": (*after(5), (mpf("-1.01"),) * 2, (mpf("1.01"),) * 2, (None, 16)),
    "lgamma(1 + d) / d": (gamma_near_1, lambda d: 1 / abs(gamma_near_1(d)), (mpf("-0.25"),) * 2, (mpf("0.75"),) * 2,
                          (None, 24)),
}
for title, (function, weight, low, high, degrees) in polynomials.items():
    if not sys.argv[1:] or sys.argv[1] in title:
        for which, kind in enumerate("fd"):
            if degrees[which] is None:
                continue
            show(title, kind, function, weight, mpf(low[which]), mpf(high[which]), degrees[which])
