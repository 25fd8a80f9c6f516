// Rows of the attention layers.
#include "layer_cases.h"

using namespace taper;

std::vector<LayerRow> attention_layers() { return {}; }
