// CsvDataset: the rows of a CSV file as examples.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <taper/data/csv.h>
#include <taper/data/table_encoder.h>
#include <taper/data/tensor_dataset.h>

namespace taper::data {

/// An example is the features of a row, float32 [features], and, if the options name a target, that: a
/// float32 [1] or an int64 [], the index of a class. See TableEncoder.
///
///     const data::CsvDataset iris("iris.csv", {.target = "species"});
///
/// For other files with the same columns, use the encoder of the first: `data::CsvDataset("test.csv",
/// iris.encoder())`.
class CsvDataset final : public Dataset {
 public:
  /// Throws as read_csv() and TableEncoder do.
  explicit CsvDataset(const std::string& path, TableEncoderOptions options = {}, const CsvOptions& csv = {});
  CsvDataset(const std::string& path, const TableEncoder& encoder, const CsvOptions& csv = {});
  CsvDataset(const Table& table, const TableEncoder& encoder);

  std::int64_t size() const override { return rows_.size(); }
  /// Throws IndexError out of range.
  Example get(std::int64_t index, Generator& unused) const override { return rows_.get(index, unused); }
  /// Throws ValueError for an empty list of indices, IndexError out of range.
  Batch get_batch(std::span<const std::int64_t> indices, const Randomness& unused) const override {
    return rows_.get_batch(indices, unused);
  }

  const TableEncoder& encoder() const noexcept { return encoder_; }
  /// All features, float32 [size, features], and all targets.
  const Tensor& features() const noexcept { return rows_.tensors()[0]; }
  /// Throws ValueError if there is no target.
  const Tensor& targets() const;

 private:
  TableEncoder encoder_;
  TensorDataset rows_;
};

}  // namespace taper::data
