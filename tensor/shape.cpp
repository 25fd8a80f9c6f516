// Shape: a short inline list of integers.
#include <ostream>

#include <fmt/format.h>

#include <taper/tensor/error.h>
#include <taper/tensor/shape.h>

namespace taper {

Shape::Shape(std::span<const std::int64_t> values) {
  if (values.size() > max_rank)
    throw ShapeError(fmt::format("a tensor has at most {} dimensions, got {}", max_rank, values.size()));
  for (const std::int64_t value : values) values_[rank_++] = value;
}

Shape Shape::filled(int rank, std::int64_t value) {
  Shape shape;
  for (int i = 0; i < rank; ++i) shape.push_back(value);
  return shape;
}

void Shape::push_back(std::int64_t value) { insert(rank_, value); }

void Shape::insert(int position, std::int64_t value) {
  if (rank_ == max_rank) throw ShapeError(fmt::format("a tensor has at most {} dimensions", max_rank));
  for (int i = rank_++; i > position; --i) values_[i] = values_[i - 1];
  values_[position] = value;
}

void Shape::erase(int position) {
  for (int i = position; i + 1 < rank_; ++i) values_[i] = values_[i + 1];
  values_[--rank_] = 0;
}

std::string to_string(const Shape& shape) {
  return fmt::format("[{}]", fmt::join(shape.begin(), shape.end(), ", "));
}

std::ostream& operator<<(std::ostream& stream, const Shape& shape) { return stream << to_string(shape); }

int normalize_axis(const char* function, std::int64_t axis, int rank) {
  if (axis < -rank || axis >= rank)
    throw IndexError(rank == 0
                         ? fmt::format("{}: axis {} given for a scalar, which has no axes", function, axis)
                         : fmt::format("{}: axis {} is out of range for {} dimensions: use {} to {}",
                                       function, axis, rank, -rank, rank - 1));
  return static_cast<int>(axis < 0 ? axis + rank : axis);
}

unsigned axis_mask(const char* function, const Axes& axes, int rank) {
  if (axes.empty()) return (1u << rank) - 1;
  unsigned mask = 0;
  for (const std::int64_t axis : axes) {
    const unsigned bit = 1u << normalize_axis(function, axis, rank);
    if (mask & bit)
      throw ValueError(fmt::format("{}: axis {} is named twice in {}", function, axis, to_string(axes)));
    mask |= bit;
  }
  return mask;
}

}  // namespace taper
