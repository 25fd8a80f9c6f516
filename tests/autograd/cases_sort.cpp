// The table of operations: sorting and searching. Each row has its values and gradients from PyTorch, see
// test_torch.cpp.
#include "cases.h"

using namespace taper;
using In = std::vector<Tensor>;

namespace {

// What is undefined is left to the function that the row calls.
Tensor ordered(const Tensor& x) { return x.defined() ? sort(x).values : x; }

}  // namespace

std::vector<Row> sort_rows() {
  const Argument x{{2, 3, 4}}, vector{{12}}, natural{{12}, 0, 6, int64};
  const auto row = [](const char* name, std::vector<Argument> arguments, TensorFunction function) {
    return Row{
        .name = name, .function = std::move(function), .arguments = std::move(arguments), .linear = true};
  };
  const auto whole = [row](const char* name, std::vector<Argument> arguments, TensorFunction function) {
    Row result = row(name, std::move(arguments), std::move(function));
    result.differentiable = false;
    return result;
  };
  return {
      row("sort", {x}, [](const In& in) { return sort(in[0]).values; }),
      whole("sort", {x}, [](const In& in) { return sort(in[0]).indices; }),
      row("sort", {x}, [](const In& in) { return sort(in[0], 0, true).values; }),
      whole("sort", {x}, [](const In& in) { return sort(in[0], 1, true).indices; }),
      whole("argsort", {x}, [](const In& in) { return argsort(in[0], -2, true); }),
      row("topk", {x}, [](const In& in) { return topk(in[0], 2).values; }),
      whole("topk", {x}, [](const In& in) { return topk(in[0], 2, 1).indices; }),
      row("topk", {x}, [](const In& in) { return topk(in[0], 2, 1).values; }),
      whole("topk", {x}, [](const In& in) { return topk(in[0], 2, 1).indices; }),
      row("topk", {x}, [](const In& in) { return topk(in[0], 3, -1, false).values; }),
      row("kthvalue", {x}, [](const In& in) { return kthvalue(in[0], 2, 1).values; }),
      row("kthvalue", {x}, [](const In& in) { return kthvalue(in[0], 3, -1, true).values; }),
      whole("kthvalue", {x}, [](const In& in) { return kthvalue(in[0], 3).indices; }),
      row("mode", {x}, [](const In& in) { return mode(in[0], 1).values; }),
      row("mode", {x}, [](const In& in) { return mode(in[0], -1, true).values; }),
      whole("mode", {x}, [](const In& in) { return mode(in[0], 0).indices; }),
      whole("unique", {x}, [](const In& in) { return unique(in[0]).values; }),
      whole("unique", {x}, [](const In& in) { return unique(in[0]).inverse; }),
      whole("unique", {x}, [](const In& in) { return unique(in[0]).counts; }),
      whole("isin", {x, {{2, 2}}}, [](const In& in) { return isin(in[0], in[1]); }),
      whole("searchsorted", {{{5}}, {{3, 4}}},
            [](const In& in) { return searchsorted(ordered(in[0]), in[1]); }),
      whole("searchsorted", {{{2, 5}}, {{2, 4}}},
            [](const In& in) { return searchsorted(ordered(in[0]), in[1], true); }),
      whole("bincount", {natural}, [](const In& in) { return bincount(in[0]); }),
      whole("bincount", {natural, vector}, [](const In& in) { return bincount(in[0], in[1], 9); }),
      row("bincount", {natural, vector}, [](const In& in) { return bincount(in[0], in[1], 9); }),
      whole("histogram", {x}, [](const In& in) { return histogram(in[0], 5).counts; }),
      whole("histogram", {x}, [](const In& in) { return histogram(in[0], 4, -1, 1.5).edges; }),
      whole("histc", {x}, [](const In& in) { return histc(in[0], 6); }),
      whole("histc", {x}, [](const In& in) { return histc(in[0], 4, -2, 2); }),
      whole("nonzero", {x}, [](const In& in) { return nonzero(in[0]); }),
  };
}
