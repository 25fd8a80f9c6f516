// Options that are refused, each with its message.
#include <limits>
#include <string>
#include <vector>

#include <catch.h>
#include <errors.h>

#include <taper/optim/optim.h>
#include <taper/tensor/create.h>
#include <taper/tensor/error.h>

using namespace taper;
using namespace taper::optim;

namespace {

constexpr double nan_value = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

Tensor weight() { return zeros({2}).set_requires_grad(); }

// Values out of a range, and how a message calls the range.
struct Out {
  std::vector<double> values;
  const char* text;
};
const Out not_fraction{{-0.1, 1, 1.5, nan_value, infinity}, "must be in [0, 1), got "};
const Out not_closed_fraction{{-0.1, 1.1, nan_value}, "must be in [0, 1], got "};
const Out negative{{-1, nan_value, infinity}, "must be finite and not negative, got "};
const Out positive{{0.5, nan_value, -infinity}, "must be finite and not positive, got "};
const Out not_positive{{-1, 0, nan_value, infinity}, "must be > 0 and finite, got "};
const Out not_finite{{nan_value, infinity, -infinity}, "must be finite, got "};

// `T` refuses these values of an option.
template <class T, class Value>
void refuses(const char* option, Value T::Options::*member, const Out& out) {
  for (const double bad : out.values) {
    typename T::Options options;
    options.*member = static_cast<Value>(bad);
    refused([&] { T({weight()}, options); },
            std::string(T::Options::class_name) + ": " + option + " " + out.text);
  }
}

template <class T>
void refuses_shared() {
  using Options = typename T::Options;
  refuses<T>("weight_decay", &Options::weight_decay, negative);
  refuses<T>("clipnorm", &Options::clipnorm, negative);
  refuses<T>("clipvalue", &Options::clipvalue, negative);
  refuses<T>("global_clipnorm", &Options::global_clipnorm, negative);
  refuses<T>("ema_momentum", &Options::ema_momentum, not_closed_fraction);
  refuses<T>("ema_overwrite_frequency", &Options::ema_overwrite_frequency,
             {{-1}, "must be finite and not negative, got -1"});
  refuses<T>("loss_scale_factor", &Options::loss_scale_factor, negative);
  refuses<T>("gradient_accumulation_steps", &Options::gradient_accumulation_steps,
             {{1, -2}, "must be 0 (off) or at least 2, got "});
  for (const auto& [a, b] : {std::pair{&Options::clipnorm, &Options::clipvalue},
                             {&Options::clipnorm, &Options::global_clipnorm},
                             {&Options::clipvalue, &Options::global_clipnorm}}) {
    Options options;
    options.*a = options.*b = 1;
    refused([&] { T({weight()}, options); },
            std::string(T::Options::class_name) + ": only one of clipnorm, clipvalue and global_clipnorm");
  }
}

}  // namespace

TEST_CASE("every optimizer refuses bad values of the shared options") {
  for_each(Optimizers{}, []<class T>() { refuses_shared<T>(); });
}

TEST_CASE("optimizers refuse bad values of their own options") {
  refuses<SGD>("momentum", &SGDOptions::momentum, not_fraction);
  refuses<Momentum>("momentum", &MomentumOptions::momentum, not_fraction);
  refuses<RMSprop>("rho", &RMSpropOptions::rho, not_fraction);
  refuses<RMSprop>("momentum", &RMSpropOptions::momentum, not_fraction);
  refuses<RMSprop>("epsilon", &RMSpropOptions::epsilon, negative);
  refuses<Adam>("beta_1", &AdamOptions::beta_1, not_fraction);
  refuses<Adam>("beta_2", &AdamOptions::beta_2, not_fraction);
  refuses<Adam>("epsilon", &AdamOptions::epsilon, negative);
  refuses<AdamW>("beta_1", &AdamWOptions::beta_1, not_fraction);
  refuses<AdamW>("beta_2", &AdamWOptions::beta_2, not_fraction);
  refuses<AdamW>("epsilon", &AdamWOptions::epsilon, negative);
  refuses<Adagrad>("initial_accumulator_value", &AdagradOptions::initial_accumulator_value, negative);
  refuses<Adagrad>("epsilon", &AdagradOptions::epsilon, negative);
  refuses<Adadelta>("rho", &AdadeltaOptions::rho, not_fraction);
  refuses<Adadelta>("epsilon", &AdadeltaOptions::epsilon, negative);
  refuses<Adamax>("beta_1", &AdamaxOptions::beta_1, not_fraction);
  refuses<Adamax>("beta_2", &AdamaxOptions::beta_2, not_fraction);
  refuses<Adamax>("epsilon", &AdamaxOptions::epsilon, negative);
  refuses<Nadam>("beta_1", &NadamOptions::beta_1, not_fraction);
  refuses<Nadam>("beta_2", &NadamOptions::beta_2, not_fraction);
  refuses<Nadam>("epsilon", &NadamOptions::epsilon, negative);
  refuses<Ftrl>("learning_rate_power", &FtrlOptions::learning_rate_power, positive);
  refuses<Ftrl>("initial_accumulator_value", &FtrlOptions::initial_accumulator_value, negative);
  refuses<Ftrl>("l1_regularization_strength", &FtrlOptions::l1_regularization_strength, negative);
  refuses<Ftrl>("l2_regularization_strength", &FtrlOptions::l2_regularization_strength, negative);
  refuses<Ftrl>("l2_shrinkage_regularization_strength", &FtrlOptions::l2_shrinkage_regularization_strength,
                negative);
  refuses<Ftrl>("beta", &FtrlOptions::beta, negative);
  refuses<Lion>("beta_1", &LionOptions::beta_1, {{-0.1, 0, 1.1, nan_value}, "must be in (0, 1], got "});
  refuses<Lion>("beta_2", &LionOptions::beta_2, not_fraction);
  refuses<Lamb>("beta_1", &LambOptions::beta_1, not_fraction);
  refuses<Lamb>("beta_2", &LambOptions::beta_2, not_fraction);
  refuses<Lamb>("epsilon", &LambOptions::epsilon, negative);
  refuses<Adafactor>("beta_2_decay", &AdafactorOptions::beta_2_decay, positive);
  refuses<Adafactor>("epsilon_1", &AdafactorOptions::epsilon_1, negative);
  refuses<Adafactor>("epsilon_2", &AdafactorOptions::epsilon_2, negative);
  refuses<Adafactor>("clip_threshold", &AdafactorOptions::clip_threshold, not_positive);
  refuses<RAdam>("beta_1", &RAdamOptions::beta_1, not_fraction);
  refuses<RAdam>("beta_2", &RAdamOptions::beta_2, not_fraction);
  refuses<RAdam>("epsilon", &RAdamOptions::epsilon, negative);
  refuses<Rprop>("eta_minus", &RpropOptions::eta_minus, {{0, 1, -1, nan_value}, "must be in (0, 1), got "});
  refuses<Rprop>("eta_plus", &RpropOptions::eta_plus, {{1, 0.5, infinity}, "must be > 1 and finite, got "});
  refuses<Rprop>("step_size_min", &RpropOptions::step_size_min, not_positive);
  refuses<Rprop>("step_size_max", &RpropOptions::step_size_max, not_positive);
  refuses<ASGD>("lambd", &ASGDOptions::lambd, negative);
  refuses<ASGD>("alpha", &ASGDOptions::alpha, negative);
  refuses<ASGD>("t0", &ASGDOptions::t0, negative);
  refuses<ScheduleFreeAdamW>("beta_1", &ScheduleFreeAdamWOptions::beta_1,
                             {{0, 1, -1, nan_value}, "must be in (0, 1), got "});
  refuses<ScheduleFreeAdamW>("beta_2", &ScheduleFreeAdamWOptions::beta_2, not_fraction);
  refuses<ScheduleFreeAdamW>("epsilon", &ScheduleFreeAdamWOptions::epsilon, negative);
  refuses<ScheduleFreeAdamW>("warmup_steps", &ScheduleFreeAdamWOptions::warmup_steps,
                             {{-1}, "must be finite and not negative, got -1"});
  refuses<ScheduleFreeAdamW>("r", &ScheduleFreeAdamWOptions::r, negative);
  refuses<ScheduleFreeAdamW>("weight_lr_power", &ScheduleFreeAdamWOptions::weight_lr_power, negative);
  refuses<Muon>("adam_beta_1", &MuonOptions::adam_beta_1, not_fraction);
  refuses<Muon>("adam_beta_2", &MuonOptions::adam_beta_2, not_fraction);
  refuses<Muon>("adam_weight_decay", &MuonOptions::adam_weight_decay, negative);
  refuses<Muon>("epsilon", &MuonOptions::epsilon, negative);
  refuses<Muon>("muon_a", &MuonOptions::muon_a, not_finite);
  refuses<Muon>("muon_b", &MuonOptions::muon_b, not_finite);
  refuses<Muon>("muon_c", &MuonOptions::muon_c, not_finite);
  refuses<Muon>("adam_lr_ratio", &MuonOptions::adam_lr_ratio, negative);
  refuses<Muon>("momentum", &MuonOptions::momentum, not_fraction);
  refuses<Muon>("ns_steps", &MuonOptions::ns_steps, {{-1}, "must be finite and not negative, got -1"});
  refuses<Muon>("rms_rate", &MuonOptions::rms_rate, negative);
  refused([] { Muon({weight()}, {.exclude_layers = {"("}}); },
          "Muon: exclude_layers: '(' is not a supported regular expression");
  refused([] { Ftrl({weight()}, {.beta = 1, .generation = Generation::tf_keras_2_3}); },
          "Ftrl: tf.keras 2.3 has no beta");
}

TEST_CASE("options at the ends of their ranges are taken") {
  CHECK_NOTHROW(Adam({weight()}, {.beta_1 = 0, .beta_2 = 0, .epsilon = 0}));
  CHECK_NOTHROW(Lion({weight()}, {.beta_1 = 1, .beta_2 = 0}));
  CHECK_NOTHROW(Adagrad({weight()}, {.initial_accumulator_value = 0}));
  CHECK_NOTHROW(Ftrl({weight()}, {.learning_rate_power = 0}));
  CHECK_NOTHROW(SGD({weight()}, {.learning_rate = 0, .ema_momentum = 1, .gradient_accumulation_steps = 2}));
}
