// einsum and tensordot: contractions of two operands at a time, each a matrix product. See Note
// [Contractions].
#include <algorithm>
#include <cstdlib>
#include <limits>

#include <fmt/format.h>

#include <taper/autograd/ops/arithmetic.h>
#include <taper/autograd/ops/arrange.h>
#include <taper/autograd/ops/matmul.h>
#include <taper/autograd/ops/products.h>
#include <taper/autograd/ops/reduce.h>
#include <taper/autograd/ops/shape.h>
#include <taper/tensor/check.h>
#include <taper/tensor/error.h>

namespace taper {
namespace {

// Note [Contractions]
// Each axis of an operand has a label; axes with the same label are multiplied element by element. First each
// operand is summed over the labels that nothing else has. Then two operands at a time become one: what both
// have and others need, too, is the batch, what nobody else needs is the depth of a matrix product, and what
// one has alone are its rows or columns.

constexpr int letters = 52;                            // A to Z and a to z
constexpr int all_labels = letters + Shape::max_rank;  // and the axes of "...", counted from the last one

using Labels = std::uint64_t;  // a set of them
constexpr Labels set_of(int label) { return Labels{1} << label; }

// Labels in their order.
struct Order {
  std::uint8_t labels[Shape::max_rank] = {};
  int count = 0;

  const std::uint8_t* begin() const { return labels; }
  const std::uint8_t* end() const { return labels + count; }
  // False if there are too many.
  bool push(int label) {
    if (count == Shape::max_rank) return false;
    labels[count++] = static_cast<std::uint8_t>(label);
    return true;
  }
  void erase(int i) {
    std::copy(labels + i + 1, labels + count, labels + i);
    --count;
  }
  int find(int label) const { return static_cast<int>(std::find(begin(), end(), label) - begin()); }
  Labels set() const {
    Labels all = 0;
    for (const int label : *this) all |= set_of(label);
    return all;
  }
  Order chosen(Labels set) const {
    Order result;
    for (const int label : *this)
      if (set & set_of(label)) result.push(label);
    return result;
  }
};

struct Term {
  Tensor x;
  Order order;
};

struct Contraction {
  const char* function;
  std::int64_t extents[all_labels];

  explicit Contraction(const char* name) : function(name) { std::fill_n(extents, all_labels, -1); }

  // The product of extents, which can be too large where another one is 0.
  std::int64_t merged(const Order& order) const {
    std::int64_t product = 1;
    for (const int label : order)
      if (__builtin_mul_overflow(product, extents[label], &product))
        throw ShapeError(fmt::format("{}: the shapes have too many elements for 64-bit indices", function));
    return product;
  }
  double volume(Labels set) const {
    double product = 1;
    for (; set != 0; set &= set - 1) product *= static_cast<double>(extents[__builtin_ctzll(set)]);
    return product;
  }
};

Tensor arranged(const Term& term, const Order& order) {
  Axes axes;
  bool moved = false;
  for (const int label : order) {
    const int from = term.order.find(label);
    moved |= from != axes.rank();
    axes.push_back(from);
  }
  return moved ? permute(term.x, axes) : term.x;
}

// [batch..., rows, columns] or, with many axes of the batch, [batch, rows, columns].
Tensor as_matrices(const Contraction& at, const Term& term, const Order& batch, const Order& rows,
                   const Order& columns) {
  Order order = batch;
  for (const int label : rows) order.push(label);
  for (const int label : columns) order.push(label);
  Tensor x = arranged(term, order);
  const bool merge = batch.count > Shape::max_rank - 3;
  if (!merge && rows.count == 1 && columns.count == 1) return x;
  Shape shape;
  if (merge) shape.push_back(at.merged(batch));
  for (int i = 0; i < batch.count && !merge; ++i) shape.push_back(at.extents[batch.labels[i]]);
  shape.push_back(at.merged(rows));
  shape.push_back(at.merged(columns));
  return reshape(x, shape);
}

// [..., m, k] x [..., k, n], of integers too.
Tensor multiply(const Tensor& a, const Tensor& b, bool sums) {
  if (!sums) return a * b;  // k is 1
  if (is_floating(a.dtype())) return matmul(a, b);
  return to(sum(unsqueeze(a, -1) * unsqueeze(b, -3), -2), a.dtype());
}

// Two terms become one, with the labels in `kept`, in the order of `wanted` as far as that is free.
Term contract(const Contraction& at, const Term* a, const Term* b, Labels kept, const Order& wanted) {
  const Labels both = a->order.set() & b->order.set();
  for (const int label : wanted)
    if (!(both & set_of(label)) && (a->order.set() | b->order.set()) & set_of(label)) {
      if (b->order.set() & set_of(label)) std::swap(a, b);
      break;
    }
  Order batch = wanted.chosen(both & kept);
  for (const int label : a->order)
    if (both & kept & ~batch.set() & set_of(label)) batch.push(label);
  const Order depth = (a->x.numel() >= b->x.numel() ? a : b)->order.chosen(both & ~kept),
              rows = a->order.chosen(~both), columns = b->order.chosen(~both);
  Tensor x = multiply(as_matrices(at, *a, batch, rows, depth), as_matrices(at, *b, batch, depth, columns),
                      depth.count > 0);
  Order order = batch;
  bool fits = true;
  for (const int label : rows) fits = fits && order.push(label);
  for (const int label : columns) fits = fits && order.push(label);
  if (!fits)
    throw ShapeError(fmt::format("{}: expected products of at most {} axes, got {}", at.function,
                                 Shape::max_rank, batch.count + rows.count + columns.count));
  if (rows.count != 1 || columns.count != 1 || x.rank() != order.count) {
    Shape shape;
    for (const int label : order) shape.push_back(at.extents[label]);
    x = reshape(x, shape);
  }
  return {std::move(x), order};
}

struct Choice {
  double cost;
  int first, second;
};

// The two sets to contract next: the cheapest of all orders or, of many sets, the cheapest product.
Choice choose(const Contraction& at, const Labels* sets, int count, Labels wanted) {
  constexpr int exhaustive = 5;
  Choice best{std::numeric_limits<double>::infinity(), 0, 1};
  for (int i = 0; i < count; ++i)
    for (int j = i + 1; j < count; ++j) {
      Labels others = wanted, rest[exhaustive];
      int left = 0;
      for (int k = 0; k < count; ++k) {
        if (k == i || k == j) continue;
        others |= sets[k];
        if (count <= exhaustive) rest[left++] = sets[k];
      }
      const Labels both = sets[i] | sets[j];
      double cost = at.volume(both);
      if (left > 0) {
        rest[left++] = both & others;
        cost += choose(at, rest, left, wanted).cost;
      }
      if (cost < best.cost) best = {cost, i, j};
    }
  return best;
}

// Takes the diagonal of labels that occur twice in one operand, and notes the extents.
void enter(Contraction& at, Term& term, int operand, const std::vector<Term>& before) {
  const auto named = [](int label) {
    return label < 26        ? fmt::format("letter {}", static_cast<char>('A' + label))
           : label < letters ? fmt::format("letter {}", static_cast<char>('a' + label - 26))
                             : fmt::format("axis {} of \"...\"", letters - 1 - label);
  };
  Order& order = term.order;
  for (int j = 1; j < order.count; ++j) {
    const int label = order.labels[j], i = order.find(label);
    if (i == j) continue;
    const Shape& shape = term.x.shape();
    if (shape[i] != shape[j])
      throw ShapeError(fmt::format("{}: {} has extents {} and {} in operand {}", at.function, named(label),
                                   shape[i], shape[j], operand));
    term.x = diagonal(term.x, 0, i, j);
    order.erase(j);
    order.erase(i);
    order.push(label);
    j = 0;
  }
  const Shape& shape = term.x.shape();
  for (int i = 0; i < order.count; ++i) {
    const int label = order.labels[i];
    std::int64_t& extent = at.extents[label];
    if (extent == -1 || extent == 1) extent = shape[i];
    if (shape[i] == extent || shape[i] == 1) continue;
    for (std::size_t earlier = 0; earlier < before.size(); ++earlier) {
      const int axis = before[earlier].order.find(label);
      if (axis < before[earlier].order.count && before[earlier].x.size(axis) == extent)
        throw ShapeError(fmt::format("{}: {} has extent {} in operand {} and {} in operand {}", at.function,
                                     named(label), extent, earlier, shape[i], operand));
    }
  }
}

Tensor contracted(Contraction& at, std::vector<Term>& terms, const Order& wanted) {
  for (Term& term : terms) {
    compute::check_calculable(at.function, term.x.dtype());
    if (term.x.dtype() != terms[0].x.dtype() || term.x.dtype() == boolean)
      throw DTypeError(fmt::format("{}: expected operands of the same dtype, not bool, got {} and {}",
                                   at.function, name(terms[0].x.dtype()), name(term.x.dtype())));
    // What is repeated to fit others need not be multiplied.
    for (int i = term.order.count - 1; i >= 0; --i)
      if (term.x.size(i) == 1 && at.extents[term.order.labels[i]] != 1) {
        term.x = squeeze(term.x, i);
        term.order.erase(i);
      }
  }
  for (Term& term : terms) {
    Labels others = wanted.set();
    for (const Term& other : terms)
      if (&other != &term) others |= other.order.set();
    Axes alone;
    for (int i = 0; i < term.order.count; ++i)
      if (!(others & set_of(term.order.labels[i]))) alone.push_back(i);
    if (alone.empty()) continue;
    term.x = to(sum(term.x, alone), term.x.dtype());
    term.order = term.order.chosen(others);
  }
  while (terms.size() > 1) {
    Choice next{0, 0, 1};
    if (terms.size() > 2) {
      std::vector<Labels> sets;
      sets.reserve(terms.size());
      for (const Term& term : terms) sets.push_back(term.order.set());
      next = choose(at, sets.data(), static_cast<int>(sets.size()), wanted.set());
    }
    Labels kept = wanted.set();
    for (int k = 0; k < static_cast<int>(terms.size()); ++k)
      if (k != next.first && k != next.second) kept |= terms[k].order.set();
    terms[next.first] = contract(at, &terms[next.first], &terms[next.second], kept, wanted);
    terms.erase(terms.begin() + next.second);
  }
  return arranged(terms[0], wanted);
}

// One operand's part of an equation, or that of the result.
struct Subscripts {
  Order order;
  int dots = -1;  // the place of "..."
};

class Equation {
 public:
  explicit Equation(std::string_view text) : text_(text) {}

  // Reads letters and "..." up to another character, which next() then returns.
  Subscripts read() {
    Subscripts result;
    for (; next() == '.' || label() >= 0; ++at_) {
      if (next() == '.') {
        if (result.dots >= 0 || text_.substr(at_, 3) != "...") fail();
        result.dots = result.order.count;
        at_ += 2;
      } else if (!result.order.push(label())) {
        throw ShapeError(fmt::format("einsum: expected at most {} letters for one tensor, got \"{}\"",
                                     Shape::max_rank, text_));
      }
    }
    if (next() != ',' && next() != '-' && next() != '\0') fail();
    return result;
  }
  // The next character that is no space, or 0.
  char next() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
    return at_ < text_.size() ? text_[at_] : '\0';
  }
  // Goes on if the next characters are these.
  bool skip(std::string_view wanted) {
    if (next() != wanted[0] || text_.substr(at_, wanted.size()) != wanted) return false;
    at_ += wanted.size();
    return true;
  }
  void expect_end() {
    next();
    if (at_ < text_.size()) fail();
  }
  std::string_view text() const { return text_; }

 private:
  int label() {
    const char c = next();
    return c >= 'A' && c <= 'Z' ? c - 'A' : c >= 'a' && c <= 'z' ? c - 'a' + 26 : -1;
  }
  [[noreturn]] void fail() const {
    throw ValueError(
        fmt::format("einsum: expected letters, at most one \"...\" for each tensor, \",\" and \"->\", got "
                    "\"{}\" at {} of \"{}\"",
                    text_.substr(at_, 1), at_, text_));
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

// Puts the labels of `count` axes in the place of "...".
Order with_dots(const Subscripts& read, int count) {
  Order result;
  bool fits = true;
  for (int i = 0; i <= read.order.count; ++i) {
    if (i == read.dots)
      for (int k = count - 1; k >= 0; --k) fits = fits && result.push(letters + k);
    if (i < read.order.count) fits = fits && result.push(read.order.labels[i]);
  }
  if (!fits)
    throw ShapeError(fmt::format("einsum: expected a result of at most {} axes, got more", Shape::max_rank));
  return result;
}

Order result_of(Equation& equation, const Contraction& at, Labels once, int dots) {
  Subscripts result;
  if (equation.skip("->")) {
    result = equation.read();
    Labels seen = 0;
    for (const int label : result.order) {
      const char letter = static_cast<char>(label < 26 ? 'A' + label : 'a' + label - 26);
      if (at.extents[label] < 0)
        throw ValueError(fmt::format("einsum: letter {} of the result is in no operand", letter));
      if (seen & set_of(label))
        throw ValueError(fmt::format("einsum: letter {} is in the result twice", letter));
      seen |= set_of(label);
    }
  } else {
    result.dots = 0;
    for (; once != 0; once &= once - 1)
      if (!result.order.push(__builtin_ctzll(once)))
        throw ShapeError(
            fmt::format("einsum: expected a result of at most {} axes, got more", Shape::max_rank));
  }
  equation.expect_end();
  return with_dots(result, dots);
}

}  // namespace

Tensor einsum(std::string_view text, const std::vector<Tensor>& tensors) {
  Equation equation(text);
  Contraction at("einsum");
  std::vector<Term> terms;
  terms.reserve(tensors.size());
  Labels once = 0, twice = 0;
  int dots = 0;
  const auto count_wrong = [&](std::size_t wanted) {
    return ValueError(
        fmt::format("einsum: expected {} tensors for \"{}\", got {}", wanted, text, tensors.size()));
  };
  if (tensors.empty()) throw ValueError("einsum: expected at least one tensor, got none");
  do {
    const Subscripts read = equation.read();
    if (terms.size() == tensors.size())
      throw count_wrong(static_cast<std::size_t>(std::count(text.begin(), text.end(), ',')) + 1);
    const Tensor& x = tensors[terms.size()];
    const int operand = static_cast<int>(terms.size());
    compute::check_defined("einsum", x, "a tensor");
    const int unnamed = x.rank() - read.order.count;
    if (read.dots < 0 ? unnamed != 0 : unnamed < 0)
      throw ShapeError(fmt::format("einsum: expected {} axes{} for operand {} of \"{}\", got shape {}",
                                   read.order.count, read.dots < 0 ? "" : " or more", operand, text,
                                   to_string(x.shape())));
    if (read.dots >= 0) dots = std::max(dots, unnamed);
    for (const int label : read.order) (once & set_of(label) ? twice : once) |= set_of(label);
    terms.push_back({x, with_dots(read, unnamed)});
    Term term = std::move(terms.back());
    terms.pop_back();
    enter(at, term, operand, terms);
    terms.push_back(std::move(term));
  } while (equation.skip(","));
  const Order result = result_of(equation, at, once & ~twice, dots);
  if (terms.size() != tensors.size()) throw count_wrong(terms.size());
  return contracted(at, terms, result);
}

Tensor tensordot(const Tensor& a, const Tensor& b, const Axes& axes_a, const Axes& axes_b) {
  compute::check_defined("tensordot", a, "the first operand");
  compute::check_defined("tensordot", b, "the second operand");
  if (axes_a.rank() != axes_b.rank())
    throw ValueError(fmt::format("tensordot: expected as many axes of both operands, got {} and {}",
                                 to_string(axes_a), to_string(axes_b)));
  const unsigned summed_a = axes_a.empty() ? 0 : axis_mask("tensordot", axes_a, a.rank()),
                 summed_b = axes_b.empty() ? 0 : axis_mask("tensordot", axes_b, b.rank());
  if (a.rank() + b.rank() - 2 * axes_a.rank() > Shape::max_rank)
    throw ShapeError(fmt::format("tensordot: expected a result of at most {} axes, got shapes {} and {}",
                                 Shape::max_rank, to_string(a.shape()), to_string(b.shape())));
  Contraction at("tensordot");
  std::vector<Term> terms(2);
  Order wanted;
  for (int i = 0; i < a.rank(); ++i) {
    terms[0].order.push(i);
    at.extents[i] = a.shape()[i];
    if (!(summed_a >> i & 1)) wanted.push(i);
  }
  for (int i = 0; i < b.rank(); ++i) {
    const int label = Shape::max_rank + i;
    terms[1].order.push(label);
    at.extents[label] = b.shape()[i];
    if (!(summed_b >> i & 1)) wanted.push(label);
  }
  for (int i = 0; i < axes_a.rank(); ++i) {
    const int axis_a = normalize_axis("tensordot", axes_a[i], a.rank()),
              axis_b = normalize_axis("tensordot", axes_b[i], b.rank());
    if (a.shape()[axis_a] != b.shape()[axis_b])
      throw ShapeError(fmt::format(
          "tensordot: expected equal extents, got {} of axis {} of the first operand and {} of axis {} "
          "of the second",
          a.shape()[axis_a], axes_a[i], b.shape()[axis_b], axes_b[i]));
    terms[1].order.labels[axis_b] = static_cast<std::uint8_t>(axis_a);
  }
  terms[0].x = a;
  terms[1].x = b;
  return contracted(at, terms, wanted);
}

Tensor tensordot(const Tensor& a, const Tensor& b, std::int64_t count) {
  compute::check_defined("tensordot", a, "the first operand");
  compute::check_defined("tensordot", b, "the second operand");
  if (count < 0 || count > a.rank() || count > b.rank())
    throw ValueError(fmt::format(
        "tensordot: expected a number of axes that both operands have, got {} for shapes {} and {}", count,
        to_string(a.shape()), to_string(b.shape())));
  Axes axes_a, axes_b;
  for (std::int64_t i = 0; i < count; ++i) {
    axes_a.push_back(a.rank() - count + i);
    axes_b.push_back(i);
  }
  return tensordot(a, b, axes_a, axes_b);
}

}  // namespace taper
