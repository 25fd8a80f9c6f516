// Reference values in JSON.
#pragma once

#include <fstream>
#include <string>

#include <nlohmann/json.hpp>
#include <repository.h>

/// tests/golden/NAME.json, which a script beside it writes.
inline nlohmann::json golden_json(const std::string& name) {
  std::ifstream file(repository("tests/golden/" + name + ".json"));
  return nlohmann::json::parse(file);
}
