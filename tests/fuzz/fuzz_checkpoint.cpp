// libFuzzer: a hostile checkpoint is refused by taper::Error, and then has changed nothing; or it is loaded,
// and the training goes on with it. The bytes are a file, or say how a good one is changed.
#include <string>

#include "arguments.h"
#include "state.h"
#include <taper/autograd/autograd.h>
#include <taper/data/tensor_dataset.h>
#include <taper/nn/nn.h>
#include <taper/optim/optim.h>
#include <taper/tensor/create.h>
#include <taper/tensor/error.h>
#include <taper/tensor/memory.h>
#include <taper/train/checkpoints.h>
#include <taper/train/early_stopping.h>
#include <taper/train/history.h>
#include <taper/train/reduce_lr_on_plateau.h>
#include <taper/train/state.h>

using namespace taper;

namespace {

struct Training {
  nn::Sequential model{nn::Linear(2, 3), nn::BatchNorm1d(3), nn::Dropout(0.5), nn::Linear(3, 1)};
  optim::Adam adam{model};
  data::TensorDataset examples{{ones({6, 2}), ones({6, 1})}};
  data::DataLoader loader{examples, {.batch_size = 2, .shuffle = true, .seed = 1, .prefetch = 0}};
  training::EarlyStopping stopping;
  training::ReduceLROnPlateau plateau;
  training::History history;
  Generator random{2};
  std::int64_t step = 0;
  double loss_sum = 0;
  training::State state;

  Training() {
    state.add("model", model).add("optimizer", adam).add("loader", loader).add("callback_0", stopping);
    state.add("callback_1", plateau).add("history", history).add("random", random);
    state.add("step", step).add("loss_sum", loss_sum);
  }
  void run() {
    for (const data::Batch& batch : loader) {
      const RandomScope scope(random.split(static_cast<std::uint64_t>(step)));
      loss_sum += adam.minimize([&] { return mse_loss(model(batch[0]), batch[1]); }).item<double>();
    }
    history.append({{"loss", loss_sum}});
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Arguments arguments({data, size});
  manual_seed(1);
  memory::limit(memory::statistics().bytes_reserved + (std::uint64_t{64} << 20));
  Training training;
  training.run();
  NamedTensors given = training.state.state_dict();
  training.run();
  const std::vector<std::uint64_t> before = digests(training.state.state_dict());
  try {
    if (arguments.flag())
      given = training::parse_checkpoint(std::as_bytes(arguments.rest()));
    else
      while (!arguments.empty() && !given.empty()) change(given, arguments);
    training.state.load_state_dict(given);
  } catch (const Error&) {
    if (digests(training.state.state_dict()) != before) __builtin_trap();
    return 0;
  }
  try {
    training.run();
  } catch (const Error&) {
  }
  return 0;
}
