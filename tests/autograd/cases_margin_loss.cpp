// The table of operations: distances, losses with margins, and losses of sequences. Each row has its values
// and gradients from PyTorch, see test_torch.cpp.
#include <cmath>

#include "cases.h"
#include <taper/tensor/create.h>

using namespace taper;
using In = std::vector<Tensor>;
using cases::like, cases::reductions, cases::row;

namespace {

Tensor labels_of(std::initializer_list<std::int64_t> labels, const Shape& shape) {
  return from_data(labels, shape);
}

}  // namespace

std::vector<Row> distance_rows() {
  const Argument x{{2, 3}};
  std::vector<Row> rows{
      row("cosine_similarity", {x, x}, [](const In& in) { return cosine_similarity(in[0], in[1]); }),
      row("cosine_similarity", {{{2, 1, 3}}, {{4, 3}}},
          [](const In& in) { return cosine_similarity(in[0], in[1], -1); }),
      row("cosine_similarity", {{{2, 1}}, x},
          [](const In& in) { return cosine_similarity(in[0], in[1], 1, 0.5); }),
  };
  for (const double p : {2., 1., 3., HUGE_VAL})
    rows.push_back(
        row("pairwise_distance", {x, x}, [=](const In& in) { return pairwise_distance(in[0], in[1], p); }));
  rows.push_back(row("pairwise_distance", {{{2, 1, 3}}, {{4, 3}}},
                     [](const In& in) { return pairwise_distance(in[0], in[1], 2, 0.1, true); }));
  return rows;
}

std::vector<Row> margin_loss_rows() {
  std::vector<Row> rows;
  const Tensor signs = labels_of({1, -1, 1, -1, -1, 1}, {2, 3}), hot = labels_of({0, 1, 0, 1, 0, 0}, {2, 3}),
               others = labels_of({1, -1, 0, -1, 1, 1}, {2, 3}), pairs = labels_of({1, -1}, {2}),
               labels = labels_of({2, 0}, {2}), lists = labels_of({2, 0, -1, 1, -1, 0}, {2, 3});
  const Tensor factors = from_data({0.5, 2., 1.}, {3});
  const Argument x{{2, 3}}, vectors{{2, 4}}, p{{2, 3}, 0.05, 0.95};
  for (const Reduction reduction : reductions) {
    const LossOptions options{.reduction = reduction};
    const auto add = [&](const char* name, std::vector<Argument> arguments, TensorFunction function,
                         bool linear = false) {
      rows.push_back(row(name, std::move(arguments), std::move(function), linear));
    };
    add(
        "hinge_loss", {x}, [=](const In& in) { return hinge_loss(in[0], signs, options); }, true);
    add("squared_hinge_loss", {x}, [=](const In& in) { return squared_hinge_loss(in[0], signs, options); });
    add("soft_margin_loss", {x}, [=](const In& in) { return soft_margin_loss(in[0], signs, options); });
    for (const double margin : {1., 0.3})
      add(
          "hinge_embedding_loss", {x},
          [=](const In& in) {
            return hinge_embedding_loss(in[0], margin == 1 ? signs : others,
                                        {.reduction = reduction, .margin = margin});
          },
          true);
    for (const double margin : {0., 0.5})
      add(
          "margin_ranking_loss", {x, x},
          [=](const In& in) {
            return margin_ranking_loss(in[0], in[1], signs, {.reduction = reduction, .margin = margin});
          },
          true);
    add(
        "categorical_hinge_loss", {x},
        [=](const In& in) { return categorical_hinge_loss(in[0], hot, options); }, true);
    for (const int power : {1, 2})
      add(
          "multi_margin_loss", {x},
          [=](const In& in) {
            return multi_margin_loss(in[0], labels, {.reduction = reduction, .p = power});
          },
          power == 1);
    add("multi_margin_loss", {x}, [=](const In& in) {
      return multi_margin_loss(
          in[0], labels, {.reduction = reduction, .weight = like(in[0], factors), .p = 2, .margin = 0.5});
    });
    add(
        "multilabel_margin_loss", {x},
        [=](const In& in) { return multilabel_margin_loss(in[0], lists, options); }, true);
    add("multilabel_soft_margin_loss", {x, p},
        [=](const In& in) { return multilabel_soft_margin_loss(in[0], in[1], options); });
    add("multilabel_soft_margin_loss", {x, p}, [=](const In& in) {
      return multilabel_soft_margin_loss(in[0], in[1],
                                         {.reduction = reduction, .weight = like(in[0], factors)});
    });
    for (const double margin : {0., -0.7})
      add("cosine_embedding_loss", {vectors, vectors}, [=](const In& in) {
        return cosine_embedding_loss(in[0], in[1], pairs, {.reduction = reduction, .margin = margin});
      });
    add("cosine_similarity_loss", {x, x},
        [=](const In& in) { return cosine_similarity_loss(in[0], in[1], {.reduction = reduction}); });
    for (const double power : {2., 3.})
      for (const bool swap : {false, true})
        add("triplet_margin_loss", {vectors, vectors, vectors}, [=](const In& in) {
          return triplet_margin_loss(in[0], in[1], in[2],
                                     {.reduction = reduction, .margin = 3, .p = power, .swap = swap});
        });
    add("triplet_margin_with_distance_loss", {vectors, vectors, vectors}, [=](const In& in) {
      const auto distance = [](const Tensor& a, const Tensor& b) { return sum(square(a - b), -1); };
      return triplet_margin_with_distance_loss(
          in[0], in[1], in[2],
          {.reduction = reduction, .distance_function = distance, .margin = 2, .swap = true});
    });
  }
  rows.push_back(row("multi_margin_loss", {{{3}}},
                     [](const In& in) { return multi_margin_loss(in[0], labels_of({1}, {}), {.p = 2}); }));
  rows.push_back(row(
      "multilabel_margin_loss", {{{4}}},
      [](const In& in) {
        return multilabel_margin_loss(in[0], labels_of({3, 0, -1, 1}, {4}));
      },
      true));
  rows.push_back(row("cosine_embedding_loss", {{{4}}, {{4}}},
                     [](const In& in) { return cosine_embedding_loss(in[0], in[1], labels_of({1}, {})); }));
  rows.push_back(row("triplet_margin_with_distance_loss", {vectors, vectors, vectors},
                     [](const In& in) { return triplet_margin_with_distance_loss(in[0], in[1], in[2]); }));
  return rows;
}

std::vector<Row> ctc_loss_rows() {
  std::vector<Row> rows;
  const Tensor padded = labels_of({1, 1, 2, 2, 3, 1}, {3, 2}), joined = labels_of({1, 1, 2}, {3}),
               steps = labels_of({4, 3, 2}, {3}), lengths = labels_of({2, 1, 0}, {3});
  const Argument x{{4, 3, 4}};
  for (const Reduction reduction : reductions) {
    rows.push_back(row("ctc_loss", {x}, [=](const In& in) {
      return ctc_loss(in[0], padded, steps, lengths, {.reduction = reduction});
    }));
    rows.push_back(row("ctc_loss", {x}, [=](const In& in) {
      return ctc_loss(in[0], joined, steps, lengths, {.reduction = reduction, .blank = 3});
    }));
    // The second sequence is too short for its labels.
    rows.push_back(row("ctc_loss", {x}, [=](const In& in) {
      return ctc_loss(in[0], labels_of({1, 2, 1, 1, 0, 0}, {3, 2}), labels_of({3, 2, 0}, {3}),
                      labels_of({1, 2, 0}, {3}), {.reduction = reduction, .blank = 3, .zero_infinity = true});
    }));
  }
  rows.push_back(row("ctc_loss", {{{5, 3}}}, [](const In& in) {
    return ctc_loss(in[0], labels_of({2, 2, 1}, {3}), labels_of({5}, {}), labels_of({3}, {}));
  }));
  return rows;
}
