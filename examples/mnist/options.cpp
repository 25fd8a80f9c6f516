// The options, as --help lists them.
#include "options.h"

#include <limits>

#include <terminal/options.h>

void declare(CLI::App& app, Options& options) {
  app.option_defaults()->take_last();
  app.add_option("--model", options.model, "digits, mlp, convnet or lenet")
      ->check(CLI::IsMember({"digits", "mlp", "convnet", "lenet"}));
  app.add_option("--optimizer", options.optimizer, "sgd, momentum, rmsprop or adam")
      ->check(CLI::IsMember({"sgd", "momentum", "rmsprop", "adam"}));
  app.add_option(
         "--learning-rate", options.learning_rate,
         "0.003 for adam (onecycle: up to 0.01), 0.001 for rmsprop, 0.1 for sgd, 0.01 for momentum if "
         "not given")
      ->check(terminal::positive_number());
  app.add_option(
         "--schedule", options.schedule,
         "none; exponential or staircase: the learning rate times --decay-rate every epoch, "
         "little by little or at its end; onecycle: up and down again once; if not given, onecycle for "
         "digits, exponential for others")
      ->check(CLI::IsMember({"none", "exponential", "staircase", "onecycle"}));
  app.add_option("--decay-rate", options.decay_rate, "of the schedule, for one epoch")
      ->check(terminal::positive_number());
  app.add_option("--batch-size", options.batch_size,
                 "images a step; 256 for digits, 64 for others if not given")
      ->check(terminal::whole_number());
  app.add_option("--epochs", options.epochs,
                 "how often to go through the images; 2 for digits, 4 for others if not given")
      ->check(terminal::whole_number());
  app.add_option("--validation", options.validation,
                 "hold back this part of the training images, and test with them after each epoch")
      ->check(terminal::fraction());
  app.add_flag("--augment", options.augment,
               "move, turn, scale and bend the training images at random: for long trainings");
  app.add_option("--threads", options.threads,
                 "as many as there are cores if not given; does not change results")
      ->check(terminal::whole_number());
  app.add_option("--seed", options.seed, "of everything random")
      ->check(terminal::whole_number(0, std::numeric_limits<std::uint64_t>::max()));
  app.add_option("--data", options.data, "a directory with the four files of MNIST, gzipped or not");
  app.add_option("--save", options.save, "a safetensors file for the trained weights");
  const auto checkpoint = app.add_option("--checkpoint", options.checkpoint,
                                         "a directory for checkpoints, one every 50 steps and every epoch");
  app.add_flag("--resume", options.resume,
               "go on from the newest checkpoint, if there is one: to the same bits as without a break")
      ->needs(checkpoint);
  app.add_option("--report", options.report, "a page of HTML about the training, written after each epoch");
  app.add_option("--limit", options.limit, "use only so many training and test images")
      ->check(terminal::whole_number())
      ->group("");  // for tests: not in --help
}

void complete(Options& options) {
  const bool quick = options.model == "digits";
  if (options.schedule.empty()) options.schedule = quick ? "onecycle" : "exponential";
  if (options.batch_size == 0) options.batch_size = quick ? 256 : 64;
  if (options.epochs == 0) options.epochs = quick ? 2 : 4;
}
