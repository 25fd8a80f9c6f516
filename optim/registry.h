// The classes of optimizers and schedules by name, and their configurations as JSON.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <taper/optim/learning_rate.h>
#include <taper/optim/optimizer.h>

namespace taper::optim {

/// The optimizer as JSON: {"module": ..., "class_name": ..., "config": optimizer.get_config(),
/// "registered_name": null}, which Keras reads, too (keras.optimizers.deserialize). Throws ValueError for a
/// learning rate that is an arbitrary callable, and for a class that is not the library's.
std::string serialize(const Optimizer& optimizer);
/// The optimizer that serialize(), or keras.optimizers.serialize, wrote; without its state. Throws ValueError
/// for anything else, an unknown class or option, or a value out of its range.
std::unique_ptr<Optimizer> from_config(const std::string& json, const Parameters& parameters);
/// An optimizer by the name of its class, in letters of any case, with an object of options, as in
/// get_config(). Throws ValueError.
std::unique_ptr<Optimizer> get(std::string_view class_name, const Parameters& parameters,
                               const std::string& config = "{}");
/// The names of the library's classes of optimizers, for get().
std::vector<std::string> class_names();
/// The schedule that serialize(), or keras.optimizers.schedules.serialize, wrote. Throws ValueError.
LearningRate schedule_from_config(const std::string& json);

}  // namespace taper::optim
