// Rows of the recurrent layers.
#include "layer_cases.h"

using namespace taper;

std::vector<LayerRow> recurrent_layers() { return {}; }
