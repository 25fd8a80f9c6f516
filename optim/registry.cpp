// The registry. Add a line here for each new class of the library.
#include <algorithm>
#include <array>
#include <cctype>
#include <ostream>

#include <fmt/format.h>

#include <taper/optim/optim.h>
#include <taper/tensor/error.h>

namespace taper::optim {
namespace {

struct OptimizerClass {
  const char *name, *module;
  std::unique_ptr<Optimizer> (*make)(const Parameters& parameters, const std::string& config);
};

// Where Keras finds the class; what Keras does not have says so itself.
template <class Options>
constexpr const char* module_of() {
  if constexpr (requires { Options::module; }) return Options::module;
  return "keras.optimizers";
}

template <class... T>
constexpr std::array<OptimizerClass, sizeof...(T)> classes_of(TypeList<T...>) {
  return {OptimizerClass{T::Options::class_name, module_of<typename T::Options>(),
                         [](const Parameters& parameters, const std::string& config) {
                           typename T::Options options;
                           from_json(T::Options::class_name, config, all_fields(options));
                           return std::unique_ptr<Optimizer>(std::make_unique<T>(parameters, options));
                         }}...};
}

constexpr auto optimizer_classes = classes_of(Optimizers{});

struct ScheduleClass {
  const char* name;
  LearningRate (*make)(const std::string& config);
};

template <Schedule... T>
constexpr std::array<ScheduleClass, sizeof...(T)> schedules_of(TypeList<T...>) {
  return {ScheduleClass{T::Options::class_name, [](const std::string& config) {
                          typename T::Options options{};
                          from_json(T::Options::class_name, config, fields(options));
                          return LearningRate(T(options));
                        }}...};
}

constexpr auto schedule_classes = schedules_of(Schedules{});

template <class Class, std::size_t n>
const Class& find(const char* owner, const char* kind, std::string_view name,
                  const std::array<Class, n>& classes) {
  const auto same = [](char a, char b) {
    return std::tolower(static_cast<unsigned char>(a)) == std::tolower(static_cast<unsigned char>(b));
  };
  std::string known;
  for (const Class& each : classes) {
    const std::string_view candidate = each.name;
    if (std::equal(name.begin(), name.end(), candidate.begin(), candidate.end(), same)) return each;
    known += (known.empty() ? "" : ", ") + std::string(candidate);
  }
  throw ValueError(fmt::format("{}: unknown {} '{}'; expected one of {}", owner, kind,
                               name.substr(0, most_characters), known));
}

// The configuration contains that of the inner optimizer.
std::unique_ptr<Optimizer> make_loss_scale(const Parameters& parameters, const std::string& config) {
  using Options = LossScaleOptimizerOptions;
  Options options;
  JsonText inner;
  Fields all = fields(options);
  all.push_back({"inner_optimizer", &inner});
  from_json(Options::class_name, config, all);
  if (inner.text.empty())
    throw ValueError(fmt::format("{}: expected an \"inner_optimizer\", got {}", Options::class_name, config));
  return std::make_unique<LossScaleOptimizer>(from_config(inner.text, parameters), options);
}

std::unique_ptr<Optimizer> make_lbfgs(const Parameters& parameters, const std::string& config) {
  LBFGSOptions options;
  from_json(LBFGSOptions::class_name, config, fields(options));
  return std::make_unique<LBFGS>(parameters, options);
}

// Not in the list, because one needs an optimizer to wrap, and the other a closure.
constexpr OptimizerClass loss_scale{LossScaleOptimizerOptions::class_name, "keras.optimizers",
                                    make_loss_scale};
constexpr OptimizerClass lbfgs{LBFGSOptions::class_name, LBFGSOptions::module, make_lbfgs};

const OptimizerClass& find_optimizer(const char* owner, const char* kind, std::string_view name) {
  for (const OptimizerClass* const each : {&loss_scale, &lbfgs})
    if (name == each->name) return *each;
  return find(owner, kind, name, optimizer_classes);
}

}  // namespace

std::string serialize(const Optimizer& optimizer) {
  const OptimizerClass& found = find_optimizer("serialize", "optimizer of the library", optimizer.name());
  return to_json(found.module, {found.name, optimizer.get_config()});
}

std::unique_ptr<Optimizer> from_config(const std::string& json, const Parameters& parameters) {
  const auto [class_name, config] = from_json("from_config", json);
  return find_optimizer("from_config", "optimizer", class_name).make(parameters, config);
}

std::unique_ptr<Optimizer> get(std::string_view class_name, const Parameters& parameters,
                               const std::string& config) {
  return find_optimizer("get", "optimizer", class_name).make(parameters, config);
}

std::vector<std::string> class_names() {
  std::vector<std::string> names;
  names.reserve(optimizer_classes.size());
  for (const OptimizerClass& each : optimizer_classes) names.emplace_back(each.name);
  return names;
}

LearningRate schedule_from_config(const std::string& json) {
  const auto [class_name, config] = from_json("schedule_from_config", json);
  return find("schedule_from_config", "schedule", class_name, schedule_classes).make(config);
}

void print(std::ostream& stream, const char* class_name, const Fields& fields) {
  stream << to_string(class_name, fields);
}

}  // namespace taper::optim
