// Printing: NumPy-like text.
#include <algorithm>
#include <cmath>
#include <ostream>

#include <fmt/format.h>

#include <taper/tensor/tensor.h>
#include <taper/tensor/walk.h>

namespace taper {
namespace {

constexpr std::int64_t threshold = 1000;  // with more elements (or brackets), long axes are abbreviated
constexpr std::int64_t edge = 3;          // elements that an abbreviated axis shows at each end
constexpr int precision = 4;

// The number with the fewest digits that an element of 16 bits is nearest to.
template <class T>
double shortest(T element) {
  const float value(element);
  if (!std::isfinite(value) || value == 0) return value;
  for (double exponent = -std::floor(std::log10(std::abs(double{value})));; ++exponent) {
    const double scale = std::pow(10, exponent), number = std::round(value * scale) / scale;
    if (static_cast<float>(T(static_cast<float>(number))) == value) return number;
  }
}

// The format of floating numbers: the same number of digits for all elements, as in NumPy. Those of 16 bits
// are shown with as many as they need.
struct Format {
  bool whole = false;  // all digits
  bool scientific = false;
  int digits = 0;

  std::string operator()(double value) const {
    if (std::isnan(value)) return "nan";  // without its sign
    if (std::isinf(value)) return fmt::format("{}", value);
    if (scientific) return fmt::format("{:#.{}e}", value, whole ? digits : precision);
    // NumPy prints a whole number as "1.".
    return digits == 0 ? fmt::format("{:.0f}.", value) : fmt::format("{:.{}f}", value, digits);
  }
};

class Printer {
 public:
  explicit Printer(const Tensor& tensor) : tensor_(tensor) {
    std::int64_t pieces = 1;  // an empty axis is printed as "[]", which counts as well
    for (const std::int64_t extent : tensor.shape()) pieces *= std::max<std::int64_t>(extent, 1);
    brief_ = pieces > threshold;
    collect(0, tensor.layout().offset);
    format_.whole = is_storage_only(tensor.dtype());
    if (tensor.dtype() >= DType::float32) choose_format();
    for (const std::int64_t place : shown_) width_ = std::max(width_, text(place).size());
  }

  std::string text() const {
    std::string out;
    print(out, 0, tensor_.layout().offset);
    return out;
  }

 private:
  std::string text(std::int64_t place) const {
    return visit_all(tensor_.dtype(), [&]<class T>() {
      if constexpr (std::is_integral_v<T>)
        return fmt::format("{}", at<T>(place));
      else
        return format_(number<T>(place));
    });
  }
  template <class T>
  double number(std::int64_t place) const {
    if constexpr (is_short_float<T>)
      return shortest(at<T>(place));
    else
      return static_cast<double>(at<T>(place));
  }
  template <class T>
  T at(std::int64_t place) const {
    return static_cast<const T*>(tensor_.raw())[place - tensor_.layout().offset];
  }

  template <class Visit>
  void each(int axis, std::int64_t place, Visit&& visit) const {
    const std::int64_t extent = tensor_.shape()[axis], stride = tensor_.strides()[axis];
    for (std::int64_t i = 0; i < extent; ++i) {
      if (brief_ && extent > 2 * edge && i == edge) i = extent - edge;
      visit(i, place + i * stride);
    }
  }

  // Collects the storage positions of the elements that are shown.
  void collect(int axis, std::int64_t place) {
    if (axis < tensor_.rank())
      return each(axis, place, [&](std::int64_t, std::int64_t p) { collect(axis + 1, p); });
    shown_.push_back(place);
  }

  void choose_format() {
    double largest = 0, smallest = INFINITY;
    const auto each_finite = [&](auto&& visit_value) {
      for (const std::int64_t place : shown_) {
        const double value = visit_all(tensor_.dtype(), [&]<class T>() { return number<T>(place); });
        if (std::isfinite(value)) visit_value(value);
      }
    };
    each_finite([&](double value) {
      if (value == 0) return;
      largest = std::max(largest, std::abs(value));
      smallest = std::min(smallest, std::abs(value));
    });
    format_.scientific = largest >= 1e8 || smallest < 1e-4 || largest > 1e7 * smallest;
    if (format_.scientific && !format_.whole) return;
    each_finite([&](double value) {
      std::string digits = format_.scientific ? fmt::format("{:.4e}", value)
                                              : fmt::format("{:.{}f}", value, format_.whole ? 8 : precision);
      digits.erase(std::min(digits.find('e'), digits.size()));
      digits.erase(digits.find_last_not_of('0') + 1);
      format_.digits = std::max(format_.digits, static_cast<int>(digits.size() - digits.find('.') - 1));
    });
  }

  void print(std::string& out, int axis, std::int64_t place) const {
    if (axis == tensor_.rank()) {
      out += fmt::format("{:>{}}", text(place), width_);
      return;
    }
    out += '[';
    const bool innermost = axis == tensor_.rank() - 1;
    const std::string separator =
        innermost ? ", " : fmt::format(",{0:\n>{1}}{0: >{2}}", "", tensor_.rank() - 1 - axis, axis + 1);
    std::int64_t expected = 0;
    each(axis, place, [&](std::int64_t i, std::int64_t p) {
      if (i > 0) out += separator;
      if (i != expected) out += "..." + separator;
      print(out, axis + 1, p);
      expected = i + 1;
    });
    out += ']';
  }

  const Tensor& tensor_;
  bool brief_ = false;
  Format format_;
  std::size_t width_ = 0;
  std::vector<std::int64_t> shown_;
};

}  // namespace

std::string to_string(const Tensor& tensor) {
  return tensor.defined() ? Printer(tensor).text() : "undefined";
}

std::ostream& operator<<(std::ostream& stream, const Tensor& tensor) { return stream << to_string(tensor); }

}  // namespace taper
