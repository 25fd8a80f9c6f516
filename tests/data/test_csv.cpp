// CSV: RFC 4180, types, what is missing, and messages that name the place.
#include <cmath>

#include <catch.h>
#include <temporary_directory.h>

#include <taper/data/csv.h>
#include <taper/tensor/error.h>

using namespace taper;

namespace {

using Numbers = std::vector<double>;
using Texts = std::vector<std::string>;

Numbers numbers(const data::Column& column) { return column.numbers.to_vector<double>(); }

// The texts of a column, row by row.
Texts texts(const data::Column& column) {
  Texts result;
  for (const std::int64_t code : column.codes.to_vector<std::int64_t>())
    result.push_back(code < 0 ? "missing" : column.categories.at(static_cast<std::size_t>(code)));
  return result;
}

void check_malformed(const std::string& text, const std::string& reason) {
  CAPTURE(text);
  CHECK_THROWS_AS(data::parse_csv(text), IoError);
  CHECK_THROWS_WITH(data::parse_csv(text), "parse_csv: " + reason);
}

}  // namespace

TEST_CASE("a table has columns of numbers and of text") {
  const data::Table table = data::parse_csv("name,size,note\nb,1,x\na,-2.5e3, 7\nb,+.5,x\n");
  CHECK(table.rows == 3);
  REQUIRE(table.columns.size() == 3);
  CHECK(table.columns[0].name == "name");
  CHECK(!table.columns[0].is_numeric());
  CHECK(table.columns[0].categories == Texts{"a", "b"});
  CHECK(texts(table.columns[0]) == Texts{"b", "a", "b"});
  CHECK(table.at("size").is_numeric());
  CHECK(table.at("size").categories.empty());
  CHECK(!table.at("size").codes.defined());
  CHECK(numbers(table.at("size")) == Numbers{1, -2500, .5});
  CHECK(texts(table.at("note")) == Texts{"x", "7", "x"});
  CHECK_THROWS_AS(table.at("Name"), IndexError);
  CHECK_THROWS_WITH(table.at("Name"), "Table: there is no column 'Name'; there are 'name', 'size', 'note'");
}

TEST_CASE("fields in quotes may have delimiters, line ends and quotes") {
  const data::Table table =
      data::parse_csv("\"a\",\"b,c\"\n\"x,\"\"y\"\"\",\"1\"\n\"two\r\nlines\",\"2\"\n\"\",3");
  CHECK(table.columns[1].name == "b,c");
  CHECK(texts(table.columns[0]) == Texts{"x,\"y\"", "two\r\nlines", "missing"});
  CHECK(numbers(table.columns[1]) == Numbers{1, 2, 3});
}

TEST_CASE("lines end as they may, and empty ones are skipped") {
  for (const std::string end : {"\n", "\r\n", "\r", "\n\n", "\r\n\r\n"}) {
    CAPTURE(end);
    for (const std::string last : {"", end.c_str()}) {
      const data::Table table = data::parse_csv(end + "a,b" + end + "1,2" + end + "3," + last);
      CHECK(table.rows == 2);
      CHECK(numbers(table.at("a")) == Numbers{1, 3});
      CHECK(numbers(table.at("b"))[0] == 2);
      CHECK(std::isnan(numbers(table.at("b"))[1]));
    }
  }
}

TEST_CASE("a byte order mark is skipped, spaces around fields are dropped") {
  const data::Table table = data::parse_csv("\xef\xbb\xbf a ;\tb\n 1 ; x y \n", {.delimiter = ';'});
  CHECK(numbers(table.at("a")) == Numbers{1});
  CHECK(texts(table.at("b")) == Texts{"x y"});
  CHECK(numbers(data::parse_csv("a\tb\n1\t2\n", {.delimiter = '\t'}).at("b")) == Numbers{2});
}

TEST_CASE("missing fields are NaN in numbers and -1 in text") {
  const data::Table table = data::parse_csv("a,b,c\n1,x,\nNA,?,NaN\n , null,\n");
  CHECK(numbers(table.at("a"))[0] == 1);
  CHECK(std::isnan(numbers(table.at("a"))[1]));
  CHECK(std::isnan(numbers(table.at("a"))[2]));
  CHECK(texts(table.at("b")) == Texts{"x", "missing", "missing"});
  CHECK(table.at("c").is_numeric());
  const data::Table other = data::parse_csv("a,b\n-,?\n2,\n", {.missing = {"-"}});
  CHECK(std::isnan(numbers(other.at("a"))[0]));
  CHECK(texts(other.at("b")) == Texts{"?", ""});
}

TEST_CASE("columns without a header have numbers for names, and so have empty names") {
  const data::Table table = data::parse_csv("1,x\n2,y\n", {.header = false});
  CHECK(table.rows == 2);
  CHECK(numbers(table.at("column_1")) == Numbers{1, 2});
  CHECK(data::parse_csv(",x\n0,1\n").columns[0].name == "column_1");
}

TEST_CASE("a column that is said to be text is, even if all its fields are numbers") {
  const data::Table table = data::parse_csv("zip,n\n01,1\n1,2\n", {.text = {"zip"}});
  CHECK(texts(table.at("zip")) == Texts{"01", "1"});
  CHECK(table.at("n").is_numeric());
  CHECK_THROWS_AS(data::parse_csv("a\n1\n", {.text = {"b"}}), IndexError);
}

TEST_CASE("numbers of any size and form") {
  const data::Table table = data::parse_csv("a\n1e999\n-1e999\n1e-999\n0.1\n9007199254740993\ninf\n");
  const double infinity = std::numeric_limits<double>::infinity();
  CHECK(numbers(table.at("a")) == Numbers{infinity, -infinity, 0, 0.1, 9007199254740992., infinity});
  for (const std::string text : {"1x", "0x10", "1,5", "--1", "+-1", "1 2", "e5", "1e"}) {
    CAPTURE(text);
    CHECK(!data::parse_csv("a\n\"" + text + "\"\n").at("a").is_numeric());
  }
}

TEST_CASE("a table may have no rows") {
  const data::Table table = data::parse_csv("a,b\n");
  CHECK(table.rows == 0);
  CHECK(table.columns.size() == 2);
  CHECK(table.at("a").numbers.numel() == 0);
}

TEST_CASE("every kind of malformed file is refused with its place and reason") {
  check_malformed("", "it has no header");
  check_malformed("\n\r\n", "it has no header");
  check_malformed("a,b\n1\n", "line 2, column 2: expected 2 fields, as in the first line, got 1");
  check_malformed("a,b\n1,2\n\n1,2,3\n", "line 4, column 6: expected 2 fields, as in the first line, got 3");
  check_malformed("a,b\n1,2,", "line 2, column 5: expected 2 fields, as in the first line, got 3");
  check_malformed("a,b,a\n", "line 1, column 1: fields 1 and 3 have the same name, 'a'");
  check_malformed("a\n\"x\n", "line 2, column 1: this quote is not closed");
  check_malformed("a\n\"x\"\"", "line 2, column 1: this quote is not closed");
  check_malformed("a,b\n\"x\ny\" ,2\n",
                  "line 3, column 3: expected the end of the field behind its closing quote");
  check_malformed("a,b\n\"x\r\ny\r\",\"z\"z\n",
                  "line 4, column 6: expected the end of the field behind its closing quote");
  check_malformed(
      "a,b\n1,5\" pipe\n",
      "line 2, column 4: a quote in a field that does not begin with one; such a field must be in quotes");
  check_malformed(std::string("a\n1\n2\0\n", 7), "line 3, column 2: a zero byte; it is not a text");
  check_malformed("\xff\xfe" + std::string("a\0", 2), "it is in UTF-16; save it in UTF-8");
  CHECK_THROWS_WITH(data::parse_csv("", {.header = false}), "parse_csv: it has no rows");
  for (const char delimiter : {'"', '\n', '\r', '\0'})
    CHECK_THROWS_AS(data::parse_csv("a\n", {.delimiter = delimiter}), ValueError);
}

TEST_CASE("reading a CSV file names it") {
  const TemporaryDirectory directory;
  CHECK_THROWS_AS(data::read_csv(directory / "a"), IoError);
  const auto path = directory.file("b.csv", "a\n1\n");
  CHECK(numbers(data::read_csv(path).at("a")) == Numbers{1});
  directory.file("b.csv", "a\n1,2\n");
  CHECK_THROWS_WITH(
      data::read_csv(path),
      "read_csv: '" + path.string() + "', line 2, column 4: expected 1 fields, as in the first line, got 2");
}
