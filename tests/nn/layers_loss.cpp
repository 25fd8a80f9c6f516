// Rows of the loss layers.
#include "layer_cases.h"

using namespace taper;

std::vector<LayerRow> loss_layers() { return {}; }
