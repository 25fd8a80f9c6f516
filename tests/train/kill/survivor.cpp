// Trains a small network with checkpoints, to be killed and resumed: survivor DIRECTORY THREADS [EPOCHS].
// Prints a hash of all that it has come to.
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>

#include "../small.h"
#include <taper/tensor/parallel.h>
#include <taper/train/early_stopping.h>
#include <taper/train/weights_hash.h>

using namespace taper;

namespace {

void run(const std::string& directory, int threads, std::int64_t epochs) {
  set_num_threads(threads);
  SmallTraining small;
  small.trainer.fit(
      small.loader,
      {.epochs = epochs,
       .validation_data = &small.validation,
       .callbacks = {training::EarlyStopping({.patience = 1000, .restore_best_weights = true})},
       .verbose = 0,
       .checkpoints = {.directory = directory, .every_steps = 1, .keep_last = 3, .monitor = "val_loss"},
       .resume = true});
  const auto whole = training::hash_of(small.trainer.history().state_dict()) ^
                     training::hash_of(small.adam.state_dict()) * 3 ^
                     training::hash_of(small.model.state_dict()) * 5;
  std::printf("%016llx steps %lld\n", static_cast<unsigned long long>(whole),
              static_cast<long long>(small.trainer.step()));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  try {
    run(argv[1], std::atoi(argv[2]), argc > 3 ? std::atoi(argv[3]) : 25);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "error: %s\n", error.what());
    return 1;
  }
}
