// Patterns against Python's re.search, their limits, and how long they take.

#include <catch.h>
#include <golden_json.h>
#include <nlohmann/json.hpp>

#include <taper/optim/pattern.h>
#include <taper/tensor/error.h>

using taper::ValueError;
using taper::optim::Pattern;

namespace {

bool found(const std::string& text, const std::string& name) { return Pattern("test", text).found_in(name); }

void refused(const std::string& text, const std::string& why) {
  CHECK_THROWS_AS(Pattern("test", text), ValueError);
  CHECK_THROWS_WITH(Pattern("test", text), ContainsSubstring(why));
}

std::string repeated(const std::string& text, int count) {
  std::string result;
  for (int i = 0; i < count; ++i) result += text;
  return result;
}

}  // namespace

TEST_CASE("patterns find what Python's re.search finds") {
  const nlohmann::json written = golden_json("patterns");  // by patterns.py beside it
  const std::vector<std::string> names = written["names"];
  REQUIRE(written["found"].size() > 1000);
  for (const auto& [text, wanted] : written["found"].items()) {
    INFO(text);
    if (wanted.is_null()) {
      CHECK_THROWS_AS(Pattern("test", text), ValueError);
      continue;
    }
    const Pattern pattern("test", text);
    std::string bits;
    for (const std::string& name : names) bits += pattern.found_in(name) ? '1' : '0';
    CHECK(bits == wanted);
  }
}

TEST_CASE("characters are those of UTF-8, and bytes that are none match only themselves") {
  CHECK(found("^.$", "\U0001F600"));
  CHECK(found("^..$", "\xff\xc3"));
  CHECK(found("^\xff$", "\xff"));
  CHECK(!found("\xff", "\xc3\xbf"));  // U+00FF
  CHECK(found("^...$", "\xc0\x80\x80"));
  CHECK(found("^[\u00e0-\u00ff]$", "\u00e9"));
  CHECK(!found("^[\u00e0-\u00ff]$", "\u0100"));
}

TEST_CASE("what a pattern cannot be is said, with the place") {
  refused("a(b", "test: 'a(b' is not a supported regular expression: ')' is missing at position 3");
  refused("a)", "')' without '(' at position 1");
  refused("(?=a)", "only '(?:' is supported");
  refused("(a)\\1", "references to groups are not supported");
  refused("a**", "multiple repeat at position 2");
  refused("*", "nothing to repeat at position 0");
  refused("a{3,2}", "the minimum number of repetitions is larger than the maximum");
  refused("[b-a]", "an invalid range of characters");
  refused("[a", "the pattern ends too early");
  refused("\\q", "an unknown escape");
  refused("\\x4", "the pattern ends too early");
}

TEST_CASE("patterns from files take neither long nor deep recursion") {
  refused(repeated("(", 100000), "expected a pattern of at most 256 characters, got 100000");
  refused(std::string(257, 'a'), "got 257");
  CHECK(Pattern("test", std::string(256, 'a')).instructions() == 257);
  CHECK(found(repeated("(", 128) + repeated(")", 128), ""));
  refused(repeated("(", 256), "')' is missing");
  refused("((a{99}){99}){99}", "repeats too much; it needs more than 2000 instructions");
  refused("a{2000}", "repeats too much");
  refused("a{1999999999999999999}", "repeats too much");
  CHECK(Pattern("test", "a{1999}").instructions() == 2000);
  CHECK(Pattern("test", "(((){1000000}){1000000}){1000000}").instructions() == 1);
  CHECK(Pattern("test", "(((a{999}){0}){0}){0}").instructions() == 1);
  // Those that are exponential where a matcher goes back.
  const std::string name = std::string(1000, 'a') + "!";
  for (const char* const text :
       {"(a+)+$", "^(a|a)*$", "(a|aa)+$", "(.*)*b", "((a*)*)*b", "(a?){500}a{500}$", "(x*)*(x*)*y",
        "^(\\w+\\s?)*$", "^(([a-z])+.)+[A-Z]([a-z])+$", "(.*a){12}$"}) {
    INFO(text);
    const Pattern pattern("test", text);
    const Pattern::Result result = pattern.search(name);
    CHECK(!result.found);
    CHECK(result.steps <= static_cast<std::int64_t>((name.size() + 1) * pattern.instructions()));
  }
}
