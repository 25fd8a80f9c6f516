// NamedTensors: matching and loading.
#include <algorithm>
#include <map>
#include <string_view>

#include <fmt/format.h>

#include <taper/tensor/elementwise.h>
#include <taper/tensor/error.h>
#include <taper/tensor/named_tensors.h>

namespace taper {
namespace {

// Collects the differences of one kind into a text: "missing: a, b".
class Differences {
 public:
  explicit Differences(const char* kind) : text_(kind) {}
  void add(const std::string& text) {
    if (++count_ <= most) text_ += (count_ == 1 ? "" : ", ") + text;
  }
  void add_name(const std::string& name) { add(fmt::format("\"{}\"", name)); }
  bool any() const { return count_ > 0; }
  std::string text() const {
    return count_ > most ? fmt::format("{} and {} more", text_, count_ - most) : text_;
  }

 private:
  static constexpr int most = 8;
  std::string text_;
  int count_ = 0;
};

}  // namespace

std::vector<Tensor> matched(const std::string& function, const NamedTensors& own, const NamedTensors& given,
                            const Function<bool(const std::string& name)>& accepted) {
  Differences missing("missing: "), unexpected("unexpected: "), twice("given twice: "),
      undefined("undefined: "), shapes(""), dtypes("");
  std::map<std::string_view, const Tensor*> by_name;
  for (const auto& [name, tensor] : given) {
    if (!by_name.emplace(name, &tensor).second) twice.add_name(name);
    if (!tensor.defined()) undefined.add_name(name);
  }
  std::map<std::string_view, const Tensor*> rest = by_name;
  std::vector<Tensor> values;
  for (const auto& [name, tensor] : own) {
    rest.erase(name);
    const auto found = by_name.find(name);
    if (found == by_name.end()) {
      missing.add_name(name);
      continue;
    }
    const Tensor& value = *found->second;
    values.push_back(value);
    if (!value.defined()) continue;
    if (value.shape() != tensor.shape())
      shapes.add(fmt::format("\"{}\" has shape {}, got {}", name, to_string(tensor.shape()),
                             to_string(value.shape())));
    if (value.dtype() != tensor.dtype())
      dtypes.add(fmt::format("\"{}\" has dtype {}, got {} (convert one of them with to(dtype) first)", name,
                             taper::name(tensor.dtype()), taper::name(value.dtype())));
  }
  for (const auto& [name, tensor] : given)
    if (rest.erase(name) > 0 && !(accepted && accepted(name))) unexpected.add_name(name);

  std::string message;
  for (const Differences* const each : {&missing, &unexpected, &twice, &undefined, &shapes, &dtypes})
    if (each->any()) message += (message.empty() ? ": " : "; ") + each->text();
  if (message.empty()) return values;
  if (missing.any() || unexpected.any() || twice.any() || undefined.any())
    throw ValueError(function + message);
  if (shapes.any()) throw ShapeError(function + message);
  throw DTypeError(function + message);
}

void overwrite(const NamedTensors& own, std::vector<Tensor> values) {
  std::vector<const Storage*> written;
  for (const auto& [name, tensor] : own) written.push_back(tensor.value().storage.get());
  std::sort(written.begin(), written.end());
  for (Tensor& value : values)
    if (std::binary_search(written.begin(), written.end(), value.value().storage.get()))
      value = compute::cast(value, value.dtype());
  for (std::size_t i = 0; i < own.size(); ++i) {
    Tensor place = own[i].second;
    compute::copy(place, values[i]);
  }
}

}  // namespace taper
