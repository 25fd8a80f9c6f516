// CsvLogger: the history of a training as a CSV file.
#pragma once

#include <string>

#include <taper/train/callback.h>

namespace taper::training {

/// Writes "epoch,loss,accuracy,val_loss,..." and a line for each epoch, from 0, with all digits of its
/// values, NA where it was not validated. The file is replaced as a whole after each epoch, so that it is
/// complete at any time and after a resume, too.
class CsvLogger final : public Callback {
 public:
  explicit CsvLogger(std::string path, char separator = ',')
      : path_(std::move(path)), separator_(separator) {}
  /// Throws IoError if the file cannot be written.
  void on_epoch_end(Trainer& trainer, std::int64_t epoch, const Logs& logs) override;

 private:
  std::string path_;
  char separator_;
};

}  // namespace taper::training
