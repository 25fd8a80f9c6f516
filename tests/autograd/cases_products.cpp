// The table of operations: autograd/ops/products.h.
#include <limits>

#include "cases.h"

using namespace taper;
using In = std::vector<Tensor>;

std::vector<Row> products_rows() {
  const auto row = cases::linear_row;
  const auto einsum_row = [&](const char* equation, std::vector<Argument> arguments) {
    return row("einsum", std::move(arguments), [=](const In& in) { return einsum(equation, in); });
  };
  return {
      einsum_row("ij,jk->ik", {{{2, 3}}, {{3, 4}}}),
      einsum_row("bij,bjk->bik", {{{2, 2, 3}}, {{2, 3, 2}}}),
      einsum_row("bhqd,bhkd->bhqk", {{{2, 2, 2, 3}}, {{2, 2, 3, 3}}}),
      einsum_row("i,j->ij", {{{3}}, {{4}}}),
      einsum_row("bij->bji", {{{2, 3, 4}}}),
      einsum_row("ijkl,jl->ik", {{{2, 3, 2, 2}}, {{3, 2}}}),
      einsum_row("bn,anm,bm->ba", {{{2, 3}}, {{2, 3, 2}}, {{2, 2}}}),
      einsum_row("ij,jk", {{{2, 3}}, {{3, 4}}}),
      einsum_row(" ba ", {{{2, 3}}}),
      einsum_row("iij->j", {{{3, 3, 2}}}),
      einsum_row("ii->i", {{{3, 3}}}),
      einsum_row("iijj->ji", {{{2, 2, 3, 3}}}),
      einsum_row("ii,jkk->ij", {{{2, 2}}, {{2, 3, 3}}}),
      einsum_row("...ij,...jk->...ik", {{{2, 1, 2, 3}}, {{3, 3, 2}}}),
      einsum_row("i...,...->i...", {{{2, 3}}, {{3}}}),
      einsum_row("...ij", {{{2, 2, 3}}}),
      einsum_row("...i->i", {{{2, 2, 3}}}),
      einsum_row("ij,ij->", {{{2, 3}}, {{2, 3}}}),
      einsum_row("ij,ij->ji", {{{2, 3}}, {{2, 3}}}),
      einsum_row("ab,cd->dbca", {{{2, 2}}, {{2, 3}}}),
      einsum_row("ijk,jil->kl", {{{2, 3, 2}}, {{3, 2, 2}}}),
      einsum_row("i,i", {{{3}}, {{3}}}),
      einsum_row("ijk->j", {{{2, 3, 2}}}),
      einsum_row("ij,jk,kl,li->", {{{2, 2}}, {{2, 2}}, {{2, 2}}, {{2, 2}}}),
      einsum_row("a,ab,b,bc,c,cd->d", {{{2}}, {{2, 3}}, {{3}}, {{3, 2}}, {{2}}, {{2, 3}}}),
      einsum_row("Ab,bA->A", {{{2, 3}}, {{3, 2}}}),
      row("tensordot", {{{2, 3}}, {{3, 4}}}, [](const In& in) { return tensordot(in[0], in[1], 1); }),
      row("tensordot", {{{2, 3, 2}}, {{3, 2, 2}}}, [](const In& in) { return tensordot(in[0], in[1]); }),
      row("tensordot", {{{2, 3, 2}}, {{2, 2, 3}}},
          [](const In& in) {
            return tensordot(in[0], in[1], {0, -1}, {1, 0});
          }),
      row("tensordot", {{{2, 2}}, {{3}}}, [](const In& in) { return tensordot(in[0], in[1], 0); }),
      row("inner", {{{2, 3}}, {{2, 2, 3}}}, [](const In& in) { return inner(in[0], in[1]); }),
      row("dot", {{{4}}, {{4}}}, [](const In& in) { return dot(in[0], in[1]); }),
      row("outer", {{{3}}, {{4}}}, [](const In& in) { return outer(in[0], in[1]); }),
      row("kron", {{{2, 2}}, {{2, 3}}}, [](const In& in) { return kron(in[0], in[1]); }),
      row("cross", {{{2, 3}}, {{2, 3}}}, [](const In& in) { return cross(in[0], in[1]); }),
      row("cross", {{{3, 2}}, {{3, 2}}}, [](const In& in) { return cross(in[0], in[1], 0); }),
      cases::row(
          "cdist", {{{3, 2}}, {{4, 2}}}, [](const In& in) { return cdist(in[0], in[1]); }, false),
      row("cdist", {{{3, 2}}, {{2, 2, 2}}}, [](const In& in) { return cdist(in[0], in[1], 1); }),
      cases::row(
          "cdist", {{{3, 2}}, {{2, 2}}}, [](const In& in) { return cdist(in[0], in[1], 3); }, false),
      row("cdist", {{{3, 2}}, {{2, 2}}},
          [](const In& in) { return cdist(in[0], in[1], std::numeric_limits<double>::infinity()); }),
      row("bilinear", {{{2, 3}}, {{2, 4}}, {{2, 3, 4}}, {{2}}},
          [](const In& in) { return bilinear(in[0], in[1], in[2], in[3]); }),
      row("bilinear", {{{2, 1, 3}}, {{2, 1, 2}}, {{4, 3, 2}}},
          [](const In& in) { return bilinear(in[0], in[1], in[2]); }),
  };
}
