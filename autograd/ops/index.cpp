// Selecting elements by index: each operation with its gradient.
#include <fmt/format.h>

#include <taper/autograd/ops/arithmetic.h>
#include <taper/autograd/ops/index.h>
#include <taper/autograd/ops/reduce.h>
#include <taper/autograd/ops/shape.h>
#include <taper/autograd/record.h>
#include <taper/tensor/check.h>
#include <taper/tensor/create.h>
#include <taper/tensor/error.h>
#include <taper/tensor/index.h>

namespace taper {
namespace {

// The gradient of index_select; its own gradient is index_select.
Tensor index_add(const Shape& shape, int axis, const Tensor& indices, const Tensor& x) {
  return record("index_add", compute::index_add("index_add", shape, axis, indices, x), {save(indices), x},
                [axis](const Backward& at, const Tensor& g) {
                  return at.each([] { return Tensor(); }, [&] { return index_select(g, axis, at.input(0)); });
                });
}

}  // namespace

Tensor index_select(const Tensor& x, std::int64_t axis, const Tensor& indices) {
  const int at_axis = compute::axis_of("index_select", x, axis);
  return record("index_select", compute::index_select("index_select", x, at_axis, indices),
                {x, save(indices)}, [shape = x.shape(), at_axis](const Backward& at, const Tensor& g) {
                  return at.each([&] { return index_add(shape, at_axis, at.input(1), g); },
                                 [] { return Tensor(); });
                });
}

Tensor gather(const Tensor& x, std::int64_t axis, const Tensor& index) {
  const int at_axis = compute::axis_of("gather", x, axis);
  return record("gather", compute::gather("gather", x, at_axis, index), {x, save(index)},
                [shape = x.shape(), at_axis](const Backward& at, const Tensor& g) {
                  return at.each([&] { return scatter_add(shape, at_axis, at.input(1), g); },
                                 [] { return Tensor(); });
                });
}

Tensor scatter_add(const Shape& shape, std::int64_t axis, const Tensor& index, const Tensor& x) {
  const int at_axis = normalize_axis("scatter_add", axis, shape.rank());
  return record("scatter_add", compute::scatter_add("scatter_add", shape, at_axis, index, x),
                {save(index), x}, [at_axis](const Backward& at, const Tensor& g) {
                  return at.each([] { return Tensor(); }, [&] { return gather(g, at_axis, at.input(0)); });
                });
}

Tensor one_hot(const Tensor& labels, std::int64_t classes, DType dtype) {
  compute::check_defined("one_hot", labels, "the list of labels");
  Shape shape = labels.shape();
  shape.push_back(classes);
  if (labels.numel() > 0 && !is_floating(labels.dtype()) && labels.dtype() != boolean)
    if (const auto least = min(to(labels.detach(), int64)).item<std::int64_t>(); least < 0)
      throw IndexError(fmt::format("one_hot: expected labels of at least 0, got {}", least));
  const Tensor index = labels.detach().alias(labels.layout().unsqueeze("one_hot", -1));
  return compute::scatter_add("one_hot", shape, shape.rank() - 1, index, ones(index.shape(), dtype));
}

}  // namespace taper
