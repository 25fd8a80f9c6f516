// CsvDataset: a table, encoded.
#include <utility>

#include <taper/data/csv_dataset.h>
#include <taper/tensor/error.h>

namespace taper::data {
namespace {

TensorDataset rows_of(const Table& table, const TableEncoder& encoder) {
  std::vector<Tensor> tensors{encoder.features(table)};
  if (encoder.has_target()) tensors.push_back(encoder.target(table));
  return TensorDataset(std::move(tensors));
}

CsvOptions with_text(CsvOptions csv, const TableEncoder& encoder) {
  csv.text = encoder.text_columns();
  return csv;
}

CsvDataset learned(const Table& table, TableEncoderOptions options) {
  return {table, TableEncoder(table, std::move(options))};
}

}  // namespace

CsvDataset::CsvDataset(const std::string& path, TableEncoderOptions options, const CsvOptions& csv)
    : CsvDataset(learned(read_csv(path, csv), std::move(options))) {}

CsvDataset::CsvDataset(const std::string& path, const TableEncoder& encoder, const CsvOptions& csv)
    : CsvDataset(read_csv(path, with_text(csv, encoder)), encoder) {}

CsvDataset::CsvDataset(const Table& table, const TableEncoder& encoder)
    : encoder_(encoder), rows_(rows_of(table, encoder)) {}

const Tensor& CsvDataset::targets() const {
  if (!encoder_.has_target())
    throw ValueError("CsvDataset: there is no target; the options did not name one");
  return rows_.tensors()[1];
}

}  // namespace taper::data
