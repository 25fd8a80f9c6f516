// Text: one tensor of all tokens, of which examples are views.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include <taper/data/text.h>
#include <taper/tensor/elementwise.h>
#include <taper/tensor/error.h>

namespace taper::data {
namespace {

Tensor part(const Tensor& numbers, std::int64_t begin, std::int64_t end) {
  return numbers.alias(numbers.layout().slice("get", 0, begin, end));
}

void check_index(std::int64_t index, std::int64_t size) {
  if (index < 0 || index >= size)
    throw IndexError(fmt::format("get: index {} is out of range for {} examples", index, size));
}

}  // namespace

TextLines::TextLines(std::string_view text, const Vocabulary& vocabulary) {
  std::vector<Tensor> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    Tensor numbers = vocabulary.encode(line);
    if (numbers.numel() == 0) continue;
    begins_.push_back(begins_.back() + numbers.numel());
    lines.push_back(std::move(numbers));
  }
  numbers_ = Tensor::empty({begins_.back()}, DType::int64, "TextLines");
  std::int64_t* out = numbers_.mutable_data<std::int64_t>();
  for (const Tensor& line : lines) {
    const std::int64_t* const from = line.data<std::int64_t>();
    out = std::copy(from, from + line.numel(), out);
  }
}

Example TextLines::get(std::int64_t index, Generator&) const {
  check_index(index, size());
  const std::size_t i = static_cast<std::size_t>(index);
  return {part(numbers_, begins_[i], begins_[i + 1])};
}

TokenWindows::TokenWindows(const Tensor& numbers, TokenWindowsOptions options)
    : length_(options.length), stride_(options.stride == 0 ? options.length : options.stride), size_(0) {
  if (numbers.rank() != 1)
    throw ShapeError(
        fmt::format("TokenWindows: expected numbers of shape [tokens], got {}", to_string(numbers.shape())));
  if (numbers.dtype() != DType::int64)
    throw DTypeError(
        fmt::format("TokenWindows: expected numbers of dtype int64, got {}", name(numbers.dtype())));
  if (length_ < 1 || stride_ < 1 || numbers.numel() <= length_)
    throw ValueError(
        fmt::format("TokenWindows: expected a length of at least 1, a stride of at least 0 and more tokens "
                    "than length, got {}, {} "
                    "and {}",
                    options.length, options.stride, numbers.numel()));
  numbers_ = compute::contiguous(numbers).detach();
  size_ = (numbers.numel() - 1 - length_) / stride_ + 1;
}

Example TokenWindows::get(std::int64_t index, Generator&) const {
  check_index(index, size_);
  const std::int64_t begin = index * stride_, end = begin + length_;
  return {part(numbers_, begin, end), part(numbers_, begin + 1, end + 1)};
}

}  // namespace taper::data
