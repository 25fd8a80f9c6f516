// Vocabulary: text as whole numbers, and back.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <taper/tensor/tensor.h>

namespace taper::data {

/// What a text is divided into: bytes; characters, which are code points of UTF-8 (a byte that is part of
/// none is one by itself); or words, which are letters, digits, '_', and whatever is not ASCII, side by side,
/// while other signs are words by themselves, and spaces are dropped.
enum class Tokens { bytes, characters, words };

/// The parts of a text, in order.
std::vector<std::string_view> tokenize(std::string_view text, Tokens tokens);

/// Options of Vocabulary.
struct VocabularyOptions {
  Tokens tokens = Tokens::words;
  /// Keep only the most frequent tokens, so many with padding and unknown; 0: all.
  std::int64_t most = 0;
  /// Keep only tokens that occur so often.
  std::int64_t least_count = 1;
};

/// Numbers the different tokens of a text: 0 is padding and stands for no token, 1 is a token that is not
/// known, and then they come by how often they occur, the most frequent first, and those that occur equally
/// often in the order of their bytes. Of bytes there are always 256, and their numbers are they themselves,
/// without padding and unknown.
///
///     const data::Vocabulary vocabulary(text, {.tokens = data::Tokens::characters});
///     const Tensor numbers = vocabulary.encode("hello");
class Vocabulary {
 public:
  /// Learns the tokens of a text. Throws ValueError for a negative `most` or 1, or a least_count below 1.
  explicit Vocabulary(std::string_view text, const VocabularyOptions& options = {});
  /// With known tokens, such as tokens() of another one. Throws ValueError if one occurs twice.
  Vocabulary(std::vector<std::string> tokens, Tokens kind);

  std::int64_t size() const noexcept { return static_cast<std::int64_t>(tokens_.size()); }
  /// The tokens by their numbers: "" is padding, "<unknown>" the second.
  const std::vector<std::string>& tokens() const noexcept { return tokens_; }
  /// The number of a token; 1 if it is not known.
  std::int64_t number(std::string_view token) const;

  /// The numbers of a text's tokens: int64 [tokens].
  Tensor encode(std::string_view text) const;
  /// The text of numbers, int64 of any shape, in row-major order: tokens one behind the other, words with a
  /// space in between. Throws DTypeError for another dtype, IndexError for a number out of range.
  std::string decode(const Tensor& numbers) const;

 private:
  void index();
  Tokens kind_;
  std::vector<std::string> tokens_;
  std::map<std::string, std::int64_t, std::less<>> numbers_;
};

}  // namespace taper::data
