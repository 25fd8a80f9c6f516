// Function: what it can be made of, copies, emptiness.
#include <functional>
#include <memory>
#include <string>

#include <catch.h>

#include <taper/tensor/function.h>

using taper::Function;

namespace {

int twice(int x) { return 2 * x; }

}  // namespace

TEST_CASE("a Function calls lambdas, functions and objects") {
  CHECK(Function<int(int)>([](int x) { return x + 1; })(2) == 3);
  CHECK(Function<int(int)>(twice)(2) == 4);
  CHECK(Function<double(int)>(&twice)(2) == 4.0);
  CHECK(Function<std::size_t(const std::string&)>([](const auto& text) { return text.size(); })("abc") == 3);
  int calls = 0;
  const Function<void()> count([&] { return ++calls; });  // the result is dropped
  count();
  count();
  CHECK(calls == 2);
  // Arguments are neither copied nor lost: what only moves arrives.
  const Function<int(std::unique_ptr<int>)> take([](std::unique_ptr<int> x) { return *x; });
  CHECK(take(std::make_unique<int>(5)) == 5);
  const Function<void(int&)> change([](int& x) { x = 7; });
  change(calls);
  CHECK(calls == 7);
}

TEST_CASE("a copy of a Function holds a copy") {
  const Function<int()> first([n = 0]() mutable { return ++n; });
  CHECK(first() == 1);
  Function<int()> second = first, third;
  CHECK(second() == 2);
  CHECK(second() == 3);
  CHECK(first() == 2);
  third = second;
  CHECK(third() == 4);
  CHECK(second() == 4);
  Function<int()>& same = third;
  third = same;
  CHECK(third() == 5);
  const Function<int()> moved = std::move(second);
  CHECK(moved() == 5);

  const auto counted = std::make_shared<int>();
  {
    Function<long()> holds([counted] { return counted.use_count(); });
    CHECK(holds() == 2);
    const Function<long()> copy = holds;
    CHECK(holds() == 3);
    holds = {};
    CHECK(copy() == 2);
  }
  CHECK(counted.use_count() == 1);
}

TEST_CASE("an empty Function says so") {
  const Function<int(int)> none, braces = {};
  CHECK(!none);
  CHECK(!braces);
  CHECK(!Function<int(int)>(none));
  CHECK(!Function<int(int)>(std::function<int(int)>()));
  CHECK(!Function<double(int)>(none));
  CHECK(!Function<int(int)>(static_cast<int (*)(int)>(nullptr)));
  CHECK(Function<int(int)>(twice));
  CHECK(Function<int(int)>([](int x) { return x; }));
  CHECK(Function<int(int)>(std::function<int(int)>(twice)));
  CHECK_THROWS_AS(none(1), taper::ValueError);
  CHECK_THROWS_WITH(none(1), ContainsSubstring("Function: an empty one was called"));
}

TEST_CASE("a Function is made only of what can be called so") {
  STATIC_REQUIRE(std::is_convertible_v<int (*)(int), Function<int(int)>>);
  STATIC_REQUIRE(!std::is_convertible_v<int (*)(int), Function<int(std::string)>>);
  STATIC_REQUIRE(!std::is_convertible_v<int (*)(int), Function<std::string(int)>>);
  STATIC_REQUIRE(!std::is_convertible_v<int, Function<int(int)>>);
}
