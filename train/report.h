// Report: one page of HTML about a training, written anew after each epoch.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <taper/data/dataset.h>
#include <taper/nn/module.h>
#include <taper/optim/optimizer.h>
#include <taper/train/callback.h>

namespace taper {
class Profile;
}
namespace taper::training {

/// Options of Report.
struct ReportOptions {
  std::string title = "Training";
  /// The names of classes; without, they are called by their numbers.
  std::vector<std::string> classes = {};
  /// As a callback: after each epoch the model is evaluated on these examples, for the table of confusions
  /// and the worst mistakes. They must outlive the training.
  const data::Dataset* examples = nullptr;
  /// Norms of gradients and updates are measured every so many steps: it takes one pass over the parameters,
  /// and a copy of them. In long trainings it becomes rarer by itself, so that the page stays small.
  std::int64_t every = 10;
  /// The times of its layers are shown, up to each writing of the page. It must outlive the training.
  const Profile* profile = nullptr;
  /// How many of the worst mistakes are shown.
  std::int64_t mistakes = 24;
  /// While the training runs, a browser loads the page again after so many seconds; 0: never.
  std::int64_t refresh = 10;
};

/// One file of HTML that shows a training: curves of loss and metrics, learning rate, norms of gradients and
/// updates by layer, confusions of classes, the worst mistakes as images, the layers with their shapes and
/// times, the settings. It needs nothing else: no network, no other file, no script (a small one shows values
/// under the mouse). It is written atomically after each epoch, so it can be watched.
///
/// As a callback of a Trainer, it does everything by itself:
///
///     training::Report report("report.html", {.title = "MNIST", .examples = &test});
///
/// In a loop of your own:
///
///     report.begin(model, optimizer);
///     for (int epoch = 0; epoch < 10; ++epoch) {
///       for (const data::Batch& batch : loader) {
///         const Tensor loss = optimizer.minimize([&] { ... });
///         report.step(loss.item<double>());
///       }
///       report.evaluate(model, test);
///       report.epoch({{"loss", ...}, {"val_loss", ...}, {"val_accuracy", ...}});
///     }
///     report.end();
///
/// Memory and file do not grow with the number of steps: of each curve over steps at most 400 points stay.
class Report : public Callback {
 public:
  /// Throws ValueError for an option that makes no sense.
  explicit Report(std::string path, ReportOptions options = {});
  Report(Report&&) noexcept;
  Report& operator=(Report&&) = delete;
  ~Report() override;

  /// The training begins. Model and optimizer must stay until end(). With an input, of one batch or example,
  /// the shapes of all layers are found by a call of the model. `epochs` is how many there will be, if known.
  void begin(nn::Module& model, const optim::Optimizer& optimizer, const Tensor& input = {},
             std::int64_t epochs = 0);
  /// After a step of the optimizer, while its gradients are there: the loss of the batch. Throws ValueError
  /// before begin().
  void step(double loss);
  /// After an epoch: its values. Those of the validation have names that begin with "val_". Writes the page:
  /// throws IoError.
  void epoch(const Logs& values);
  /// The training is over, as planned or (false) by an error: the page says so.
  void end(bool finished = true);

  /// Runs the model, in evaluation mode, over examples of an input and a target, in place of what predictions
  /// there were. Throws what the model throws.
  void evaluate(nn::Module& model, const data::Dataset& examples);
  /// The same with predictions that are there already, one batch after the other: inputs, targets and the
  /// outputs of the model. Of a classifier, targets are int64 [batch], outputs logits or probabilities
  /// [batch, classes]; of a regression both are floating and have the same number of elements. Others are
  /// left out. clear_predictions() begins anew.
  void predictions(const Tensor& inputs, const Tensor& targets, const Tensor& outputs);
  void clear_predictions();

  /// A row of the settings: a name and a value. The same name again replaces the value.
  void setting(const std::string& name, const std::string& value);
  /// Times of anything: names and seconds.
  void times(std::vector<std::pair<std::string, double>> seconds);

  /// The page as it is now.
  std::string html() const;
  /// Writes it to the path. Throws IoError.
  void write() const;

  void on_train_begin(Trainer& trainer) override;
  void on_epoch_begin(Trainer& trainer, std::int64_t epoch) override;
  void on_batch_end(Trainer& trainer, std::int64_t batch, const Logs& logs) override;
  void on_epoch_end(Trainer& trainer, std::int64_t epoch, const Logs& logs) override;
  void on_train_end(Trainer& trainer) override;
  /// The curves, so that a training which is resumed goes on in the same page.
  NamedTensors state_dict() const override;
  /// Throws ValueError for what state_dict() did not give.
  void load_state_dict(const NamedTensors& state) override;

 private:
  struct Recorder;
  std::string path_;
  std::unique_ptr<Recorder> recorder_;
};

}  // namespace taper::training
