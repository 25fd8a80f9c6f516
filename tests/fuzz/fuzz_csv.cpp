// libFuzzer: no text makes parse_csv, or the encoder of what it returns, do anything but return a table or
// throw one of Taper's errors. The first byte chooses the options.
#include "touch.h"
#include <taper/data/csv.h>
#include <taper/data/table_encoder.h>
#include <taper/tensor/error.h>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace taper;
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const unsigned options = data[0];
  try {
    const data::Table table = data::parse_csv(
        text,
        {.delimiter = (options & 1) != 0 ? ';' : ',', .header = (options & 2) == 0, .missing = {"", "NA"}});
    for (const data::Column& column : table.columns)
      touch(column.is_numeric() ? column.numbers : column.codes);
    const data::TableEncoder encoder(
        table, {.target = (options & 4) != 0 ? table.columns[0].name : "",
                .target_kind = (options & 8) != 0 ? data::TargetKind::classes : data::TargetKind::automatic,
                .fill = static_cast<data::Fill>((options >> 4) % 4),
                .standardize = (options & 64) != 0});
    touch(encoder.features(table));
    if (encoder.has_target()) touch(encoder.target(table));
  } catch (const Error&) {
  }
  return 0;
}
