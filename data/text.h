// Text: lines of a file, and windows of a long sequence of tokens, as examples.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <taper/data/dataset.h>
#include <taper/data/vocabulary.h>

namespace taper::data {

/// An example is a line, the numbers of its tokens: int64 [tokens]. Lines without tokens are left out. Put
/// them together with pad().
///
///     const std::string text = io::read_file("sentences.txt");
///     const data::Vocabulary vocabulary(text);
///     data::DataLoader loader(data::TextLines(text, vocabulary), {.batch_size = 32, .collate =
///     data::pad()});
class TextLines final : public Dataset {
 public:
  /// The lines of a text, which LF or CRLF ends.
  TextLines(std::string_view text, const Vocabulary& vocabulary);

  std::int64_t size() const override { return static_cast<std::int64_t>(begins_.size()) - 1; }
  /// A view. Throws IndexError out of range.
  Example get(std::int64_t index, Generator& unused) const override;
  bool is_random() const override { return false; }

 private:
  Tensor numbers_;                          // of all lines
  std::vector<std::int64_t> begins_ = {0};  // where each line begins, and the last one ends
};

/// Options of TokenWindows.
struct TokenWindowsOptions {
  /// The number of tokens of an example.
  std::int64_t length = 128;
  /// The distance of the beginnings of examples; 0: `length`, so that no token is in two of them.
  std::int64_t stride = 0;
};

/// What a language model learns from: an example is a window of a sequence, and the same one token further,
/// which is what follows each token: two int64 [length].
class TokenWindows final : public Dataset {
 public:
  /// `numbers` are int64 [tokens]. Throws ShapeError or DTypeError for others; ValueError for a length below
  /// 1, a negative stride, or fewer than length + 1 tokens.
  explicit TokenWindows(const Tensor& numbers, TokenWindowsOptions options = {});

  std::int64_t size() const override { return size_; }
  /// Views. Throws IndexError out of range.
  Example get(std::int64_t index, Generator& unused) const override;
  bool is_random() const override { return false; }

 private:
  Tensor numbers_;
  std::int64_t length_, stride_, size_;
};

}  // namespace taper::data
