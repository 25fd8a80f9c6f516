// NumPy's indexing: what the items mean, and then views, selections and rearranging.
#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include <taper/autograd/ops/arithmetic.h>
#include <taper/autograd/ops/arrange.h>
#include <taper/autograd/ops/index.h>
#include <taper/autograd/ops/indexing.h>
#include <taper/autograd/ops/shape.h>
#include <taper/autograd/part.h>
#include <taper/autograd/selection.h>
#include <taper/tensor/check.h>
#include <taper/tensor/error.h>
#include <taper/tensor/search.h>

namespace taper {
namespace {

// A change of one axis of a layout.
struct Step {
  enum class Kind { select, slice, unsqueeze } kind;
  int axis;
  std::int64_t start = 0, stop = 0, step = 1;
};

// Note [Indexing]
// The items become a view of x (slices, new axes, and integers unless there are tensors), then one selection
// by tensors along some axes of the view, whose own axes come first, and then go to their place.
struct Plan {
  std::vector<Step> steps;      // what makes the view
  Axes indexed;                 // axes of the view, ascending, and
  std::vector<Tensor> indices;  // what they are indexed by
  Axes named;                   // the same axes as axes of x, for messages
  Shape index_shape;            // of the indices, broadcast
  int place = 0;                // the axis of the result where their axes begin
  Axes flipped;                 // axes of the result whose order is reversed

  Layout view(const char* function, Layout layout) const {
    for (const Step& each : steps)
      layout = each.kind == Step::Kind::select ? layout.select(function, each.axis, each.start)
               : each.kind == Step::Kind::slice
                   ? layout.slice(function, each.axis, each.start, each.stop, each.step)
                   : layout.unsqueeze(function, each.axis);
    return layout;
  }
  // The steps in turn: the axis, and of a slice where it starts, stops and how it steps.
  Attributes attributes() const {
    Attributes result;
    for (const Step& each : steps)
      result.emplace_back(each.kind == Step::Kind::select  ? "select"
                          : each.kind == Step::Kind::slice ? "slice"
                                                           : "unsqueeze",
                          Shape{each.axis, each.start, each.stop, each.step});
    return result;
  }
  // The order of axes that brings those of the indices, which come first, to their place.
  Axes order(int rank) const {
    Axes axes;
    for (int i = 0; i < rank; ++i)
      axes.push_back(i < place ? index_shape.rank() + i : i < place + index_shape.rank() ? i - place : i);
    return axes;
  }
  // The order that brings them to the front.
  Axes inverse_order(int rank) const {
    Axes axes = order(rank);
    const Axes forward = axes;
    for (int i = 0; i < rank; ++i) axes[forward[i]] = i;
    return axes;
  }
};

// See Note [Selections].
struct Advanced {
  Tensor read(const char* name, const Tensor& x, const std::vector<Tensor>& indices) const {
    return compute::take(name, x.alias(plan.view(name, x.layout())), plan.indexed, indices, plan.named);
  }
  void write(const char* name, Tensor& to, const std::vector<Tensor>& indices, const Tensor& values,
             Scatter how) const {
    Tensor place = to.alias(plan.view(name, to.layout()));
    compute::put(name, place, plan.indexed, indices, values, how, plan.named);
  }
  Plan plan;  // without the indices
};

// The slice of an axis, with a step that is positive; returns whether the order is reversed.
bool resolve(const char* function, const Slice& slice, std::int64_t extent, Step& result) {
  constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
  if (slice.step == 0) throw ValueError(fmt::format("{}: expected a step other than 0", function));
  const bool reversed = slice.step < 0;
  const std::int64_t step = slice.step < -most ? most : reversed ? -slice.step : slice.step;
  const std::int64_t low = reversed ? -1 : 0, high = reversed ? extent - 1 : extent;
  const auto bound = [&](std::optional<std::int64_t> given, std::int64_t otherwise) {
    return given ? std::clamp(*given < 0 ? *given + extent : *given, low, high) : otherwise;
  };
  const std::int64_t start = bound(slice.start, reversed ? high : low),
                     stop = bound(slice.stop, reversed ? low : high);
  result.step = step;
  if (!reversed) {
    result.start = start;
    result.stop = stop;
    return false;
  }
  const std::int64_t count = start > stop ? (start - stop - 1) / step + 1 : 0;
  result.start = count > 0 ? start - (count - 1) * step : 0;
  result.stop = count > 0 ? start + 1 : 0;
  return count > 1;
}

bool is_tensor(const Index& item) { return item.kind == Index::Kind::tensor; }
bool is_mask(const Index& item) { return is_tensor(item) && item.tensor.dtype() == boolean; }

// Calls visit(item) for each item, where a mask is one tensor of indices for each of its axes, and missing
// whole axes are written out.
template <class Visit>
void each_item(const char* function, const Tensor& x, const std::vector<Index>& items, Visit&& visit) {
  int used = 0, ellipses = 0;
  for (const Index& item : items) {
    if (is_tensor(item)) compute::check_defined(function, item.tensor, "an index");
    if (item.kind == Index::Kind::ellipsis)
      ++ellipses;
    else if (item.kind != Index::Kind::new_axis)
      used += is_mask(item) ? item.tensor.rank() : 1;
  }
  if (ellipses > 1)
    throw IndexError(fmt::format("{}: expected one Ellipsis at most, got {}", function, ellipses));
  if (used > x.rank())
    throw IndexError(fmt::format("{}: expected indices for at most {} axes of shape {}, got them for {}",
                                 function, x.rank(), to_string(x.shape()), used));
  const Index whole = Slice();
  int axis = 0;
  const auto visit_rest = [&] {
    for (int i = used; i < x.rank(); ++i, ++axis) visit(whole);
  };
  for (const Index& item : items) {
    if (item.kind == Index::Kind::ellipsis) {
      visit_rest();
    } else if (is_mask(item)) {
      const Tensor& mask = item.tensor;
      if (mask.rank() == 0)
        throw ShapeError(
            fmt::format("{}: expected a mask of at least one axis, got one of rank 0", function));
      for (int i = 0; i < mask.rank(); ++i)
        if (mask.size(i) != x.size(axis + i))
          throw ShapeError(fmt::format(
              "{}: expected a mask with the size {} of axis {} of shape {}, got shape {}", function,
              x.size(axis + i), axis + i, to_string(x.shape()), to_string(mask.shape())));
      const Tensor places = compute::nonzero(function, mask);
      for (int i = 0; i < mask.rank(); ++i, ++axis) visit(select(places, 1, i));
    } else {
      visit(item);
      axis += item.kind != Index::Kind::new_axis;
    }
  }
  if (ellipses == 0) visit_rest();
}

Plan planned(const char* function, const Tensor& x, const std::vector<Index>& items) {
  compute::check_defined(function, x);
  const bool has_tensors = std::any_of(items.begin(), items.end(), is_tensor);
  Plan plan;
  plan.steps.reserve(items.size());
  Axes reversed;             // axes of the result without those of the indices
  int axis = 0, viewed = 0;  // of x, and of the view
  int kept = 0, groups = 0;  // of those axes so far; of runs of neighbouring indices
  bool indexed_last = false;
  each_item(function, x, items, [&](const Index& item) {
    const bool indexes = is_tensor(item) || (has_tensors && item.kind == Index::Kind::integer);
    if (indexes && !indexed_last && groups++ == 0) plan.place = kept;
    indexed_last = indexes;
    if (item.kind == Index::Kind::integer && (item.integer < -x.size(axis) || item.integer >= x.size(axis)))
      throw IndexError(fmt::format("{}: index {} is out of range for axis {} with size {}", function,
                                   item.integer, axis, x.size(axis)));
    if (indexes) {
      plan.indices.push_back(is_tensor(item) ? item.tensor.detach()
                                             : full({}, static_cast<double>(item.integer), int64));
      plan.index_shape = broadcast(function, plan.index_shape, plan.indices.back().shape());
      plan.indexed.push_back(viewed++);
      plan.named.push_back(axis);
    } else if (item.kind == Index::Kind::integer) {
      plan.steps.push_back({Step::Kind::select, viewed, item.integer});
    } else if (item.kind == Index::Kind::new_axis) {
      plan.steps.push_back({Step::Kind::unsqueeze, viewed++});
      ++kept;
    } else {
      Step step{Step::Kind::slice, viewed++};
      if (resolve(function, item.slice, x.size(axis), step)) reversed.push_back(kept);
      if (step.start != 0 || step.stop != x.size(axis) || step.step != 1) plan.steps.push_back(step);
      ++kept;
    }
    axis += item.kind != Index::Kind::new_axis;
  });
  if (groups > 1) plan.place = 0;
  for (const std::int64_t each : reversed)
    plan.flipped.push_back(each < plan.place ? each : each + plan.index_shape.rank());
  return plan;
}

Tensor reversed(const Tensor& x, const Axes& axes) { return axes.empty() ? x : flip(x, axes); }

// The plan without the indices, which a recorded operation saves.
Advanced selection_of(Plan plan) {
  plan.indices.clear();
  return {std::move(plan)};
}

// `value` for compute::put(): in the dtype of x, broadcast to the result, with the indices' axes first.
Tensor values_for(const char* function, const Tensor& x, const Plan& plan, const Operand& value) {
  if (value.tensor != nullptr) compute::check_defined(function, *value.tensor, "the value");
  const Tensor given =
      value.tensor != nullptr ? to(*value.tensor, x.dtype()) : full({}, value.number, x.dtype());
  const Shape view = plan.view(function, x.layout()).shape;
  Shape shape = plan.index_shape;
  for (int axis = 0; axis < view.rank(); ++axis)
    if (std::find(plan.indexed.begin(), plan.indexed.end(), axis) == plan.indexed.end())
      shape.push_back(view[axis]);
  Shape result = shape;
  const Axes order = plan.order(shape.rank());
  for (int i = 0; i < shape.rank(); ++i) result[i] = shape[order[i]];
  const Tensor whole = reversed(expand(given, given.layout().expand(function, result).shape), plan.flipped);
  return plan.place == 0 ? whole : permute(whole, plan.inverse_order(result.rank()));
}

}  // namespace

Tensor index(const Tensor& x, const std::vector<Index>& items) {
  const Plan plan = planned("index", x, items);
  if (plan.indices.empty()) {
    detail::describe([&] { return plan.attributes(); });
    return reversed(
        detail::part("index", x, [plan](const Layout& whole) { return plan.view("index", whole); }),
        plan.flipped);
  }
  const Tensor taken = detail::selected("index", x, selection_of(plan), plan.indices);
  return reversed(plan.place == 0 ? taken : permute(taken, plan.order(taken.rank())), plan.flipped);
}

Tensor index_put(const Tensor& x, const std::vector<Index>& items, const Operand& value, bool accumulate) {
  const Plan plan = planned("index_put", x, items);
  return detail::written("index_put", x, values_for("index_put", x, plan, value), selection_of(plan),
                         plan.indices, accumulate ? Scatter::add : Scatter::replace);
}

void assign(Tensor x, const std::vector<Index>& items, const Operand& value) {
  const Plan plan = planned("assign", x, items);
  Tensor place = x.alias(plan.view("assign", x.layout()));
  detail::check_assignable(x, value);
  const NoGrad guard;
  compute::put("assign", place, plan.indexed, plan.indices, values_for("assign", x, plan, value),
               Scatter::replace, plan.named);
}

}  // namespace taper
