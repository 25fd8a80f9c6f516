// CsvLogger: writing of the table.
#include <fmt/format.h>

#include <taper/io/file.h>
#include <taper/train/csv_logger.h>
#include <taper/train/trainer.h>

namespace taper::training {

void CsvLogger::on_epoch_end(Trainer& trainer, std::int64_t epoch, const Logs&) {
  const auto& columns = trainer.history().all();
  std::string text = "epoch";
  for (const auto& [name, values] : columns) text += separator_ + name;
  text += '\n';
  // The last line is the epoch that has ended: the first one follows from how many there are.
  const std::size_t lines = columns.empty() ? 0 : columns.front().second.size();
  std::size_t validated = 0;  // lines so far
  for (std::size_t line = 0; line < lines; ++line) {
    const std::int64_t number = epoch + 1 - static_cast<std::int64_t>(lines - line);
    const bool skipped = trainer.skips_validation(number);
    text += fmt::to_string(number);
    for (const auto& [name, values] : columns) {
      const bool validation = name.starts_with("val_");
      const std::size_t at = validation ? validated : line;
      text += separator_;
      text += (validation && skipped) || at >= values.size() ? "NA" : fmt::format("{}", values[at]);
    }
    validated += skipped ? 0 : 1;
    text += '\n';
  }
  io::write_file(path_, text);
}

}  // namespace taper::training
