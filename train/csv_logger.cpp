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
  for (std::size_t line = 0; line < lines; ++line) {
    text += fmt::to_string(epoch + 1 - static_cast<std::int64_t>(lines - line));
    for (const auto& [name, values] : columns)
      text += separator_ + (line < values.size() ? fmt::format("{}", values[line]) : "");
    text += '\n';
  }
  io::write_file(path_, text);
}

}  // namespace taper::training
