// Selections: elements chosen by tensors of indices, and written to, with their gradients. For operations
// that choose elements.
#pragma once

#include <utility>
#include <vector>

#include <taper/autograd/record.h>
#include <taper/tensor/create.h>
#include <taper/tensor/index.h>

namespace taper::detail {

// Note [Selections]
// A selection is a type with two functions: read(name, x, indices) returns the chosen elements, and
// write(name, to, indices, values, how) writes values to them in place. Reading and adding to zeros are
// linear and each other's gradients, so each of the functions below serves every way of choosing.

/// The inputs of an operation: those given, then the indices, saved.
inline std::vector<Input> with_indices(std::vector<Input> inputs, const std::vector<Tensor>& indices) {
  for (const Tensor& index : indices) inputs.push_back(save(index));
  return inputs;
}
/// The inputs from `first` on.
inline std::vector<Tensor> saved_indices(const Backward& at, int first, std::size_t count) {
  std::vector<Tensor> indices;
  indices.reserve(count);
  for (std::size_t i = 0; i < count; ++i) indices.push_back(at.input(first + static_cast<int>(i)));
  return indices;
}

template <class Selection>
Tensor spread(const char* name, const Tensor& g, const Shape& shape, const Selection& selection,
              const std::vector<Tensor>& indices);

/// What an observer is told of a selection.
template <class Selection>
Attributes attributes_of(const Selection& selection) {
  if constexpr (requires { selection.option; }) return {{Selection::option, selection.axis}};
  return {};
}

/// The chosen elements of x.
template <class Selection>
Tensor selected(const char* name, const Tensor& x, const Selection& selection,
                const std::vector<Tensor>& indices) {
  const auto inputs = with_indices({x}, indices);
  describe([&] { return attributes_of(selection); });
  return record(
      name, selection.read(name, x, indices), std::span(inputs),
      [name, selection, count = indices.size()](const Backward& at, const Tensor& g) {
        std::vector<Tensor> gradients(count + 1);
        gradients[0] = spread(name, g, at.shape(0), selection, saved_indices(at, 1, count));
        return gradients;
      },
      [name, selection, count = indices.size()](const Backward& at, const Tensor& g, Tensor& total) {
        selection.write(name, total, saved_indices(at, 1, count), g, Scatter::add);
      });
}

/// Zeros of `shape` to which g is added at the chosen places.
template <class Selection>
Tensor spread(const char* name, const Tensor& g, const Shape& shape, const Selection& selection,
              const std::vector<Tensor>& indices) {
  Tensor result = zeros(shape, g.dtype());
  selection.write(name, result, indices, g, Scatter::add);
  const auto inputs = with_indices({g}, indices);
  return record(name, std::move(result), std::span(inputs),
                [name, selection, count = indices.size()](const Backward& at, const Tensor& h) {
                  std::vector<Tensor> gradients(count + 1);
                  gradients[0] = selected(name, h, selection, saved_indices(at, 1, count));
                  return gradients;
                });
}

/// x with `values` written to the chosen elements: `how` is replace or add.
template <class Selection>
Tensor written(const char* name, const Tensor& x, const Tensor& values, const Selection& selection,
               const std::vector<Tensor>& indices, Scatter how) {
  Tensor result = compute::cast(x, x.dtype(), name);
  selection.write(name, result, indices, values, how);
  const auto inputs = with_indices({x, values}, indices);
  return record(name, std::move(result), std::span(inputs),
                [name, selection, how, count = indices.size(), shape = values.shape()](const Backward& at,
                                                                                       const Tensor& g) {
                  std::vector<Tensor> gradients(count + 2);
                  const auto chosen = saved_indices(at, 2, count);
                  if (at.needs(0))
                    gradients[0] = how == Scatter::add ? g
                                                       : written(name, g, zeros(shape, g.dtype()), selection,
                                                                 chosen, Scatter::replace);
                  if (at.needs(1)) gradients[1] = selected(name, g, selection, chosen);
                  return gradients;
                });
}

/// What gather() reads and scatter() writes: one element for each index along an axis.
struct Elements {
  Tensor read(const char* name, const Tensor& x, const std::vector<Tensor>& indices) const {
    return compute::gather(name, x, axis, indices[0]);
  }
  void write(const char* name, Tensor& to, const std::vector<Tensor>& indices, const Tensor& values,
             Scatter how) const {
    compute::scatter(name, to, axis, indices[0], values, how);
  }
  static constexpr const char* option = "elements";
  int axis;
};

/// What index_select() reads: slices along an axis.
struct Slices {
  Tensor read(const char* name, const Tensor& x, const std::vector<Tensor>& indices) const {
    return compute::index_select(name, x, axis, indices[0]);
  }
  void write(const char* name, Tensor& to, const std::vector<Tensor>& indices, const Tensor& values,
             Scatter how) const {
    compute::index_put(name, to, axis, indices[0], values, how);
  }
  static constexpr const char* option = "slices";
  int axis;
};

}  // namespace taper::detail
