// .npy and .npz: NumPy's own files, round trips, and every way in which a file can be wrong.
#include <catch.h>
#include <temporary_directory.h>

#include "tensor_files.h"
#include <taper/io/file.h>
#include <taper/io/numpy.h>
#include <taper/io/zip.h>
#include <taper/tensor/create.h>
#include <taper/tensor/error.h>

using namespace taper;

namespace {

Tensor parse(const std::string& bytes) { return io::parse_npy(std::as_bytes(std::span(bytes))); }

// A file of version 1 with this header.
std::string file_of(const std::string& header, const std::string& data = {}) {
  return std::string("\x93NUMPY\1\0", 8) + static_cast<char>(header.size() % 256) +
         static_cast<char>(header.size() / 256) + header + data;
}

std::string header_of(const std::string& type, const std::string& shape,
                      const std::string& columns = "False") {
  return "{'descr': '" + type + "', 'fortran_order': " + columns + ", 'shape': " + shape + ", }";
}

void check_malformed(const std::string& bytes, const std::string& reason) {
  CAPTURE(bytes, reason);
  CHECK_THROWS_AS(parse(bytes), IoError);
  CHECK_THROWS_WITH(parse(bytes), ContainsSubstring("parse_npy: ") && ContainsSubstring(reason));
}

// One tensor of each dtype that NumPy has, by its name.
io::NamedTensors every_dtype() {
  const Tensor counted = arange(0, 6, 1, int64);
  io::NamedTensors tensors;
  for (const DType dtype : {boolean, uint8, int32, int64, float32, float64, float16})
    tensors.emplace_back(std::string(name(dtype)), compute::cast(counted, dtype));
  tensors.emplace_back("turned", counted.alias(Layout(Shape{2, 3}).transpose("test", 0, 1)));
  tensors.emplace_back("scalar", scalar(2.5));
  tensors.emplace_back("folder/ü", zeros({2, 0, 3}));
  return tensors;
}

}  // namespace

TEST_CASE("NumPy's arrays in any order of bytes and elements are read") {
  for (const char* const name : {"columns.npy", "version2.npy", "version3.npy"}) {
    INFO(name);
    const Tensor array = io::load_npy(golden_file(name));
    CHECK(array.is_contiguous());
    CHECK(check_expected("columns", {{{"array", array}}, {}}) == 1);
  }
}

TEST_CASE("what save_npy writes has the bytes of numpy.save") {
  const TemporaryDirectory directory;
  io::save_npy(directory / "a.npy", io::load_npy(golden_file("version2.npy")));
  const std::string written = io::read_file(directory / "a.npy");
  CHECK(written.size() == 128 + 24 * 4);
  CHECK(written.substr(10, 60) == "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3, 4),");
  CHECK(written.substr(120, 8) == "       \n");
  for (const auto& [name, tensor] : every_dtype()) {
    INFO(name);
    io::save_npy(directory / "a.npy", tensor);
    CHECK(same_bits(io::load_npy(directory / "a.npy"), tensor));
  }
  CHECK(io::read_file(directory / "a.npy").find("(2, 0, 3)") != std::string::npos);
  io::save_npy(directory / "a.npy", zeros({3}));
  CHECK(io::read_file(directory / "a.npy").find("(3,)") != std::string::npos);
}

TEST_CASE("save_npy and save_npz refuse what NumPy cannot have") {
  const TemporaryDirectory directory;
  CHECK_THROWS_AS(io::save_npy(directory / "a", zeros({1}, bfloat16)), DTypeError);
  CHECK_THROWS_WITH(
      io::save_npy(directory / "a", zeros({1}, bfloat16)),
      "save_npy: the tensor is bfloat16, which NumPy does not have; convert it with to(x, float32)");
  CHECK_THROWS_WITH(io::save_npy(directory / "a", Tensor()), "save_npy: the tensor is undefined");
  CHECK_THROWS_WITH(io::save_npz(directory / "a", {{"x", zeros({1}, bfloat16)}}),
                    ContainsSubstring("save_npz: tensor 'x' is bfloat16"));
  CHECK_THROWS_WITH(io::save_npz(directory / "a", {{"x", Tensor()}}), "save_npz: tensor 'x' is undefined");
  CHECK_THROWS_WITH(io::save_npz(directory / "a", {{"x", ones({1})}, {"x", ones({1})}}),
                    "save_npz: the name 'x' occurs twice");
  CHECK_THROWS_WITH(io::save_npz(directory / "a", {{"\xff", ones({1})}}),
                    "save_npz: a name of 1 bytes is not valid UTF-8");
  CHECK(directory.entries() == 0);
}

TEST_CASE("every kind of malformed npy file is refused with its reason") {
  const std::string four(4, '\0');
  REQUIRE(parse(file_of(header_of("<f4", "(1,)"), four)).shape() == Shape{1});
  REQUIRE(
      parse(file_of("{\"shape\":(1L,),'descr':'=i2',\"fortran_order\":True}  \n", "\1\1")).to_vector<int>() ==
      std::vector{257});
  check_malformed("", "it ends 8 bytes too early");
  check_malformed(std::string("\x93NUMPX\1\0\0\0", 10), "does not begin with NumPy's");
  check_malformed(std::string("\x93NUMPY\4\0\0\0", 10), "version 4 of the format; 1 to 3 can be read");
  check_malformed(std::string("\x93NUMPY\0\0\0\0", 10), "version 0 of the format");
  check_malformed(std::string("\x93NUMPY\1\0\2\0{", 11), "it ends 1 bytes too early");
  check_malformed(std::string("\x93NUMPY\2\0\1\0\1\0", 12), "a header of at most 65536 bytes, got 65537");
  check_malformed(file_of(""), "its header should have '{' at byte 0");
  check_malformed(file_of("{}"), "lacks descr, fortran_order or shape");
  check_malformed(file_of("{'descr': '<f4', 'shape': ()}", four), "lacks descr, fortran_order or shape");
  check_malformed(file_of(header_of("<f4", "(1,)") + "x", four), "should have nothing at byte");
  check_malformed(file_of("{'a': 1}"), "an unknown key 'a'");
  check_malformed(file_of("{'shape': (), 'shape': ()}"), "two keys 'shape'");
  check_malformed(file_of("{'shape': () 'shape': ()}"), "should have ',' or '}' at byte 13");
  check_malformed(file_of("{'shape"), "the end of a string");
  check_malformed(file_of("{'shape': (1 2)}"), "should have ',' or ')' at byte 13");
  check_malformed(file_of("{'shape': (a)}"), "an extent of at most 63 bits at byte 11");
  check_malformed(file_of(header_of("<f4", "(-1,)"), four), "an extent of at most 63 bits");
  check_malformed(file_of(header_of("<f4", "(99999999999999999999,)"), four), "an extent of at most 63 bits");
  check_malformed(file_of(header_of("<f4", "(1,1,1,1,1,1,1,1,1)"), four), "more than 8 axes");
  check_malformed(file_of(header_of("<f4", "()", "0"), four), "should have True or False");
  check_malformed(file_of(header_of("<f4", "(2,)"), four),
                  "shape [2] and dtype float32 needs 8 bytes, but 4 follow");
  check_malformed(file_of(header_of("<f4", "()"), four + "x"), "needs 4 bytes, but 5 follow");
  check_malformed(file_of(header_of("<f4", "(4294967296, 4294967296, 4294967296)"), four),
                  "needs too many bytes");
  check_malformed(file_of(header_of("<f4", "(0, 4294967296, 4294967296)")), "needs too many bytes");
  check_malformed(file_of(header_of("|O", "()"), four), "an array of Python objects");
  check_malformed(file_of("{'descr': [('a', '<f4')], 'shape': (), }", four), "a structured array");
  for (const char* const type : {"<c8", "<U3", "|S4", "<M8[ns]", "<f16", "<f", "", "<", "<<f4", "|V2", "<i3"})
    check_malformed(file_of(header_of(type, "()"), four), "its dtype is '" + std::string(type) + "'");
}

TEST_CASE("arrays that are no numbers are refused") {
  CHECK_THROWS_WITH(io::load_npy(golden_file("object.npy")),
                    ContainsSubstring("object.npy': it is an array of Python objects"));
  CHECK_THROWS_WITH(io::load_npy(golden_file("fields.npy")),
                    ContainsSubstring("a structured array, with fields"));
  CHECK_THROWS_WITH(io::load_npy(golden_file("complex.npy")), ContainsSubstring("its dtype is '<c8'"));
  CHECK_THROWS_WITH(io::load_npy(golden_file("uint64.npy")),
                    ContainsSubstring("the array has 9223372036854775808, and int64"));
}

TEST_CASE("reading an npy file converts floating numbers alone") {
  const TemporaryDirectory directory;
  io::save_npy(directory / "a", full({2}, 0.1, float64));
  io::save_npy(directory / "b", full({2}, 3, int64));
  CHECK(io::load_npy(directory / "a", {.dtype = float32}).to_vector<float>() == std::vector{0.1f, 0.1f});
  CHECK(io::load_npy(directory / "b", {.dtype = float32}).dtype() == int64);
  CHECK_THROWS_WITH(io::load_npy(directory / "b", {.dtype = int32}),
                    "load_npy: expected a floating dtype to convert floating tensors to, got int32");
}

#ifdef TAPER_HAS_LIBZIP

TEST_CASE("NumPy's archives are read: every dtype, compressed, and with the other order of bytes") {
  for (const char* const name : {"arrays.npz", "compressed.npz", "big.npz"}) {
    INFO(name);
    const io::TensorFile file = io::load_npz(golden_file(name));
    CHECK(check_expected("arrays", file) == 15);
    CHECK(file.tensors.size() == 15);
  }
}

TEST_CASE("what is written to an npz file is read from it, in its order") {
  const TemporaryDirectory directory;
  const io::NamedTensors tensors = every_dtype();
  for (const bool compress : {false, true}) {
    io::save_npz(directory / "a.npz", tensors, {.compress = compress});
    const io::NamedTensors read = io::load_npz(directory / "a.npz").tensors;
    REQUIRE(read.size() == tensors.size());
    for (std::size_t i = 0; i < tensors.size(); ++i) {
      CHECK(read[i].first == tensors[i].first);
      CHECK(same_bits(read[i].second, tensors[i].second));
    }
  }
  io::save_npz(directory / "a.npz", {{"x", zeros({10000})}}, {.compress = true});
  CHECK(io::read_file(directory / "a.npz").size() < 1000);
  io::save_npz(directory / "a.npz", {{"x", full({16}, 7)}});
  const std::string bytes = io::read_file(directory / "a.npz");
  CHECK(bytes.find(std::string("\0\0\xe0\x40\0\0\xe0\x40", 8)) % 64 == 0);
  CHECK(io::load_npz(directory / "a.npz", {.dtype = float16}).at("x").dtype() == float16);
}

TEST_CASE("an npz file names the entry that is wrong") {
  const TemporaryDirectory directory;
  {
    io::ZipWriter writer("test", directory / "a.npz");
    writer.add("a.npy", {"nothing"});
    writer.commit();
  }
  CHECK_THROWS_WITH(io::load_npz(directory / "a.npz"),
                    ContainsSubstring("a.npz': entry 'a.npy': it ends 1 bytes too early"));
  {
    io::ZipWriter writer("test", directory / "b.npz");
    writer.add("a.txt", {"nothing"});
    writer.commit();
  }
  CHECK_THROWS_WITH(io::load_npz(directory / "b.npz"),
                    ContainsSubstring("b.npz': entry 'a.txt' is no array"));
}

#else

TEST_CASE("without libzip an npz file is written and not read") {
  const TemporaryDirectory directory;
  io::save_npz(directory / "a.npz", every_dtype());
  CHECK_THROWS_WITH(io::load_npz(directory / "a.npz"),
                    ContainsSubstring("load_npz") && ContainsSubstring("libzip-dev"));
}

#endif
