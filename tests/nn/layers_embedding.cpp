// Rows of the embedding layers.
#include "layer_cases.h"

using namespace taper;

std::vector<LayerRow> embedding_layers() { return {}; }
