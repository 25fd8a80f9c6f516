// Shape: a short inline list of integers.
#include <ostream>

#include <fmt/format.h>

#include <taper/tensor/error.h>
#include <taper/tensor/shape.h>

namespace taper {

Shape::Shape(std::span<const std::int64_t> values) {
  if (values.size() > max_rank)
    throw ShapeError(fmt::format("Shape: expected at most {} dimensions, got {}", max_rank, values.size()));
  for (const std::int64_t value : values) values_[rank_++] = value;
}

Shape Shape::filled(int rank, std::int64_t value) {
  if (rank < 0) throw ShapeError(fmt::format("Shape: expected at least 0 dimensions, got {}", rank));
  Shape shape;
  for (int i = 0; i < rank; ++i) shape.push_back(value);
  return shape;
}

std::int64_t Shape::place_from_end(std::int64_t i) const {
  if (i < -rank_ || i >= rank_)
    throw IndexError(rank_ == 0 ? fmt::format("Shape: index {} is out of range for an empty list", i)
                                : fmt::format("Shape: index {} is out of range for {}: use {} to {}", i,
                                              to_string(*this), -rank_, rank_ - 1));
  return i < 0 ? i + rank_ : i;
}

void Shape::throw_too_large() const {
  throw ShapeError(
      fmt::format("numel: the number of elements of shape {} does not fit into 64 bits", to_string(*this)));
}

void Shape::push_back(std::int64_t value) { insert(rank_, value); }

void Shape::insert(std::int64_t position, std::int64_t value) {
  if (rank_ == max_rank)
    throw ShapeError(fmt::format("Shape: expected at most {0} dimensions, got {0} and one more", max_rank));
  if (position < 0 || position > rank_)
    throw IndexError(fmt::format("Shape: cannot insert at position {} of {}: use 0 to {}", position,
                                 to_string(*this), rank_));
  for (std::int64_t i = rank_++; i > position; --i) values_[i] = values_[i - 1];
  values_[position] = value;
}

void Shape::erase(std::int64_t position) {
  for (std::int64_t i = place(position); i + 1 < rank_; ++i) values_[i] = values_[i + 1];
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
      throw ValueError(fmt::format("{}: axis {} occurs twice in {}", function, axis, to_string(axes)));
    mask |= bit;
  }
  return mask;
}

}  // namespace taper
