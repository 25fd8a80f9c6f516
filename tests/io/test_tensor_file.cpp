// Elements of every type, and io::load() for all formats.
#include <cmath>

#include <catch.h>
#include <temporary_directory.h>

#include "tensor_files.h"
#include <taper/io/elements.h>
#include <taper/io/file.h>
#include <taper/io/numpy.h>
#include <taper/io/pytorch.h>
#include <taper/tensor/create.h>
#include <taper/tensor/error.h>

using namespace taper;

TEST_CASE("load reads safetensors and npy by their content") {
  const TemporaryDirectory directory;
  const Tensor x = full({2, 3}, 1.5, float64);
  io::save_safetensors(directory / "a", {{"x", x}}, {{"k", "v"}});
  io::save_npy(directory / "b", x);
  CHECK(same_bits(io::load(directory / "a").at("x"), x));
  CHECK(io::load(directory / "a").metadata.at("k") == "v");
  CHECK(same_bits(io::load(directory / "b").at("array"), x));
  for (const char* const name : {"a", "b"})
    CHECK(io::load(directory / name, {.dtype = float32}).tensors[0].second.dtype() == float32);
  CHECK_THROWS_WITH(io::load(directory / "c"), ContainsSubstring("load: cannot read '"));
  CHECK_THROWS_WITH(io::load(directory.file("d", "text")), ContainsSubstring("d' is no file of tensors"));
  CHECK_THROWS_WITH(io::load(golden_file("legacy.pt")), ContainsSubstring("PyTorch before 1.6"));
}

TEST_CASE("load knows safetensors by their header, whatever its length looks like") {
  for (const std::uint64_t length :
       {0x280, 0x4b50, 0x4e93}) {  // a pickle's first bytes, a zip archive's, NumPy's
    std::string file = "{}";
    file.resize(length, ' ');
    file = std::string(reinterpret_cast<const char*>(&length), 8) + file;
    const TemporaryDirectory directory;
    CHECK(io::load(directory.file("a", file)).tensors.empty());
    CHECK_THROWS_WITH(io::load_pytorch(directory.path() / "a"), ContainsSubstring("a': "));
  }
}

#ifdef TAPER_HAS_LIBZIP
TEST_CASE("load tells npz and pt apart") {
  CHECK(check_expected("arrays", io::load(golden_file("arrays.npz"))) == 15);
  CHECK(check_expected("views", io::load(golden_file("views.pt"))) == 8);
}
#endif

TEST_CASE("a part of a file is found by its name") {
  const Tensor x = ones({1});
  const io::TensorFile file{{{"a.b.c", x}, {"ab.c", x}, {"a", x}, {"a.d", x}, {"b.a.b", x}}, {}};
  const NamedTensors part = file.below("a");
  REQUIRE(part.size() == 2);
  CHECK(part[0].first == "b.c");
  CHECK(part[1].first == "d");
  CHECK(file.below("a.b").size() == 1);
  CHECK_THROWS_AS(file.below("c"), IndexError);
  CHECK_THROWS_WITH(file.below("c"), "TensorFile::below: no name of the 5 tensors begins with 'c.'");
}

TEST_CASE("every float8 is read as the float16 of its value") {
  std::string all(256, '\0');
  for (int i = 0; i < 256; ++i) all[static_cast<std::size_t>(i)] = static_cast<char>(i);
  const auto read = [&](io::detail::ElementType type) {
    return compute::cast(io::detail::read_elements("x", {256}, type, false,
                                                   io::detail::reader(std::as_bytes(std::span(all)))),
                         float64)
        .to_vector<double>();
  };
  const auto check = [](const std::vector<double>& values, int digits, int bias, bool infinities) {
    for (int i = 0; i < 256; ++i) {
      INFO(i);
      const int exponent = (i & 0x7f) >> digits, digit = i & ((1 << digits) - 1);
      const double scale = std::ldexp(1.0, std::max(exponent, 1) - bias - digits);
      double wanted = (digit + (exponent > 0 ? 1 << digits : 0)) * scale;
      if (infinities && exponent == 31) wanted = digit == 0 ? INFINITY : NAN;
      if (!infinities && (i & 0x7f) == 0x7f) wanted = NAN;
      if (i >= 128) wanted = -wanted;
      const double value = values[static_cast<std::size_t>(i)];
      CHECK((value == wanted || (std::isnan(value) && std::isnan(wanted))));
      CHECK(std::signbit(value) == (i >= 128));
    }
  };
  check(read(io::detail::ElementType::float8_e4m3), 3, 7, false);
  check(read(io::detail::ElementType::float8_e5m2), 2, 15, true);
}

TEST_CASE("integers without a dtype are read as the next larger ones, piece by piece") {
  std::string numbers;
  for (int i = 0; i < 10'000; ++i) numbers += {static_cast<char>(i & 255), static_cast<char>(i >> 8)};
  const auto read = [&](io::detail::ElementType type, std::int64_t count, bool big) {
    return io::detail::read_elements("x", {count}, type, big,
                                     io::detail::reader(std::as_bytes(std::span(numbers))));
  };
  const std::vector<int> values = read(io::detail::ElementType::uint16, 10'000, false).to_vector<int>();
  for (int i = 0; i < 10'000; ++i) REQUIRE(values[static_cast<std::size_t>(i)] == i);
  CHECK(read(io::detail::ElementType::int16, 10'000, true).to_vector<int>()[9'999] == 0x0f27);
  CHECK(read(io::detail::ElementType::int8, 600, false).to_vector<int>()[510] == -1);
  CHECK(read(io::detail::ElementType::uint32, 100, true).to_vector<std::int64_t>()[99] == 0xc600c700);
  CHECK(read(io::detail::ElementType::uint64, 1, false).to_vector<std::int64_t>()[0] ==
        0x0003'0002'0001'0000);
  numbers = std::string(8, '\xff');
  CHECK(read(io::detail::ElementType::uint32, 2, false).to_vector<std::int64_t>()[1] == 0xffffffff);
  CHECK_THROWS_WITH(read(io::detail::ElementType::uint64, 1, false),
                    "x has 18446744073709551615, and int64, which uint64 is read as, cannot hold that");
}

TEST_CASE("UTF-8 is told from what is none") {
  for (const char* const good : {"", "a", "ü", "€", "😀", "\x7f", "\xf4\x8f\xbf\xbf", "\xed\x9f\xbf"})
    CHECK(io::detail::is_utf8(good));
  // Lone and missing continuations, overlong forms, surrogates, beyond the last code, and bytes that never
  // occur.
  for (const char* const bad :
       {"\x80", "\xc3", "\xc3(", "\xe2\x82", "\xc0\x80", "\xe0\x80\x80", "\xf0\x80\x80\x80", "\xed\xa0\x80",
        "\xf4\x90\x80\x80", "\xf8\x88\x80\x80\x80", "\xff"})
    CHECK(!io::detail::is_utf8(bad));
}
