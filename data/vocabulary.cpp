// Vocabulary: divides text into tokens, counts and numbers them.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include <taper/data/vocabulary.h>
#include <taper/tensor/elementwise.h>
#include <taper/tensor/error.h>

namespace taper::data {
namespace {

constexpr std::int64_t unknown = 1;

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         (static_cast<unsigned char>(c) & 0x80U) != 0;
}

// The bytes of the code point that `text` begins with; 1 if it begins with none.
std::size_t length_of_character(std::string_view text) {
  const unsigned first = static_cast<unsigned char>(text[0]);
  const std::size_t length = first >= 0xf0 && first < 0xf8 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 1;
  if (first >= 0xf8 || length > text.size()) return 1;
  for (std::size_t i = 1; i < length; ++i)
    if ((static_cast<unsigned char>(text[i]) & 0xc0U) != 0x80U) return 1;
  return length;
}

std::size_t length_of_word(std::string_view text) {
  std::size_t length = 0;
  while (length < text.size() && is_word(text[length])) ++length;
  return std::max(length, std::size_t{1});
}

}  // namespace

std::vector<std::string_view> tokenize(std::string_view text, Tokens tokens) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    if (tokens == Tokens::words && is_space(text[0])) {
      text.remove_prefix(1);
      continue;
    }
    const std::size_t length = tokens == Tokens::bytes        ? 1
                               : tokens == Tokens::characters ? length_of_character(text)
                                                              : length_of_word(text);
    parts.push_back(text.substr(0, length));
    text.remove_prefix(length);
  }
  return parts;
}

Vocabulary::Vocabulary(std::string_view text, const VocabularyOptions& options) : kind_(options.tokens) {
  if (options.most < 0 || options.most == 1 || options.least_count < 1)
    throw ValueError(
        fmt::format("Vocabulary: expected most to be 0 or at least 2, and a least_count of at least 1, got "
                    "{} and {}",
                    options.most, options.least_count));
  if (kind_ == Tokens::bytes) {
    for (int byte = 0; byte < 256; ++byte) tokens_.emplace_back(1, static_cast<char>(byte));
  } else {
    std::map<std::string_view, std::int64_t> counts;
    for (const std::string_view token : tokenize(text, kind_)) ++counts[token];
    std::vector<std::pair<std::int64_t, std::string_view>> sorted;  // negative counts
    for (const auto& [token, count] : counts)
      if (count >= options.least_count) sorted.emplace_back(-count, token);
    std::sort(sorted.begin(), sorted.end());
    if (options.most > 0) sorted.resize(std::min(sorted.size(), static_cast<std::size_t>(options.most) - 2));
    tokens_ = {"", "<unknown>"};
    for (const auto& [count, token] : sorted) tokens_.emplace_back(token);
  }
  index();
}

Vocabulary::Vocabulary(std::vector<std::string> tokens, Tokens kind)
    : kind_(kind), tokens_(std::move(tokens)) {
  index();
}

void Vocabulary::index() {
  for (const std::string& token : tokens_) {
    const auto number = static_cast<std::int64_t>(numbers_.size());
    if (!numbers_.try_emplace(token, number).second)
      throw ValueError(fmt::format("Vocabulary: token '{}' occurs twice", token));
  }
}

std::int64_t Vocabulary::number(std::string_view token) const {
  const auto found = numbers_.find(token);
  return found == numbers_.end() ? unknown : found->second;
}

Tensor Vocabulary::encode(std::string_view text) const {
  const std::vector<std::string_view> parts = tokenize(text, kind_);
  Tensor numbers = Tensor::empty({static_cast<std::int64_t>(parts.size())}, DType::int64, "encode");
  std::int64_t* const out = numbers.mutable_data<std::int64_t>();
  for (std::size_t i = 0; i < parts.size(); ++i) out[i] = number(parts[i]);
  return numbers;
}

std::string Vocabulary::decode(const Tensor& numbers) const {
  std::string text;
  const Tensor dense = compute::contiguous(numbers);
  const std::int64_t* const values = dense.data<std::int64_t>();
  for (std::int64_t i = 0; i < dense.numel(); ++i) {
    if (values[i] < 0 || values[i] >= size())
      throw IndexError(fmt::format("decode: number {} is out of range for {} tokens", values[i], size()));
    const std::string& token = tokens_[static_cast<std::size_t>(values[i])];
    if (kind_ == Tokens::words && !text.empty() && !token.empty()) text += ' ';
    text += token;
  }
  return text;
}

}  // namespace taper::data
