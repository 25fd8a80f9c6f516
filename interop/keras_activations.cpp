// Keras's names of activations, and the modules that compute them.
#include <fmt/format.h>

#include <taper/interop/keras/options.h>
#include <taper/interop/keras_parts.h>
#include <taper/nn/nn.h>
#include <taper/tensor/error.h>

namespace taper::interop::detail {
namespace {

struct Named {
  std::string name;
  Function<std::shared_ptr<nn::Module>()> make;
  /// Whether a module is written by this name.
  Function<bool(const nn::Module&)> is;
};

// Made with `options`; those of other options, for which `same` is false, are written in another way.
template <class M, class Same, class... Options>
Named named(const char* name, Same same, Options... options) {
  return {name, [options...] { return std::make_shared<M>(options...); },
          [same](const nn::Module& module) {
            const auto* const own = dynamic_cast<const M*>(&module);
            return own != nullptr && same(*own);
          }};
}
template <class M>
Named named(const char* name) {
  return named<M>(name, [](const M&) { return true; });
}
// One that is only read: it is written as a layer of its own, or by another name.
template <class M, class... Options>
Named read(const char* name, Options... options) {
  return named<M>(
      name, [](const M&) { return false; }, options...);
}

const std::vector<Named>& table() {
  static const std::vector<Named> all{
      named<nn::ReLU>("relu"),
      named<nn::ReLU6>("relu6"),
      named<nn::Sigmoid>("sigmoid"),
      named<nn::Tanh>("tanh"),
      named<nn::SELU>("selu"),
      named<nn::SiLU>("silu"),
      named<nn::Softsign>("softsign"),
      named<nn::Mish>("mish"),
      named<nn::Hardsigmoid>("hard_sigmoid"),
      named<nn::Hardswish>("hard_silu"),
      named<nn::LogSigmoid>("log_sigmoid"),
      named<nn::Tanhshrink>("tanh_shrink"),
      named<nn::GELU>("gelu",
                      [](const nn::GELU& own) { return own.approximation == GeluApproximation::none; }),
      named<nn::Softplus>("softplus", [](const nn::Softplus& own) { return own.beta == 1; }),
      named<nn::CELU>("celu", [](const nn::CELU& own) { return own.alpha == 1; }),
      named<nn::Hardtanh>("hard_tanh",
                          [](const nn::Hardtanh& own) { return own.low == -1 && own.high == 1; }),
      named<nn::Hardshrink>("hard_shrink", [](const nn::Hardshrink& own) { return own.lambda == 0.5; }),
      named<nn::Softshrink>("soft_shrink", [](const nn::Softshrink& own) { return own.lambda == 0.5; }),
      read<nn::SiLU>("swish"),
      read<nn::Hardswish>("hard_swish"),
      read<nn::ELU>("elu"),
      read<nn::LeakyReLU>("leaky_relu", 0.2),
      read<nn::Softmax>("softmax"),
      read<nn::LogSoftmax>("log_softmax"),
  };
  return all;
}

}  // namespace

std::vector<std::string> activation_names() {
  std::vector<std::string> names{"linear"};
  for (const Named& each : table()) names.push_back(each.name);
  return names;
}

std::shared_ptr<nn::Module> activation_of(const std::string& name) {
  for (const Named& each : table())
    if (each.name == name) return each.make();
  throw ValueError(fmt::format("there is no activation '{}' here", name));
}

std::string activation_name(const nn::Module& module) {
  for (const Named& each : table())
    if (each.is(module)) return each.name;
  return "";
}

}  // namespace taper::interop::detail
