// Creating optimizers and schedules by the name of their class, and storing their configurations as JSON.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <taper/optim/learning_rate.h>
#include <taper/optim/optimizer.h>

namespace taper::optim {

/// The optimizer as JSON: {"module": ..., "class_name": ..., "config": optimizer.get_config(),
/// "registered_name": null}, which Keras can read (keras.optimizers.deserialize). Throws ValueError if the
/// learning rate is a callable that is not a schedule of the library, or if the class is not one of the
/// library.
std::string serialize(const Optimizer& optimizer);
/// Creates the optimizer that serialize(), or keras.optimizers.serialize in Keras, has written. The state is
/// not included. Throws ValueError for other text, an unknown class or option, or a value out of its range.
std::unique_ptr<Optimizer> from_config(const std::string& json, const Parameters& parameters);
/// Creates an optimizer by the name of its class (upper and lower case are not distinguished), with a JSON
/// object of options, as from get_config(). Throws ValueError like from_config().
std::unique_ptr<Optimizer> get(std::string_view class_name, const Parameters& parameters,
                               const std::string& config = "{}");
/// The names of the optimizers of the library, for get(); it knows LBFGS, too, which takes its steps with a
/// closure.
std::vector<std::string> class_names();
/// Creates the schedule that serialize(), or keras.optimizers.schedules.serialize in Keras, has written.
/// Throws ValueError for other text, an unknown class or option, or a value out of its range.
LearningRate schedule_from_config(const std::string& json);

}  // namespace taper::optim
