// Text: tokens, vocabularies, lines and windows.
#include <catch.h>

#include <taper/data/collate.h>
#include <taper/data/data_loader.h>
#include <taper/data/text.h>
#include <taper/tensor/create.h>
#include <taper/tensor/error.h>

using namespace taper;
using data::Tokens;
using data::Vocabulary;

namespace {

using Integers = std::vector<std::int64_t>;
using Texts = std::vector<std::string>;

Texts parts(std::string_view text, Tokens tokens) {
  Texts result;
  for (const std::string_view part : data::tokenize(text, tokens)) result.emplace_back(part);
  return result;
}

Integers integers(const Tensor& tensor) { return tensor.to_vector<std::int64_t>(); }

}  // namespace

TEST_CASE("text is divided into bytes, characters or words") {
  CHECK(parts("a\xc3\xa4", Tokens::bytes) == Texts{"a", "\xc3", "\xa4"});
  CHECK(parts("a\xc3\xa4\xe2\x82\xac\xf0\x9f\x95\xaf.", Tokens::characters) ==
        Texts{"a", "\xc3\xa4", "\xe2\x82\xac", "\xf0\x9f\x95\xaf", "."});
  // Bytes that are no UTF-8, and code points that end too early.
  CHECK(parts("\xa4\xff\xc3z\xe2\x82", Tokens::characters) ==
        Texts{"\xa4", "\xff", "\xc3", "z", "\xe2", "\x82"});
  CHECK(parts(" Hello,  w\xc3\xb6rld_2!\n\t(x)", Tokens::words) ==
        Texts{"Hello", ",", "w\xc3\xb6rld_2", "!", "(", "x", ")"});
  for (const Tokens tokens : {Tokens::bytes, Tokens::characters, Tokens::words})
    CHECK(data::tokenize("", tokens).empty());
}

TEST_CASE("tokens are numbered by how often they occur") {
  const Vocabulary vocabulary("b a c a b a d", {});
  CHECK(vocabulary.tokens() == Texts{"", "<unknown>", "a", "b", "c", "d"});
  CHECK(vocabulary.size() == 6);
  CHECK(integers(vocabulary.encode("d a x")) == Integers{5, 2, 1});
  CHECK(vocabulary.number("c") == 4);
  CHECK(vocabulary.decode(tensor({{2, 1}, {0, 3}}, int64)) == "a <unknown> b");
  CHECK(Vocabulary("b a c a b a d", {.most = 4}).tokens() == Texts{"", "<unknown>", "a", "b"});
  CHECK(Vocabulary("b a c a b a d", {.least_count = 2}).tokens() == Texts{"", "<unknown>", "a", "b"});
  CHECK(Vocabulary("", {.most = 2}).size() == 2);
  CHECK(vocabulary.encode("").shape() == Shape{0});

  const Vocabulary again(vocabulary.tokens(), Tokens::words);
  CHECK(integers(again.encode("d a x")) == Integers{5, 2, 1});
  CHECK_THROWS_AS(Vocabulary(Texts{"a", "a"}, Tokens::words), ValueError);
  CHECK_THROWS_AS(Vocabulary("a", {.most = 1}), ValueError);
  CHECK_THROWS_AS(Vocabulary("a", {.most = -1}), ValueError);
  CHECK_THROWS_AS(Vocabulary("a", {.least_count = 0}), ValueError);
  CHECK_THROWS_AS(vocabulary.decode(tensor({6}, int64)), IndexError);
  CHECK_THROWS_AS(vocabulary.decode(tensor({-1}, int64)), IndexError);
  CHECK_THROWS_AS(vocabulary.decode(zeros({1})), DTypeError);
}

TEST_CASE("text of bytes and of characters comes back as it was") {
  const std::string text("a\0\xff\xc3\xa4 b\n", 8);
  const Vocabulary bytes("", {.tokens = Tokens::bytes});
  CHECK(bytes.size() == 256);
  CHECK(integers(bytes.encode(text)) == Integers{97, 0, 255, 0xc3, 0xa4, 32, 98, 10});
  CHECK(bytes.decode(bytes.encode(text)) == text);
  const Vocabulary characters(text, {.tokens = Tokens::characters});
  CHECK(characters.decode(characters.encode(text)) == text);
}

TEST_CASE("lines of a text are examples") {
  const std::string text = "a b\r\n\n  \nb\nc a b";
  const Vocabulary vocabulary(text);
  const data::TextLines lines(text, vocabulary);
  REQUIRE(lines.size() == 3);
  Generator unused;
  CHECK(integers(lines.get(0, unused)[0]) == Integers{3, 2});
  CHECK(integers(lines.get(1, unused)[0]) == Integers{2});
  CHECK(integers(lines.get(2, unused)[0]) == Integers{4, 3, 2});
  CHECK_THROWS_AS(lines.get(3, unused), IndexError);
  CHECK_THROWS_AS(lines.get(-1, unused), IndexError);
  data::DataLoader loader(lines, {.batch_size = 3, .collate = data::pad()});
  CHECK(integers((*loader.begin())[0]) == Integers{3, 2, 0, 2, 0, 0, 4, 3, 2});
  CHECK(data::TextLines("\n\n", vocabulary).size() == 0);
}

TEST_CASE("windows of a sequence, and what follows each token") {
  const Tensor numbers = arange(10);
  Generator unused;
  const data::TokenWindows windows(numbers, {.length = 3});
  REQUIRE(windows.size() == 3);
  CHECK(integers(windows.get(2, unused)[0]) == Integers{6, 7, 8});
  CHECK(integers(windows.get(2, unused)[1]) == Integers{7, 8, 9});
  CHECK_THROWS_AS(windows.get(3, unused), IndexError);
  CHECK(integers(windows.get_batch(Integers{0, 1}, {})[1]) == Integers{1, 2, 3, 4, 5, 6});
  const data::TokenWindows overlapping(numbers, {.length = 4, .stride = 2});
  REQUIRE(overlapping.size() == 3);
  CHECK(integers(overlapping.get(2, unused)[1]) == Integers{5, 6, 7, 8});
  CHECK(data::TokenWindows(numbers, {.length = 9}).size() == 1);
  CHECK_THROWS_AS(data::TokenWindows(numbers, {.length = 10}), ValueError);
  CHECK_THROWS_AS(data::TokenWindows(numbers, {.length = 0}), ValueError);
  CHECK_THROWS_AS(data::TokenWindows(numbers, {.length = 2, .stride = -1}), ValueError);
  CHECK_THROWS_AS(data::TokenWindows(zeros({2, 3}, int64)), ShapeError);
  CHECK_THROWS_AS(data::TokenWindows(zeros({200})), DTypeError);
}
