// Layers as ONNX nodes: the translators that need more than a line. Internal; the table is in
// onnx_operations.cpp.
#pragma once

#include <taper/interop/onnx_builder.h>

namespace taper::interop::detail {

void onnx_convolution(OnnxBuilder& to, const char*);
void onnx_transposed_convolution(OnnxBuilder& to, const char*);
void onnx_max_pool(OnnxBuilder& to, const char*);
void onnx_average_pool(OnnxBuilder& to, const char*);
void onnx_adaptive_pool(OnnxBuilder& to, const char* kind);
void onnx_batch_norm(OnnxBuilder& to, const char*);
void onnx_instance_norm(OnnxBuilder& to, const char*);
void onnx_layer_norm(OnnxBuilder& to, const char*);
void onnx_recurrent(OnnxBuilder& to, const char* type);

}  // namespace taper::interop::detail
