// Printed tensors.
#include <limits>
#include <sstream>

#include <catch.h>

#include "views.h"

using namespace taper;

TEST_CASE("printed numbers share digits and width") {
  CHECK(to_string(from_data({1.f, 2.5f, -3.f}, {3})) == "[ 1.0,  2.5, -3.0]");
}

TEST_CASE("printed whole numbers, bools and scalars") {
  CHECK(to_string(scalar(2)) == "2.");
  CHECK(to_string(scalar(2, int32)) == "2");
  CHECK(to_string(scalar(1, boolean)) == "true");
  CHECK(to_string(from_data({true, false}, {2})) == "[ true, false]");
  CHECK(to_string(from_data({-1, 20}, {1, 2})) == "[[-1, 20]]");
  CHECK(to_string(from_data({std::uint8_t{7}, std::uint8_t{200}}, {2, 1})) == "[[  7],\n [200]]");
  CHECK(to_string(arange(3.)) == "[0., 1., 2.]");
  constexpr std::int64_t large = std::numeric_limits<std::int64_t>::max();
  CHECK(to_string(from_data({large, -large}, {2})) == "[ 9223372036854775807, -9223372036854775807]");
  CHECK(to_string(Tensor()) == "undefined");
}

TEST_CASE("NaN prints without a sign") {
  CHECK(to_string(from_data({-std::numeric_limits<float>::quiet_NaN(), 1.f}, {2})) == "[nan,  1.]");
  CHECK(to_string(from_data({-std::numeric_limits<double>::infinity()}, {1})) == "[-inf]");
}

TEST_CASE("an empty tensor of many rows is abbreviated") {
  CHECK(to_string(zeros({std::int64_t{1} << 40, 0})) == "[[],\n [],\n [],\n ...,\n [],\n [],\n []]");
  CHECK(to_string(zeros({2, 0})) == "[[],\n []]");
  CHECK(to_string(zeros({0, std::int64_t{1} << 40})) == "[]");
}
