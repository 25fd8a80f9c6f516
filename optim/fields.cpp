// Fields: checks and JSON.
#include <cmath>
#include <type_traits>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <taper/optim/fields.h>
#include <taper/optim/learning_rate.h>
#include <taper/optim/registry.h>
#include <taper/tensor/error.h>

namespace taper::optim {
namespace {

using Json = nlohmann::ordered_json;  // preserves the order of keys

constexpr const char* generation_names[] = {"keras_3", "tf_keras_2_3", "pytorch"};

// Text for an error message, shortened.
std::string excerpt(const std::string& text) {
  constexpr std::size_t most = 200;
  return text.size() <= most ? text : text.substr(0, most) + "...";
}

// Returns a discarded value if the text is not valid JSON.
Json parse(const char* owner, const std::string& text) {
  constexpr int most_levels = 64;  // functions that read or write the result recurse for each level
  const auto check_depth = [&](int depth, Json::parse_event_t event, const Json&) {
    const bool begins =
        event == Json::parse_event_t::object_start || event == Json::parse_event_t::array_start;
    if (begins && depth >= most_levels)
      throw ValueError(fmt::format("{}: expected at most {} levels of brackets, got more: {}", owner,
                                   most_levels, excerpt(text)));
    return true;
  };
  return Json::parse(text, check_depth, false);
}

Json value_of(const Field& field) {
  return std::visit(
      [&](auto* value) -> Json {
        using T = std::remove_pointer_t<decltype(value)>;
        if constexpr (std::is_same_v<T, Generation>) {
          return generation_names[static_cast<int>(*value)];
        } else if constexpr (std::is_same_v<T, LearningRate>) {
          return Json::parse(value->to_json());
        } else if constexpr (std::is_same_v<T, std::vector<LearningRate>>) {
          Json list = Json::array();
          for (const LearningRate& each : *value) list.push_back(Json::parse(each.to_json()));
          return list;
        } else if constexpr (std::is_same_v<T, JsonText>) {
          return Json::parse(value->text);
        } else {
          if constexpr (std::is_same_v<T, double> || std::is_same_v<T, std::int64_t>)
            if (field.off_if_zero && *value == 0) return nullptr;
          return *value;
        }
      },
      field.value);
}

std::string text_of(const Json& json) {
  try {
    return json.dump();
  } catch (const Json::type_error&) {
    throw ValueError("get_config: a name or pattern is not valid UTF-8, which JSON requires");
  }
}

template <class T>
const char* expected() {
  if constexpr (std::is_same_v<T, double>) return "a number";
  if constexpr (std::is_same_v<T, bool>) return "true or false";
  if constexpr (std::is_same_v<T, std::int64_t>) return "an integer";
  if constexpr (std::is_same_v<T, std::string>) return "a string of at most 1000 characters";
  if constexpr (std::is_same_v<T, std::vector<double>>) return "a list of numbers";
  if constexpr (std::is_same_v<T, std::vector<std::string>>)
    return "a list of strings of at most 1000 characters";
  if constexpr (std::is_same_v<T, LearningRate>) return "a number or a schedule";
  if constexpr (std::is_same_v<T, std::vector<LearningRate>>) return "a list of numbers or schedules";
  if constexpr (std::is_same_v<T, JsonText>) return "an object";
  if constexpr (std::is_same_v<T, Generation>) return "\"keras_3\", \"tf_keras_2_3\" or \"pytorch\"";
}

bool is_text(const Json& from) {
  return from.is_string() && from.get_ref<const std::string&>().size() <= most_characters;
}

// Returns false if the value has the wrong type.
bool assign(const Field& field, const Json& from, double* to) {
  if (from.is_null() && field.off_if_zero) return *to = 0, true;
  return from.is_number() && (*to = from.get<double>(), true);
}
bool assign(const Field&, const Json& from, bool* to) {
  return from.is_boolean() && (*to = from.get<bool>(), true);
}
bool assign(const Field& field, const Json& from, std::int64_t* to) {
  if (from.is_null() && field.off_if_zero) return *to = 0, true;
  if (from.is_number_unsigned() && from.get<std::uint64_t>() > std::uint64_t{INT64_MAX}) return false;
  // Python writes 1e3 as 1000.0.
  if (from.is_number_float() && std::abs(from.get<double>()) < 9e15 &&
      std::trunc(from.get<double>()) == from.get<double>())
    return *to = static_cast<std::int64_t>(from.get<double>()), true;
  return from.is_number_integer() && (*to = from.get<std::int64_t>(), true);
}
bool assign(const Field&, const Json& from, std::string* to) {
  return is_text(from) && (*to = from.get<std::string>(), true);
}
bool assign(const Field&, const Json& from, std::vector<double>* to) {
  if (!from.is_array()) return false;
  for (const Json& each : from)
    if (!each.is_number()) return false;
  *to = from.get<std::vector<double>>();
  return true;
}
bool assign(const Field&, const Json& from, std::vector<std::string>* to) {
  if (from.is_null()) return to->clear(), true;
  if (!from.is_array()) return false;
  for (const Json& each : from)
    if (!is_text(each)) return false;
  *to = from.get<std::vector<std::string>>();
  return true;
}
bool assign(const Field&, const Json& from, Generation* to) {
  for (const Generation each : {Generation::keras_3, Generation::tf_keras_2_3, Generation::pytorch})
    if (from == generation_names[static_cast<int>(each)]) return *to = each, true;
  return false;
}
bool assign(const Field&, const Json& from, LearningRate* to) {
  if (from.is_number()) return *to = LearningRate(from.get<double>()), true;
  return from.is_object() && (*to = schedule_from_config(from.dump()), true);
}
bool assign(const Field& field, const Json& from, std::vector<LearningRate>* to) {
  if (!from.is_array()) return false;
  to->clear();
  to->reserve(from.size());
  for (const Json& each : from)
    if (LearningRate rate = 0.; assign(field, each, &rate))
      to->push_back(std::move(rate));
    else
      return false;
  return true;
}
bool assign(const Field&, const Json& from, JsonText* to) {
  return from.is_object() && (to->text = from.dump(), true);
}

}  // namespace

void check(const char* owner, const Fields& fields) {
  for (const Field& field : fields) {
    const auto check_number = [&](auto value) {
      if (!field.range.holds(static_cast<double>(value)))
        throw ValueError(
            fmt::format("{}: {} must be {}, got {}", owner, field.name, field.range.text, value));
    };
    if (const auto* const number = std::get_if<double*>(&field.value)) check_number(**number);
    if (const auto* const integer = std::get_if<std::int64_t*>(&field.value)) check_number(**integer);
    if (const auto* const list = std::get_if<std::vector<double>*>(&field.value))
      for (const double value : **list) check_number(value);
  }
}

void check_generation(const char* owner, Generation generation, const Fields& fields,
                      const Fields& defaults) {
  if (generation == Generation::pytorch) return;
  for (std::size_t i = 0; i < fields.size(); ++i)
    if (fields[i].pytorch_only && value_of(fields[i]) != value_of(defaults[i]))
      throw ValueError(fmt::format("{}: only the generation pytorch has the option {}, got {} and {}", owner,
                                   fields[i].name, generation_names[static_cast<int>(generation)],
                                   value_of(fields[i]).dump()));
}

std::string to_json(const Fields& fields) {
  Json result = Json::object();
  bool pytorch = false;
  for (const Field& field : fields)
    if (const auto* const generation = std::get_if<Generation*>(&field.value))
      pytorch = **generation == Generation::pytorch;
  for (const Field& field : fields) {
    const Json value = value_of(field);
    // Keras does not have these keys.
    if (value == generation_names[static_cast<int>(Generation::keras_3)] &&
        std::holds_alternative<Generation*>(field.value))
      continue;
    if ((field.own && (value == false || value == 0)) || (field.pytorch_only && !pytorch)) continue;
    result[field.name] = value;
  }
  return text_of(result);
}

void from_json(const char* owner, const std::string& json, const Fields& fields) {
  const Json object = parse(owner, json);
  if (!object.is_object())
    throw ValueError(fmt::format("{}: a configuration must be a JSON object, got {}", owner, excerpt(json)));
  for (const auto& [key, value] : object.items()) {
    const Field* found = nullptr;
    std::string known;
    for (const Field& field : fields) {
      if (field.name == key) found = &field;
      known += (known.empty() ? "" : ", ") + std::string(field.name);
    }
    if (found == nullptr)
      throw ValueError(
          fmt::format("{}: there is no option '{}'; the options are {}", owner, excerpt(key), known));
    std::visit(
        [&, &value = value](auto* to) {
          if (!assign(*found, value, to))
            throw ValueError(fmt::format("{}: {} must be {}, got {}", owner, found->name,
                                         expected<std::remove_pointer_t<decltype(to)>>(),
                                         excerpt(value.dump())));
        },
        found->value);
  }
}

std::string to_json(double number) { return Json(number).dump(); }

std::string to_json(const char* module, const Serialized& object) {
  return text_of({{"module", module},
                  {"class_name", object.class_name},
                  {"config", Json::parse(object.config)},
                  {"registered_name", nullptr}});
}

Serialized from_json(const char* owner, const std::string& json) {
  const Json object = parse(owner, json);
  if (!object.is_object() || !object.contains("class_name") || !object["class_name"].is_string() ||
      !object.contains("config") || !object["config"].is_object())
    throw ValueError(fmt::format("{}: expected a JSON object with a \"class_name\" and a \"config\", got {}",
                                 owner, excerpt(json)));
  return {object["class_name"], object["config"].dump()};
}

std::string to_string(const char* owner, const Fields& fields) {
  std::string result = std::string(owner) + "(";
  for (const Field& field : fields)
    result += fmt::format("{}{}={}", &field == fields.data() ? "" : ", ", field.name,
                          value_of(field).dump(-1, ' ', false, Json::error_handler_t::replace));
  return result + ")";
}

}  // namespace taper::optim
