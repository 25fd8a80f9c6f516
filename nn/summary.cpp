// Summary: a table of the layers of a model.
#include <algorithm>
#include <map>
#include <vector>

#include <fmt/format.h>

#include <taper/autograd/grad_mode.h>
#include <taper/nn/summary.h>
#include <taper/nn/undisturbed.h>
#include <taper/tensor/create.h>

namespace taper::nn {
namespace {

// Records the shape of the last result of each module.
class Shapes : public CallObserver {
 public:
  void called(const Module& module, const Tensor& result) override {
    shapes_[identity(module)] = to_string(result.shape());
  }
  std::string of(const Module& module) const {
    const auto found = shapes_.find(identity(module));
    return found == shapes_.end() ? "?" : found->second;  // the module was not called
  }

 private:
  std::map<const void*, std::string> shapes_;
};

struct Size {
  std::int64_t count = 0, bytes = 0;
  void add(const Tensor& tensor) {
    count += tensor.numel();
    bytes += tensor.numel() * size_of(tensor.dtype());
  }
};

std::string grouped(std::int64_t number) {
  std::string text = std::to_string(number);
  for (std::size_t i = text.size(); i > 3; i -= 3) text.insert(i - 3, 1, ',');
  return text;
}

std::string total(const char* what, const Size& size) {
  return fmt::format("{}: {} ({:.2f} KB)\n", what, grouped(size.count),
                     static_cast<double>(size.bytes) / 1024);
}

// The tensors of the module itself: without those of its children, and without counters.
std::vector<Tensor> own_tensors(const NamedTensors& tensors) {
  std::vector<Tensor> own;
  for (const auto& [name, tensor] : tensors)
    if (name.find('.') == std::string::npos && is_floating(tensor.dtype())) own.push_back(tensor);
  return own;
}

}  // namespace

std::string summary(Module& module, const Shape& input_shape) {
  const std::vector<Tensor> parameters = module.parameters();
  const DType dtype = parameters.empty() ? float32 : parameters[0].dtype();
  return detail::summary(module, [&] { module(zeros(input_shape, dtype)); });
}

std::vector<LayerRow> layer_rows(Module& module, const Function<void()>& call) {
  Shapes shapes;
  {
    const NoGrad no_grad;
    const detail::Undisturbed undisturbed(module);
    call();
  }

  std::vector<LayerRow> rows;
  for (const auto& [name, layer] : module.named_modules()) {
    if (layer == &module && !module.named_children().empty()) continue;
    Size size;
    for (const Tensor& tensor : own_tensors(layer->named_parameters())) size.add(tensor);
    for (const Tensor& tensor : own_tensors(layer->named_buffers())) size.add(tensor);
    rows.push_back({name, layer->type(), shapes.of(*layer), size.count});
  }
  return rows;
}

std::string detail::summary(Module& module, const Function<void()>& call) {
  struct Row {
    std::string layer, shape, count;
  };
  std::vector<Row> rows = {{"Layer (type)", "Output shape", "Parameters"}};
  for (const auto& [name, type, shape, parameters] : layer_rows(module, call))
    rows.push_back({name.empty() ? type : fmt::format("{} ({})", name, type), shape, grouped(parameters)});

  Size trainable, fixed;
  for (const Tensor& parameter : module.parameters())
    (parameter.requires_grad() ? trainable : fixed).add(parameter);
  for (const Tensor& buffer : module.buffers())
    if (is_floating(buffer.dtype())) fixed.add(buffer);
  const Size all{trainable.count + fixed.count, trainable.bytes + fixed.bytes};

  std::size_t widths[3] = {};
  for (const Row& row : rows) {
    widths[0] = std::max(widths[0], row.layer.size());
    widths[1] = std::max(widths[1], row.shape.size());
    widths[2] = std::max(widths[2], row.count.size());
  }
  const auto line = [&](const char* left, const char* middle, const char* right, const char* stroke) {
    std::string text = left;
    for (int i = 0; i < 3; ++i) {
      for (std::size_t j = 0; j < widths[i] + 2; ++j) text += stroke;
      text += i < 2 ? middle : right;
    }
    return text + "\n";
  };
  std::string text = fmt::format("Model: {}\n", module.type()) + line("┏", "┳", "┓", "━");
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const char* const side = i == 0 ? "┃" : "│";
    text += fmt::format("{0} {1:<{2}} {0} {3:<{4}} {0} {5:>{6}} {0}\n", side, rows[i].layer, widths[0],
                        rows[i].shape, widths[1], rows[i].count, widths[2]);
    if (i == 0) text += line("┡", "╇", "┩", "━");
  }
  text += line("└", "┴", "┘", "─");
  return text + total("Total parameters", all) + total("Trainable parameters", trainable) +
         total("Non-trainable parameters", fixed);
}

}  // namespace taper::nn
