// TableEncoder and CsvDataset: features, targets, and what another table may have.
#include <cmath>

#include <catch.h>
#include <temporary_directory.h>

#include <taper/data/csv_dataset.h>
#include <taper/tensor/error.h>

using namespace taper;

namespace {

using Floats = std::vector<float>;
using Integers = std::vector<std::int64_t>;
using Texts = std::vector<std::string>;

const data::Table table = data::parse_csv("size,kind,price\n1,b,10\n3,a,30\n,,20\n8,b,20\n");

}  // namespace

TEST_CASE("numbers are features, and text is one feature for each category") {
  const data::TableEncoder encoder(table, {.target = "price"});
  CHECK(encoder.names() == Texts{"size", "kind=a", "kind=b"});
  CHECK(encoder.classes().empty());
  const Tensor features = encoder.features(table);
  CHECK(features.shape() == Shape{4, 3});
  CHECK(features.to_vector<float>() == Floats{1, 0, 1, 3, 1, 0, 4, 0, 0, 8, 0, 1});
  CHECK(encoder.target(table).shape() == Shape{4, 1});
  CHECK(encoder.target(table).to_vector<float>() == Floats{10, 30, 20, 20});
}

TEST_CASE("missing numbers are filled as the options say") {
  const auto filled = [&](data::Fill fill) {
    return data::TableEncoder(table, {.columns = {"size"}, .fill = fill})
        .features(table)
        .to_vector<float>()[2];
  };
  CHECK(filled(data::Fill::mean) == 4);
  CHECK(filled(data::Fill::median) == 3);
  CHECK(filled(data::Fill::zero) == 0);
  CHECK(std::isnan(filled(data::Fill::nan)));
  const data::Table even = data::parse_csv("a\n1\nNA\n5\n2\n8\n");
  CHECK(data::TableEncoder(even, {.fill = data::Fill::median}).features(even).to_vector<float>()[1] == 3.5f);
}

TEST_CASE("standardized numbers have mean 0 and deviation 1; texts stay as they are") {
  const data::TableEncoder encoder(table, {.columns = {"price", "kind"}, .standardize = true});
  const Floats values = encoder.features(table).to_vector<float>();
  const float root = std::sqrt(2.f);
  const Floats expected{-root, 0, 1, root, 1, 0, 0, 0, 0, 0, 0, 1};
  REQUIRE(values.size() == expected.size());
  for (std::size_t i = 0; i < values.size(); ++i) CHECK(values[i] == Approx(expected[i]).margin(1e-6));
  const data::Table constant = data::parse_csv("a\n7\n7\n");
  CHECK(data::TableEncoder(constant, {.standardize = true}).features(constant).to_vector<float>() ==
        Floats{0, 0});
  // Another table is encoded with the statistics of the first.
  const data::Table other = data::parse_csv("kind,price\nb,40\n");
  CHECK(encoder.features(other).to_vector<float>()[0] == Approx(2 * root));
}

TEST_CASE("a target is a number, or a class") {
  const data::TableEncoder kinds(table, {.target = "price", .target_kind = data::TargetKind::classes});
  CHECK(kinds.classes() == Texts{"10", "20", "30"});
  CHECK(kinds.target(table).shape() == Shape{4});
  CHECK(kinds.target(table).to_vector<std::int64_t>() == Integers{0, 2, 1, 1});
  const data::Table names = data::parse_csv("x,y\n1,b\n2,a\n3,b\n");
  const data::TableEncoder encoder(names, {.target = "y"});
  CHECK(encoder.classes() == Texts{"a", "b"});
  CHECK(encoder.target(names).to_vector<std::int64_t>() == Integers{1, 0, 1});
  CHECK(encoder.text_columns() == Texts{"y"});

  CHECK_THROWS_AS(data::TableEncoder(names, {.target = "y", .target_kind = data::TargetKind::number}),
                  ValueError);
  CHECK_THROWS_WITH(
      encoder.target(data::parse_csv("x,y\n1,a\n1,c\n")),
      "TableEncoder: the target, column 'y', is 'c' in row 1, which the table that was learned from "
      "does not have");
  CHECK_THROWS_WITH(kinds.target(data::parse_csv("price\n10\n11\n")), ContainsSubstring("is '11' in row 1"));
  CHECK_THROWS_AS(encoder.target(data::parse_csv("x,y\n1,a\n1,\n")), ValueError);
  CHECK_THROWS_WITH(data::TableEncoder(table, {.target = "size"}).target(table),
                    ContainsSubstring("missing in row 2"));
  CHECK_THROWS_AS(data::TableEncoder(table, {}).target(table), ValueError);
}

TEST_CASE("another table may have other categories and another order of columns") {
  const data::TableEncoder encoder(table, {.target = "price"});
  const data::Table other = data::parse_csv("kind,more,size\nc,1,\na,2,5\n");
  CHECK(encoder.features(other).to_vector<float>() == Floats{4, 0, 0, 5, 1, 0});
  CHECK_THROWS_AS(encoder.features(data::parse_csv("size\n1\n")), IndexError);
  CHECK_THROWS_WITH(encoder.features(data::parse_csv("size,kind\nx,a\n")),
                    "TableEncoder: column 'size' has text, but numbers in the table that was learned from");
  const std::string numbers = "size,kind\n1,7\n";
  CHECK_THROWS_WITH(encoder.features(data::parse_csv(numbers)), ContainsSubstring("encoder.text_columns()"));
  CHECK(encoder.text_columns() == Texts{"kind"});
  CHECK(encoder.features(data::parse_csv(numbers, {.text = encoder.text_columns()})).to_vector<float>() ==
        Floats{1, 0, 0});
}

TEST_CASE("an encoder that learns from some rows knows nothing of the others, but for the classes") {
  const data::Table all =
      data::parse_csv("size,kind,class,more\n1,b,no,7\n100,c,never,\n3,a,yes,9\n,,no,8\n-50,d,yes,5\n");
  const data::TableEncoder encoder(all, {.target = "class", .standardize = true, .rows = {0, 2, 3}});
  const data::Table part = data::parse_csv("size,kind,class,more\n1,b,no,7\n3,a,yes,9\n,,no,8\n");
  const data::TableEncoder same(part, {.target = "class", .standardize = true});
  CHECK(encoder.names() == Texts{"size", "kind=a", "kind=b", "more"});
  CHECK(encoder.features(part).to_vector<float>() == same.features(part).to_vector<float>());
  CHECK(encoder.features(all).to_vector<float>() == same.features(all).to_vector<float>());
  const Floats values = encoder.features(all).to_vector<float>();
  CHECK(Floats(values.begin() + 16, values.begin() + 19) == Floats{-52, 0, 0});  // of the last row
  CHECK(encoder.classes() == Texts{"never", "no", "yes"});
  CHECK(encoder.target(all).to_vector<std::int64_t>() == Integers{1, 0, 2, 1, 2});
  // The order and the number of times do not matter for categories, and 100 texts elsewhere neither.
  const data::TableEncoder few(all, {.columns = {"kind"}, .most_categories = 1, .rows = {4, 3, 4}});
  CHECK(few.names() == Texts{"kind=d"});
  CHECK_THROWS_WITH(data::TableEncoder(all, {.rows = {3, 5}}),
                    "TableEncoder: expected rows from 0 to 4, got 5");
  CHECK_THROWS_AS(data::TableEncoder(all, {.rows = {-1}}), IndexError);
  CHECK_THROWS_WITH(data::TableEncoder(all, {.columns = {"more"}, .rows = {1}}),
                    ContainsSubstring("column 'more' has no values"));
  CHECK_THROWS_WITH(data::TableEncoder(all, {.columns = {"kind"}, .rows = {3}}),
                    ContainsSubstring("column 'kind' has no values"));
}

TEST_CASE("what cannot be encoded is refused") {
  using Options = data::TableEncoderOptions;
  const auto check = [](const std::string& text, const Options& options, const std::string& reason) {
    CHECK_THROWS_AS(data::TableEncoder(data::parse_csv(text), options), ValueError);
    CHECK_THROWS_WITH(data::TableEncoder(data::parse_csv(text), options), ContainsSubstring(reason));
  };
  check("a\n", {}, "expected a table with rows, got none");
  check("a\n1\n", {.target = "a"}, "at least one column besides the target");
  check("a,b\n1,\n", {}, "column 'b' has no values; leave it out");
  check("a,b\n1,2\n", {.target = "a", .columns = {"b", "a"}}, "column 'a' is the target and also among");
  check("a\n1\ninf\n", {}, "column 'a' is infinite in row 1");
  check("a\nx\ny\nz\n", {.most_categories = 2}, "column 'a' has 3 different texts; leave it out");
  check("a,b\n1,2\n1,3\n", {.target = "b", .target_kind = data::TargetKind::classes, .most_categories = 1},
        "has 2 classes");
  CHECK_THROWS_AS(data::TableEncoder(table, {.columns = {"x"}}), IndexError);
  CHECK_THROWS_AS(data::TableEncoder(table, {.target = "x"}), IndexError);
  const data::TableEncoder encoder(data::parse_csv("a\n1\n"), {});
  CHECK_THROWS_WITH(encoder.features(data::parse_csv("a\n-inf\n")), ContainsSubstring("infinite in row 0"));
}

TEST_CASE("a CSV file is a dataset") {
  const TemporaryDirectory directory;
  const auto path = directory.file("a.csv", "x;y;z\n1;u;7\n2;v;u\n");
  const data::CsvDataset dataset(path, {.target = "y"}, {.delimiter = ';'});
  REQUIRE(dataset.size() == 2);
  CHECK(dataset.features().shape() == Shape{2, 3});
  Generator unused;
  const data::Example example = dataset.get(1, unused);
  REQUIRE(example.size() == 2);
  CHECK(example[0].to_vector<float>() == Floats{2, 0, 1});
  CHECK(example[1].item<std::int64_t>() == 1);
  const data::Batch batch = dataset.get_batch(Integers{1, 0}, {});
  CHECK(batch[1].to_vector<std::int64_t>() == Integers{1, 0});
  CHECK(dataset.targets().to_vector<std::int64_t>() == Integers{0, 1});

  // A file of which all fields are numbers, though they were text in the first.
  const auto other = directory.file("b.csv", "x;y;z\n5;v;7\n");
  const data::CsvDataset test(other, dataset.encoder(), {.delimiter = ';'});
  CHECK(test.features().to_vector<float>() == Floats{5, 1, 0});

  const data::CsvDataset plain(path, {}, {.delimiter = ';'});
  CHECK(plain.get(0, unused).size() == 1);
  CHECK_THROWS_AS(plain.targets(), ValueError);
}
