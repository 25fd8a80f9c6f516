// The table of operations: autograd/ops/sort.h.
#include "cases.h"

using namespace taper;
using In = std::vector<Tensor>;

std::vector<Row> sort_rows() { return {}; }
