// What a call throws.
#pragma once

#include <string>
#include <utility>

#include <catch.h>

#include <taper/tensor/error.h>

/// The message of the taper::Error that a call throws; "" if it throws none.
template <class Call>
std::string message_of(Call&& call) {
  try {
    std::forward<Call>(call)();
  } catch (const taper::Error& error) {
    return error.what();
  }
  return "";
}

/// Checks that a call throws a Class that says this and no more.
template <class Class, class Call>
void check_error(Call&& call, const std::string& message) {
  CHECK_THROWS_MATCHES(call(), Class, Catch::Matchers::Message(message));
}

/// Checks that a call throws a ValueError that says this, among other things.
template <class Call>
void refused(Call&& call, const std::string& text) {
  CHECK_THROWS_AS(call(), taper::ValueError);
  CHECK_THROWS_WITH(call(), ContainsSubstring(text));
}
