// TensorBoard: event files with scalars, histograms, images, texts and the graph of a model.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include <taper/nn/module.h>
#include <taper/tensor/function.h>
#include <taper/train/callback.h>

namespace taper::training {

/// Options of TensorBoard.
struct TensorBoardOptions {
  /// As a callback: after every so many steps, the means of the epoch so far are written as "batch_NAME";
  /// 0: never, as with Keras's update_freq = "epoch".
  std::int64_t update_freq = 0;
  /// As a callback: after every so many epochs, histograms of all parameters, and of their gradients, are
  /// written; 0: never.
  std::int64_t histogram_freq = 0;
  /// As a callback: whether the graph of the model is written.
  bool write_graph = true;
  /// What scalar() and the others have written to the directory in earlier runs is no longer shown from this
  /// step on: for a training that goes on there, and would show these steps twice. SummaryWriter's of
  /// PyTorch. As a callback, it does so by itself for what it has written.
  std::optional<std::int64_t> purge_step = {};
  /// Seconds since 1970, which each event has; by default the system's clock.
  Function<double()> clock = {};
};

/// Writes what `tensorboard --logdir DIRECTORY` shows:
///
///     training::TensorBoard board("runs/first");
///     board.scalar("loss", loss, step);
///     board.histogram("weights", model.parameters()[0], step);
///     board.image("digits", training::picture(training::make_grid(images)), step);
///
/// As a callback it writes as Keras's does: the values of the training to DIRECTORY/train, those of the
/// validation to DIRECTORY/validation, as "epoch_loss", "epoch_accuracy" and so on, in epochs from 0, and the
/// learning rate; other than Keras's, what belongs to steps to DIRECTORY/batches, since they count otherwise.
/// A run goes on in new files beside the old ones; TensorBoard joins them. Behind a checkpoint, it shows what
/// the resumed training writes, instead of what the interrupted one still has written.
///
/// Files are written by flush(), after each epoch, when there is much, and at the end; unlike other files of
/// Taper they grow in place, which is how they are read. All functions throw IoError where a file cannot be
/// written, or if this build is without protobuf.
class TensorBoard : public Callback {
 public:
  /// Throws ValueError for a negative number.
  explicit TensorBoard(std::string directory, TensorBoardOptions options = {});
  TensorBoard(TensorBoard&&) noexcept;
  TensorBoard& operator=(TensorBoard&&) = delete;
  ~TensorBoard() override;

  /// A number; TensorBoard keeps float32.
  void scalar(const std::string& tag, double value, std::int64_t step);
  /// The distribution of the finite elements of a tensor, in 30 intervals of equal width.
  void histogram(const std::string& tag, const Tensor& values, std::int64_t step);
  /// An image, uint8 [channels, height, width] or [height, width], as a PNG: see picture(). Throws as
  /// io::encode_png() does.
  void image(const std::string& tag, const Tensor& pixels, std::int64_t step);
  /// A text, which is shown as Markdown.
  void text(const std::string& tag, const std::string& text, std::int64_t step);
  /// The layers of a model, and which of them use whose results: see model_graph(). Throws what the model
  /// throws.
  void graph(nn::Module& model, const Tensor& input);
  void flush();

  void on_train_begin(Trainer& trainer) override;
  void on_batch_end(Trainer& trainer, std::int64_t batch, const Logs& logs) override;
  void on_epoch_end(Trainer& trainer, std::int64_t epoch, const Logs& logs) override;
  void on_train_end(Trainer& trainer) override;
  /// Nothing; but what a checkpoint comes behind is flushed.
  NamedTensors state_dict() const override;

 private:
  struct Writers;
  std::unique_ptr<Writers> writers_;
};

}  // namespace taper::training
