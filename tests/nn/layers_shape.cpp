// Rows of the shape layers.
#include "layer_cases.h"

using namespace taper;

std::vector<LayerRow> shape_layers() { return {}; }
