// Safetensors: interchange with the reference, round trips, and every way in which a file can be wrong.
#include <cmath>
#include <cstring>
#include <numbers>
#include <random>

#include <catch.h>
#include <repository.h>
#include <temporary_directory.h>

#include <taper/io/file.h>
#include <taper/io/safetensors.h>
#include <taper/tensor/create.h>
#include <taper/tensor/error.h>

using namespace taper;

namespace {

const std::string golden = repository("tests/golden/reference.safetensors");

// What tests/golden/make_safetensors.py writes, in the file's order.
io::NamedTensors golden_tensors() {
  return {{"labels", from_data<std::int64_t>({-1, std::int64_t{1} << 40, 3, INT64_MIN}, {2, 2})},
          {"double", from_data({std::numbers::pi, -0.0, double{INFINITY}}, {3})},
          {"empty", zeros({0, 3})},
          {"layer.0.weight", from_data({0.f, 0.25f, 0.5f, 0.75f, 1.f, 1.25f}, {2, 3})},
          {"scalar", from_data<std::int32_t>({-7}, {})},
          {"pixels", from_data<std::uint8_t>({0, 127, 255}, {3})},
          {"mask \"ü\"", from_data({true, false, true}, {3})}};
}

bool identical(const Tensor& a, const Tensor& b) {
  return a.shape() == b.shape() && a.dtype() == b.dtype() &&
         std::memcmp(a.raw(), b.raw(), static_cast<std::size_t>(a.numel() * size_of(a.dtype()))) == 0;
}

io::SafeTensors parse(const std::string& bytes) {
  return io::parse_safetensors(std::as_bytes(std::span(bytes)));
}

std::string file_of(const std::string& header, const std::string& data = {}) {
  const std::uint64_t size = header.size();
  return std::string(reinterpret_cast<const char*>(&size), 8) + header + data;
}

std::string entry(const std::string& name, const std::string& dtype, const std::string& shape,
                  const std::string& offsets) {
  return '"' + name + R"(":{"dtype":")" + dtype + R"(","shape":)" + shape + R"(,"data_offsets":)" + offsets +
         '}';
}

void check_malformed(const std::string& bytes, const std::string& reason) {
  CAPTURE(bytes, reason);
  CHECK_THROWS_AS(parse(bytes), IoError);
  CHECK_THROWS_WITH(parse(bytes), ContainsSubstring("parse_safetensors: ") && ContainsSubstring(reason));
}

}  // namespace

TEST_CASE("a file of the reference is read, and the same bytes are written") {
  const io::SafeTensors loaded = io::load_safetensors(golden);
  CHECK(loaded.metadata == io::Metadata{{"format", "pt"}});
  for (const auto& [name, tensor] : golden_tensors()) CHECK(identical(loaded.at(name), tensor));
  CHECK(loaded.tensors.size() == golden_tensors().size());

  const TemporaryDirectory directory;
  io::save_safetensors(directory / "a", loaded.tensors, loaded.metadata);
  CHECK(io::read_file(directory / "a") == io::read_file(golden));
}

TEST_CASE("tensors come back in order, aligned, and dense") {
  const TemporaryDirectory directory;
  const Tensor counted = arange(0, 24, 1, int64);
  const Layout transposed = Layout(Shape{4, 6}).transpose("test", 0, 1);
  const io::NamedTensors tensors = {{"b", from_data<std::uint8_t>({1, 2, 3}, {3})},
                                    {"c", counted.alias(transposed)},
                                    {"a", full({2}, 0.5)},
                                    {"row", counted.alias(Layout(Shape{4, 6}).select("test", 0, 1))}};
  const io::Metadata metadata = {{"", "empty key"}, {"quote\"\n", "\\ü"}};
  io::save_safetensors(directory / "a", tensors, metadata);
  const io::SafeTensors loaded = io::load_safetensors(directory / "a");
  REQUIRE(loaded.tensors.size() == 4);
  for (std::size_t i = 0; i < 4; ++i) CHECK(loaded.tensors[i].first == tensors[i].first);
  CHECK(loaded.metadata == metadata);
  CHECK(loaded.at("c").shape() == Shape{6, 4});
  CHECK(loaded.at("c").to_vector<std::int64_t>() == tensors[1].second.to_vector<std::int64_t>());
  CHECK(loaded.at("row").to_vector<std::int64_t>() == std::vector<std::int64_t>{6, 7, 8, 9, 10, 11});
  CHECK(loaded.at("a").to_vector<float>() == std::vector<float>{0.5f, 0.5f});
  CHECK(identical(loaded.at("b"), tensors[0].second));
  CHECK_THROWS_AS(loaded.at("d"), IndexError);
  const std::string bytes = io::read_file(directory / "a");
  CHECK(bytes.size() % 8 == 3);  // 3 bytes come last, after whole elements of 8 and 4
  CHECK_THAT(bytes, ContainsSubstring(R"("b":{"dtype":"U8","shape":[3],"data_offsets":[248,251]})"));

  io::save_safetensors(directory / "none", {});
  CHECK(io::load_safetensors(directory / "none").tensors.empty());
}

TEST_CASE("saving refuses what cannot be saved, and leaves no file") {
  const TemporaryDirectory directory;
  const Tensor one = ones({1});
  const auto save = [&](const io::NamedTensors& tensors, const io::Metadata& metadata = {}) {
    io::save_safetensors(directory / "a", tensors, metadata);
  };
  CHECK_THROWS_AS(save({{"x", Tensor()}}), ValueError);
  CHECK_THROWS_WITH(save({{"x", Tensor()}}), "save_safetensors: tensor 'x' is undefined");
  CHECK_THROWS_AS(save({{"x", one}, {"x", one}}), ValueError);
  CHECK_THROWS_WITH(save({{"x", one}, {"x", one}}), ContainsSubstring("'x' occurs twice"));
  CHECK_THROWS_AS(save({{"__metadata__", one}}), ValueError);
  CHECK_THROWS_AS(save({{"\xff", one}}), ValueError);
  CHECK_THROWS_WITH(save({}, {{"a", "\xff"}}), ContainsSubstring("not valid UTF-8"));
  CHECK_THROWS_WITH(save({}, {{"a", std::string(100'000'001, 'x')}}), ContainsSubstring("at most 100000000"));
  CHECK(directory.entries() == 0);
  CHECK_THROWS_WITH(io::save_safetensors(directory / "missing/a", {}),
                    ContainsSubstring("save_safetensors: cannot write") && ContainsSubstring("No such file"));
}

TEST_CASE("loading names the file") {
  const TemporaryDirectory directory;
  CHECK_THROWS_WITH(
      io::load_safetensors(directory / "a"),
      ContainsSubstring("load_safetensors: cannot read '") && ContainsSubstring("No such file"));
  CHECK_THROWS_WITH(io::load_safetensors(directory.path()), ContainsSubstring("Is a directory"));
  const auto path = directory.file("b", "abc");
  CHECK_THROWS_AS(io::load_safetensors(path), IoError);
  CHECK_THROWS_WITH(io::load_safetensors(path),
                    ContainsSubstring("load_safetensors: '" + path.string() + "': it has 3"));
}

TEST_CASE("every kind of malformed file is refused with its reason") {
  const std::string four(4, '\0');
  const std::string good = entry("x", "F32", "[1]", "[0,4]");
  REQUIRE(parse(file_of('{' + good + '}', four)).tensors.size() == 1);
  REQUIRE(parse(file_of("{}   ")).tensors.empty());

  check_malformed("", "it has 0 bytes");
  check_malformed("1234567", "it has 7 bytes");
  check_malformed(std::string(8, '\xff'),
                  "expected a header of at most 100000000 bytes, got 18446744073709551615");
  check_malformed(file_of("{}").substr(0, 9), "its header has 2 bytes, but only 1 bytes follow");
  check_malformed(file_of(""), "does not begin with '{'");
  check_malformed(file_of(" {}"), "does not begin with '{'");
  check_malformed(file_of("[]"), "does not begin with '{'");
  check_malformed(file_of("{}" + std::string(1, '\0') + "x"), "a zero byte");
  check_malformed(file_of("{"), "not valid JSON at byte");
  check_malformed(file_of("{} {}"), "not valid JSON");
  check_malformed(file_of("{\"\xff\":{}}"), "not valid JSON");
  check_malformed(file_of("{" + std::string(100'000, '[')), "not valid JSON");
  check_malformed(file_of("{\"a\":" + std::string(100'000, '[')),
                  "tensor 'a' must not contain an array here");
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += "{\"a\":";
  check_malformed(file_of(deep), "tensor 'a' has an unknown field 'a'");

  const auto with = [&](const std::string& content) { return file_of('{' + content + '}', four); };
  check_malformed(with(good + ',' + good), "'x' occurs twice");
  check_malformed(with(R"("__metadata__":{},"__metadata__":{})"), "'__metadata__' occurs twice");
  check_malformed(with(R"("__metadata__":{"a":"b","a":"c"})"), "metadata 'a' occurs twice");
  check_malformed(with(R"("__metadata__":{"a":1})"), "metadata 'a' must not contain a number here");
  check_malformed(with(R"("__metadata__":{"a":{}})"), "metadata 'a' must not contain an object here");
  check_malformed(with(R"("__metadata__":{"a":[]})"), "metadata 'a' must not contain an array here");
  check_malformed(with(R"("__metadata__":{"a":null})"), "metadata 'a' must not contain null here");
  check_malformed(with(R"("__metadata__":"a")"), "must not contain a string here");
  check_malformed(with(R"("x":true)"), "'x' must not contain a boolean here");
  check_malformed(with(R"("x":{})"), "has no dtype, shape or data_offsets");
  check_malformed(with(R"("x":{"dtype":"F32","shape":[1]})"), "has no dtype, shape or data_offsets");
  check_malformed(with(R"("x":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]})"),
                  "two fields 'dtype'");
  check_malformed(with(R"("x":{"dtype":["F32"],"shape":[1],"data_offsets":[0,4]})"),
                  "must not contain an array here");
  check_malformed(with(R"("x":{"dtype":"F32","shape":{"a":1},"data_offsets":[0,4]})"),
                  "must not contain an object here");
  check_malformed(with(R"("x":{"dtype":"F32","shape":1,"data_offsets":[0,4]})"),
                  "must not contain a number here");
  check_malformed(with(entry("x", "C64", "[1]", "[0,8]")),
                  "dtype 'C64'; BOOL, U8, I32, I64, F32, F64, F16, BF16, I8");
  check_malformed(with(entry("x", "f32", "[1]", "[0,4]")), "dtype 'f32'");
  check_malformed(with(entry("x", "F32", "[-1]", "[0,4]")), "a negative number");
  check_malformed(with(entry("x", "F32", "[1.0]", "[0,4]")), "not a 64-bit integer");
  check_malformed(with(entry("x", "F32", "[99999999999999999999]", "[0,4]")), "not a 64-bit integer");
  check_malformed(with(entry("x", "F32", "[18446744073709551615]", "[0,4]")),
                  "an extent of 18446744073709551615");
  check_malformed(with(entry("x", "F32", "[[1]]", "[0,4]")), "must not contain an array here");
  check_malformed(with(entry("x", "F32", "[\"1\"]", "[0,4]")), "must not contain a string here");
  check_malformed(with(entry("x", "F32", "[1,1,1,1,1,1,1,1,1]", "[0,4]")), "more than 8 axes");
  check_malformed(with(entry("x", "F32", "[4294967296,4294967296]", "[0,4]")), "needs too many bytes");
  check_malformed(with(entry("x", "F32", "[4611686018427387905]", "[0,4]")), "needs too many bytes");
  check_malformed(with(entry("x", "F32", "[0,4294967296,4294967296]", "[0,0]")), "needs too many bytes");
  check_malformed(with(entry("x", "F32", "[2]", "[0,4]")), "needs 8 bytes, but its data_offsets contain 4");
  check_malformed(with(entry("x", "F32", "[0]", "[0,4]")), "needs 0 bytes, but its data_offsets contain 4");
  check_malformed(with(entry("x", "F64", "[1]", "[0,8]")), "data_offsets from 0 to 8, but there are 4 bytes");
  check_malformed(with(entry("x", "U8", "[1]", "[2,1]")), "data_offsets from 2 to 1, but there are 4 bytes");
  check_malformed(with(entry("x", "U8", "[1]", "[18446744073709551615,0]")),
                  "data_offsets from 18446744073709551615");
  check_malformed(with(entry("x", "F32", "[1]", "[0]")), "not two numbers");
  check_malformed(with(entry("x", "F32", "[1]", "[0,4,4]")), "not two numbers");
  check_malformed(with(entry("x", "F32", "[1]", "[-4,0]")), "a negative number");
  check_malformed(with(entry("x", "U8", "[2]", "[2,4]")), "begins at byte 2, expected 0: there is a gap");
  check_malformed(with(entry("x", "U8", "[3]", "[0,3]") + ',' + entry("y", "U8", "[2]", "[2,4]")),
                  "tensor 'y' begins at byte 2, expected 3: there is an overlap");
  check_malformed(with(entry(std::string(81, 'n'), "I17", "[1]", "[0,4]")), std::string(80, 'n') + "...'");
  check_malformed(with(entry(std::string(80, 'n'), "I17", "[1]", "[0,4]")),
                  std::string(80, 'n') + "' has dtype");
}

TEST_CASE("of a file of 1 TiB only the header is read before it is refused") {
  const TemporaryDirectory directory;
  const auto check_refused = [&](const std::string& begin, const std::string& reason) {
    const auto path = directory.file("huge", begin);
    std::filesystem::resize_file(path, std::uintmax_t{1} << 40);
    CHECK_THROWS_AS(io::load_safetensors(path), IoError);
    CHECK_THROWS_WITH(io::load_safetensors(path), ContainsSubstring(reason));
  };
  check_refused("", "the header does not begin with '{'");
  check_refused(std::string("\1\xe1\xf5\5", 4),
                "expected a header of at most 100000000 bytes, got 100000001");
  check_refused(std::string(8, '\1'), "expected a header of at most 100000000 bytes, got 72340172838076673");
  check_refused(file_of('{' + entry("x", "U8", "[3]", "[0,4]") + '}', "abc"),
                "needs 3 bytes, but its data_offsets contain 4");
}

TEST_CASE("bytes after the last tensor are not read") {
  const std::string file = file_of('{' + entry("x", "U8", "[2]", "[0,2]") + '}', "ab");
  const TemporaryDirectory directory;
  for (const std::string& rest : {std::string(), std::string("c"), std::string(100, '\0')}) {
    CHECK(parse(file + rest).at("x").to_vector<std::uint8_t>() == std::vector<std::uint8_t>{'a', 'b'});
    CHECK(io::load_safetensors(directory.file("a", file + rest)).tensors.size() == 1);
  }
  CHECK(parse(file_of("{}", "rest")).tensors.empty());
}

TEST_CASE("types without a dtype are read as larger ones, and floating ones converted if asked for") {
  const auto read = [](const std::string& type, const std::string& data,
                       const io::ReadOptions& options = {}) {
    const std::string size = std::to_string(data.size());
    const std::string count = std::to_string(type.ends_with("16")   ? data.size() / 2
                                             : type.ends_with("32") ? data.size() / 4
                                             : type.ends_with("64") ? data.size() / 8
                                                                    : data.size());
    const std::string file =
        file_of('{' + entry("x", type, '[' + count + ']', "[0," + size + ']') + '}', data);
    return io::parse_safetensors(std::as_bytes(std::span(file)), options).at("x");
  };
  CHECK(read("I8", "\xff\1").to_vector<int>() == std::vector{-1, 1});
  CHECK(read("I16", "\xfe\xff").to_vector<int>() == std::vector{-2});
  CHECK(read("U16", "\xfe\xff").to_vector<int>() == std::vector{65534});
  CHECK(read("U32", "\xfe\xff\xff\xff").to_vector<std::int64_t>() == std::vector<std::int64_t>{4294967294});
  CHECK(read("U64", "abcdefg\x7f").to_vector<std::int64_t>() ==
        std::vector<std::int64_t>{0x7f67666564636261});
  CHECK_THROWS_WITH(read("U64", std::string(8, '\xff')),
                    ContainsSubstring("parse_safetensors: tensor 'x' has 18446744073709551615"));
  CHECK(read("F8_E4M3", "\x38").item<float>() == 1);
  CHECK(read("F8_E5M2", "\x3c").item<float>() == 1);
  CHECK(read("F16", std::string("\0\x3c", 2), {.dtype = float32}).to_vector<float>() == std::vector{1.f});
  CHECK(read("BF16", "\x80\x3f", {.dtype = float64}).to_vector<double>() == std::vector{1.0});
  CHECK(read("F32", std::string("\0\0\x80\x3f", 4), {.dtype = bfloat16}).dtype() == bfloat16);
  CHECK(read("I32", "abcd", {.dtype = float64}).dtype() == int32);
  CHECK(read("BOOL", "\1", {.dtype = float64}).dtype() == boolean);
  CHECK_THROWS_AS(read("I32", "abcd", {.dtype = int64}), DTypeError);
  CHECK_THROWS_WITH(io::load_safetensors(golden, {.dtype = boolean}),
                    "load_safetensors: expected a floating dtype to convert floating tensors to, got bool");
}

TEST_CASE("a tensor of the highest rank is read") {
  const auto file = file_of('{' + entry("x", "U8", "[1,1,1,1,1,1,1,3]", "[0,3]") + '}', "abc");
  CHECK(parse(file).at("x").shape() == Shape{1, 1, 1, 1, 1, 1, 1, 3});
}

TEST_CASE("float16 and bfloat16 are saved and loaded") {
  const std::string path = repository("tests/golden/torch_half.safetensors");
  const io::SafeTensors reference = io::load_safetensors(path);
  CHECK(reference.at("to/float16/input").dtype() == float16);
  CHECK(static_cast<float>(reference.at("to/float16/uint8/value").to_vector<Float16>()[255]) == 255);
  CHECK(static_cast<float>(reference.at("to/bfloat16/uint8/value").to_vector<BFloat16>()[255]) == 255);
  const TemporaryDirectory directory;
  io::save_safetensors(directory / "a", reference.tensors, reference.metadata);
  const io::SafeTensors again = io::load_safetensors(directory / "a");
  REQUIRE(again.tensors.size() == reference.tensors.size());
  for (const auto& [name, tensor] : reference.tensors) CHECK(identical(again.at(name), tensor));

  const Tensor numbers = from_data({Float16(1), Float16(2), Float16(3), Float16(4)}, {2, 2});
  io::save_safetensors(directory / "b", {{"bytes", zeros({1}, uint8)},
                                         {"turned", numbers.alias(numbers.layout().transpose("test", 0, 1))},
                                         {"wide", zeros({1})}});
  const Tensor turned = io::load_safetensors(directory / "b").at("turned");
  CHECK(static_cast<float>(turned.to_vector<Float16>()[1]) == 3);
  CHECK_THAT(io::read_file(directory / "b"),
             ContainsSubstring(R"("turned":{"dtype":"F16","shape":[2,2],"data_offsets":[4,12]})"));
  check_malformed(file_of('{' + entry("x", "BF16", "[3]", "[0,4]") + '}', std::string(4, '\0')),
                  "tensor 'x' of shape [3] and dtype bfloat16 needs 6 bytes");
}

TEST_CASE("a bool is 0 or 1, whatever the file says") {
  const Tensor mask = parse(file_of('{' + entry("x", "BOOL", "[3]", "[0,3]") + '}', "\x01\x02\xff")).at("x");
  CHECK(std::memcmp(mask.raw(), "\1\1\1", 3) == 0);
}

TEST_CASE("no mutation of a file does harm") {
  const std::string valid = io::read_file(golden);
  std::mt19937 random(1);
  const auto below = [&](std::size_t limit) { return static_cast<std::size_t>(random() % limit); };
  const std::string tokens[] = {"\"", "{", "}",    "[",   "]",       ",",   ":",   "-",
                                "0",  "9", "null", "1e9", "\\u0000", "F64", "BOOL"};
  const std::size_t header_end = valid.find("  ");
  int loaded = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string bytes = valid;
    for (std::size_t count = 1 + below(3); count > 0; --count) {
      // Mostly in the header, where the structure is.
      const std::size_t at =
          std::min(below(4) == 0 ? below(bytes.size()) : 8 + below(header_end - 8), bytes.size() - 1);
      switch (below(6)) {
        case 0:
          bytes[at] = static_cast<char>(bytes[at] ^ 1 << below(8));
          break;
        case 1:
          bytes[at] = static_cast<char>(random());
          break;
        case 2:
          bytes[at] = static_cast<char>('0' + below(10));
          break;
        case 3:
          bytes.replace(at, below(4), tokens[below(std::size(tokens))]);
          break;
        case 4:
          bytes.erase(at, 1 + below(8));
          break;
        default:
          bytes.insert(at, bytes.substr(below(bytes.size()), below(64)));
      }
      if (bytes.empty()) bytes = valid;
      if (below(2) == 0) {  // the right length, so that the header itself is looked at
        const std::uint64_t size = header_end + 3 + bytes.size() - valid.size();
        if (bytes.size() >= 8) std::memcpy(bytes.data(), &size, 8);
      }
    }
    try {
      for (const auto& [name, tensor] : parse(bytes).tensors)
        if (tensor.numel() > 0) loaded += static_cast<const char*>(tensor.raw())[0] == 'x' ? 2 : 1;
    } catch (const IoError&) {
    }
  }
  CHECK(loaded > 0);
}
