// IDX: every element type, gzip, and every way in which a file can be wrong.
#include <limits>
#include <random>

#include <catch.h>
#include <temporary_directory.h>

#include "idx_bytes.h"
#include <taper/data/idx.h>
#include <taper/tensor/error.h>
#include <taper/tensor/memory.h>

using namespace taper;

namespace {

Tensor parse(const std::string& bytes) { return data::parse_idx(std::as_bytes(std::span(bytes))); }

void check_malformed(const std::string& bytes, const std::string& reason) {
  CAPTURE(bytes, reason);
  CHECK_THROWS_AS(parse(bytes), IoError);
  CHECK_THROWS_WITH(parse(bytes), ContainsSubstring("parse_idx: ") && ContainsSubstring(reason));
}

template <class T>
void check_values(const std::string& bytes, const Shape& shape, const std::vector<T>& values) {
  for (const std::string& form : {bytes, gzip(bytes)}) {
    const Tensor tensor = parse(form);
    CHECK(tensor.shape() == shape);
    CHECK(tensor.to_vector<T>() == values);
  }
}

}  // namespace

TEST_CASE("every element type of IDX is read, plain and gzipped") {
  using namespace std::string_literals;
  check_values<std::uint8_t>(idx_bytes(0x08, {2, 3}, "\x00\x01\x7f\x80\xfe\xff"s), {2, 3},
                             {0, 1, 127, 128, 254, 255});
  check_values<std::int32_t>(idx_bytes(0x09, {3}, "\x01\x7f\x80"s), {3}, {1, 127, -128});
  check_values<std::int32_t>(idx_bytes(0x0B, {2}, "\x01\x02\xff\xfe"s), {2}, {258, -2});
  check_values<std::int32_t>(idx_bytes(0x0C, {2, 1}, "\x01\x02\x03\x04\x80\x00\x00\x00"s), {2, 1},
                             {0x01020304, std::numeric_limits<std::int32_t>::min()});
  check_values<float>(idx_bytes(0x0D, {2}, "\x3f\x80\x00\x00\xc0\x20\x00\x00"s), {2}, {1.f, -2.5f});
  check_values<double>(idx_bytes(0x0E, {1}, "\x40\x09\x21\xfb\x54\x44\x2d\x18"s), {1}, {3.141592653589793});
  check_values<std::uint8_t>(idx_bytes(0x08, {0, 28, 28}, ""), {0, 28, 28}, {});
  check_values<std::uint8_t>(idx_bytes(0x08, {1, 1, 1, 1, 1, 1, 1, 1}, "a"), Shape::filled(8, 1), {'a'});
}

TEST_CASE("a gzip file of several members is one file") {
  const std::string bytes = idx_bytes(0x08, {4}, "abcd");
  CHECK(parse(gzip(bytes.substr(0, 9)) + gzip(bytes.substr(9))).to_vector<std::uint8_t>() ==
        std::vector<std::uint8_t>{'a', 'b', 'c', 'd'});
}

TEST_CASE("every kind of malformed IDX file is refused with its reason") {
  const std::string good = idx_bytes(0x08, {2, 2}, "abcd");
  REQUIRE(parse(good).numel() == 4);
  check_malformed("", "it has no content");
  check_malformed("\x89PNG\r\n", "not an IDX file");
  check_malformed(good.substr(0, 3), "not an IDX file");
  for (const std::size_t zero : {0, 1}) {
    std::string other = good;
    other[zero] = '\1';
    check_malformed(other, "not an IDX file");
    other[0] = '\x1f';  // as in a gzip file
    check_malformed(other, "not an IDX file");
  }
  check_malformed(gzip("hello"), "not an IDX file");
  check_malformed(gzip(""), "not an IDX file");
  check_malformed(idx_bytes(0x0A, {4}, "abcd"), "dtype code 0x0a is unknown");
  check_malformed(idx_bytes(0x08, {}, "a"), "expected a rank from 1 to 8, got 0");
  check_malformed(idx_bytes(0x08, {1, 1, 1, 1, 1, 1, 1, 1, 1}, "a"), "expected a rank from 1 to 8, got 9");
  check_malformed(good.substr(0, 10), "ends before the end of its header");
  check_malformed(good.substr(0, 14), "shape [2, 2] needs 4 bytes, but only 2 follow");
  check_malformed(good.substr(0, 12), "shape [2, 2] needs 4 bytes, but only 0 follow");
  check_malformed(good + 'x', "more bytes follow than the 4 that its shape [2, 2] needs");
  check_malformed(gzip(good.substr(0, 14)), "but only 2 follow");
  check_malformed(gzip(good + 'x'), "more bytes follow");

  const std::uint32_t most = 0xffffffff;
  const std::uint64_t before = memory::statistics().bytes_reserved;
  for (const std::string& absurd :
       {idx_bytes(0x08, {100'000'000}, "a"),
        idx_bytes(0x0E, {most, most, most, most, most, most, most, most}, ""),
        idx_bytes(0x08, {1u << 31, 1u << 31, 4}, "a"), idx_bytes(0x08, {0, most, most}, ""),
        idx_bytes(0x08, {0, 1u << 31, 1u << 30}, "")}) {
    check_malformed(
        absurd, "needs more bytes than a file of " + std::to_string(absurd.size()) + " bytes can contain");
    check_malformed(gzip(absurd), "needs more bytes than a file of");
  }
  CHECK(memory::statistics().bytes_reserved - before < 100'000);
}

TEST_CASE("a damaged gzip file is refused with its reason") {
  const std::string plain = idx_bytes(0x08, {40, 40}, std::string(1600, 'a')), zipped = gzip(plain);
  REQUIRE(parse(zipped).numel() == 1600);
  for (std::size_t length = 2; length < zipped.size(); ++length)
    check_malformed(zipped.substr(0, length), "the gzip stream is truncated");
  std::string damaged = zipped;
  damaged[damaged.size() - 6] ^= 1;
  check_malformed(damaged, "the gzip stream is damaged (incorrect data check)");
  damaged = zipped;
  damaged[2] = 1;
  check_malformed(damaged, "the gzip stream is damaged (unknown compression method)");
  check_malformed(zipped + "garbage", "the gzip stream is damaged (incorrect header check)");
}

TEST_CASE("a gzip file that unpacks to far more than its header says is not unpacked") {
  const std::string bomb = gzip(idx_bytes(0x08, {4}, std::string(5'000'000, 'a')));
  const std::uint64_t before = memory::statistics().bytes_reserved;
  check_malformed(bomb, "more bytes follow than the 4");
  CHECK(memory::statistics().bytes_reserved - before < 100'000);
  // One whose header promises as much is.
  CHECK(parse(gzip(idx_bytes(0x08, {5'000'000}, std::string(5'000'000, 'a')))).numel() == 5'000'000);
}

TEST_CASE("of a file of 1 TiB only what the header asks for is read") {
  const TemporaryDirectory directory;
  const auto huge = [&](const std::string& begin) {
    const auto path = directory.file("huge", begin);
    std::filesystem::resize_file(path, std::uintmax_t{1} << 40);
    return path;
  };
  const std::string good = idx_bytes(0x08, {2, 2}, "abcd");
  const auto check_refused = [&](const std::string& begin, const std::string& reason) {
    const auto path = huge(begin);
    CHECK_THROWS_AS(data::read_idx(path), IoError);
    CHECK_THROWS_WITH(data::read_idx(path),
                      ContainsSubstring("read_idx: '" + path.string()) && ContainsSubstring(reason));
  };
  const std::uint64_t before = memory::statistics().bytes_reserved;
  check_refused("", "its dtype code 0x00 is unknown");
  check_refused(good, "more bytes follow than the 4 that its shape [2, 2] needs");
  check_refused(idx_bytes(0x0E, {1u << 31, 1u << 7}, ""),
                "more bytes than a file of 1099511627776 bytes can contain");
  check_refused(gzip(good), "the gzip stream is damaged (incorrect header check)");
  check_refused(gzip(good).substr(0, 12), "the gzip stream is damaged");
  check_refused(gzip(idx_bytes(0x0E, {1u << 31, 1u << 28}, "")),
                "more bytes than a file of 1099511627776 bytes");
  CHECK(memory::statistics().bytes_reserved - before < 100'000);
}

TEST_CASE("a file longer than the buffer is read on") {
  std::string elements(300'000, '\0');
  std::mt19937 random(1);
  for (char& element : elements) element = static_cast<char>(random());  // so that gzip needs as many bytes
  const std::vector<std::uint8_t> values(elements.begin(), elements.end());
  const std::string bytes = idx_bytes(0x08, {3, 100'000}, elements);
  const TemporaryDirectory directory;
  for (const std::string& form :
       {bytes, gzip(bytes), gzip(bytes.substr(0, 70'000)) + gzip(bytes.substr(70'000))}) {
    CHECK(parse(form).to_vector<std::uint8_t>() == values);
    CHECK(data::read_idx(directory.file("a", form)).to_vector<std::uint8_t>() == values);
    check_malformed(form.substr(0, 100'000),
                    form == bytes ? "more bytes than a file of 100000 bytes" : "truncated");
  }
}

TEST_CASE("a member of a gzip file may end where the buffer does") {
  const std::string bytes = idx_bytes(0x08, {4}, "abcd");
  std::string first = gzip(bytes.substr(0, 9));
  first[3] |= 8;  // with a name, which fills the buffer
  first.insert(10, std::string((1 << 16) - first.size() - 1, 'n') + '\0');
  REQUIRE(first.size() == 1 << 16);
  CHECK(parse(first + gzip(bytes.substr(9))).to_vector<std::uint8_t>() ==
        std::vector<std::uint8_t>{'a', 'b', 'c', 'd'});
}

TEST_CASE("no mutation of an IDX file does harm") {
  const std::string plain = idx_bytes(0x0C, {3, 5}, std::string(60, 'a')), zipped = gzip(plain);
  std::mt19937 random(1);
  const auto below = [&](std::size_t limit) { return static_cast<std::size_t>(random() % limit); };
  int loaded = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string bytes = i % 2 == 0 ? plain : zipped;
    for (std::size_t count = 1 + below(3); count > 0 && !bytes.empty(); --count) {
      const std::size_t at = below(below(2) == 0 ? std::min<std::size_t>(bytes.size(), 20) : bytes.size());
      if (below(4) > 0)
        bytes[at] = static_cast<char>(below(2) == 0 ? random() : bytes[at] ^ 1 << below(8));
      else
        bytes.erase(at, 1 + below(8));
    }
    if (i % 16 == 0) bytes = gzip(bytes);
    try {
      loaded += parse(bytes).defined();
    } catch (const IoError&) {
    }
  }
  CHECK(loaded > 0);
}

TEST_CASE("reading an IDX file names it") {
  const TemporaryDirectory directory;
  const auto path = directory.file("a", idx_bytes(0x08, {2}, "ab"));
  CHECK(data::read_idx(path).to_vector<std::uint8_t>() == std::vector<std::uint8_t>{'a', 'b'});
  CHECK_THROWS_WITH(data::read_idx(directory / "b"),
                    "read_idx: cannot read '" + (directory / "b").string() + "': No such file or directory");
  CHECK_THROWS_WITH(data::read_idx(directory.path()),
                    "read_idx: cannot read '" + directory.path().string() + "': Is a directory");
  CHECK_THROWS_WITH(data::read_idx("/dev/zero"), ContainsSubstring("Not a regular file"));
  CHECK_THROWS_AS(data::read_idx(directory.file("empty", "")), IoError);
  CHECK_THROWS_WITH(data::read_idx(directory / "empty"),
                    ContainsSubstring("'" + (directory / "empty").string() + "': it has no content"));
}
