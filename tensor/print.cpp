// Printing: NumPy-like text.
#include <algorithm>
#include <cmath>
#include <ostream>

#include <fmt/format.h>

#include <taper/tensor/tensor.h>
#include <taper/tensor/walk.h>

namespace taper {
namespace {

constexpr std::int64_t threshold = 1000;  // with more elements, long axes are abbreviated
constexpr std::int64_t edge = 3;          // what an abbreviated axis shows at either end
constexpr int precision = 4;

struct Format {
  bool floating = false, scientific = false;
  int digits = 0, width = 0;

  std::string operator()(double value) const {
    if (!floating || !std::isfinite(value)) return fmt::format("{:{}}", value, width);
    if (scientific) return fmt::format("{:{}.{}e}", value, width, precision);
    // NumPy writes 1. for a whole number.
    return digits == 0 ? fmt::format("{:>{}}", fmt::format("{:.0f}.", value), width)
                       : fmt::format("{:{}.{}f}", value, width, digits);
  }
};

class Printer {
 public:
  explicit Printer(const Tensor& tensor) : tensor_(tensor), brief_(tensor.numel() > threshold) {
    format_.floating = is_floating(tensor.dtype());
    collect(0, tensor.layout().offset);
    choose_format();
  }

  std::string text() {
    std::string out;
    print(out, 0, tensor_.layout().offset);
    return out;
  }

 private:
  double at(std::int64_t place) const {
    return visit(tensor_.dtype(), [&]<class T>() {
      return static_cast<double>(static_cast<const T*>(tensor_.raw())[place - tensor_.layout().offset]);
    });
  }

  template <class Visit>
  void each(int axis, std::int64_t place, Visit&& visit) const {
    const std::int64_t extent = tensor_.shape()[axis], stride = tensor_.strides()[axis];
    for (std::int64_t i = 0; i < extent; ++i) {
      if (brief_ && extent > 2 * edge && i == edge) i = extent - edge;
      visit(i, place + i * stride);
    }
  }

  // What the shown elements need: common digits and a common width, as NumPy does.
  void collect(int axis, std::int64_t place) {
    if (axis < tensor_.rank())
      return each(axis, place, [&](std::int64_t, std::int64_t p) { collect(axis + 1, p); });
    const double value = at(place);
    shown_.push_back(value);
  }

  void choose_format() {
    double largest = 0, smallest = INFINITY;
    for (const double value : shown_) {
      if (!std::isfinite(value) || value == 0) continue;
      largest = std::max(largest, std::abs(value));
      smallest = std::min(smallest, std::abs(value));
    }
    format_.scientific = format_.floating && largest > 0 &&
                         (largest >= 1e8 || smallest < 1e-4 || largest / smallest > 1e3 * 1e4);
    if (format_.floating && !format_.scientific)
      for (const double value : shown_) {
        if (!std::isfinite(value)) continue;
        std::string digits = fmt::format("{:.{}f}", value, precision);
        digits.erase(digits.find_last_not_of('0') + 1);
        format_.digits = std::max(format_.digits, static_cast<int>(digits.size() - digits.find('.') - 1));
      }
    std::size_t width = 0;
    for (const double value : shown_) width = std::max(width, format_(value).size());
    format_.width = static_cast<int>(width);
  }

  void print(std::string& out, int axis, std::int64_t place) const {
    if (axis == tensor_.rank()) {
      out += tensor_.dtype() == DType::boolean ? (at(place) != 0 ? " true" : "false") : format_(at(place));
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
  bool brief_;
  Format format_;
  std::vector<double> shown_;
};

}  // namespace

std::string to_string(const Tensor& tensor) {
  return tensor.defined() ? Printer(tensor).text() : "undefined";
}

std::ostream& operator<<(std::ostream& stream, const Tensor& tensor) { return stream << to_string(tensor); }

}  // namespace taper
