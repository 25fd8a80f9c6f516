// HDF5: what h5py writes is read, what is written comes back, and what is not supported or malformed is
// refused.
#include <catch.h>
#include <repository.h>
#include <temporary_directory.h>

#include <taper/autograd/ops/arithmetic.h>
#include <taper/autograd/ops/logic.h>
#include <taper/autograd/ops/shape.h>
#include <taper/io/file.h>
#include <taper/io/hdf5.h>
#include <taper/tensor/create.h>
#include <taper/tensor/error.h>

using namespace taper;

namespace {

std::string corpus(const std::string& name) { return repository("tests/fuzz/corpus/hdf5/" + name); }

io::Hdf5 parse(const std::string& bytes) { return io::parse_hdf5(std::as_bytes(std::span(bytes))); }

}  // namespace

TEST_CASE("numbers, groups and text that h5py wrote are read") {
  const io::Hdf5 file = io::load_hdf5(corpus("kinds"));
  for (const auto& [kind, dtype] : std::map<std::string, DType>{{"f2", float16},
                                                                {"big_f2", float16},
                                                                {"f4", float32},
                                                                {"big_f4", float32},
                                                                {"f8", float64},
                                                                {"big_f8", float64},
                                                                {"u1", uint8},
                                                                {"i1", int64},
                                                                {"i2", int64},
                                                                {"big_i4", int32},
                                                                {"i4", int32},
                                                                {"u4", int64},
                                                                {"i8", int64},
                                                                {"u8", int64}}) {
    INFO(kind);
    const Tensor& x = file.at("numbers/" + kind);
    CHECK(x.dtype() == dtype);
    CHECK(x.shape() == Shape{2, 3});
    CHECK(x[1][2].item<double>() == 100);
    CHECK(x[0][1].item<double>() == 2);
  }
  CHECK(file.at("negative").to_vector<std::int64_t>() == std::vector<std::int64_t>{-3, 5});
  CHECK(file.at("scalar").item<float>() == 1.5f);
  CHECK(file.at("none").shape() == Shape{0, 3});
  CHECK(file.at("brain").dtype() == bfloat16);
  CHECK(file.at("brain")[1].item<float>() == -2);
  CHECK(file.groups == std::vector<std::string>{"empty", "numbers"});
  CHECK(file.has_group("empty"));
  CHECK(!file.has_group("brain"));
  const io::Metadata text{{"text", "gr\u00f6\u00dfer"}, {"bytes", "fixed"}};
  CHECK(file.attributes.at("") == text);
  CHECK(file.attributes.at("empty") == io::Metadata{{"name", ""}});
  CHECK(file.find("nothing") == nullptr);
  CHECK_THROWS_AS(file.at("nothing"), IndexError);
  CHECK_THROWS_WITH(file.at("nothing"), ContainsSubstring("there is no tensor 'nothing'"));

  const io::Hdf5 many = io::load_hdf5(corpus("many"));
  REQUIRE(many.tensors.size() == 40);
  for (int i = 0; i < 40; ++i) CHECK(many.at(std::to_string(i)).item<float>() == static_cast<float>(i));
}

TEST_CASE("what Keras's files have no need of is refused") {
  for (const auto& [name, text] :
       std::map<std::string, std::string>{{"soft_link", "'b' is a symbolic link"},
                                          {"hard_link", "two hard links"},
                                          {"cycle", "two hard links"},
                                          {"external_link", "'' is a group of the later kind"},
                                          {"external_data", "the elements of 'a' are in other files"},
                                          {"virtual", "'a' has an unknown layout"},
                                          {"chunks", "'a' is compressed or filtered"},
                                          {"text", "'a' has a dtype that is not supported"},
                                          {"latest", "superblock has version"}}) {
    INFO(name);
    CHECK_THROWS_AS(io::load_hdf5(corpus(name)), IoError);
    CHECK_THROWS_WITH(
        io::load_hdf5(corpus(name)),
        ContainsSubstring("load_hdf5: cannot read '" + corpus(name) + "'") && ContainsSubstring(text));
  }
}

TEST_CASE("no HDF5 file that is cut or changed does harm") {
  CHECK_THROWS_WITH(parse(""), "parse_hdf5: it is no HDF5 file");
  CHECK_THROWS_WITH(parse("text of some length, which is no HDF5"), "parse_hdf5: it is no HDF5 file");
  std::string content = io::read_file(corpus("kinds"));
  for (std::size_t size = 0; size < content.size(); size += 7)
    CHECK_THROWS_AS(parse(content.substr(0, size)), IoError);
  int refused = 0;
  for (std::size_t i = 0; i < 3000; ++i) {
    const char before = content[i];
    for (const char value : {'\0', '\1', '\x7f', '\xff'}) {
      content[i] = value;
      try {
        parse(content);
      } catch (const IoError&) {
        ++refused;
      }
    }
    content[i] = before;
  }
  CHECK(refused > 500);
  CHECK(parse(content).tensors.size() == 18);
}

TEST_CASE("a shape that the file has no bytes for allocates nothing") {
  std::string content = io::read_file(corpus("many"));
  // The extents of a dataset, and then the size of its elements: neither is what the file has.
  const io::Hdf5 file = parse(content);
  REQUIRE(file.tensors.size() == 40);
  const auto replaced = [&](const std::string& from, const std::string& to) {
    std::string changed = content;
    const std::size_t at = changed.find(from);
    REQUIRE(at != std::string::npos);
    changed.replace(at, from.size(), to);
    return changed;
  };
  // The layout's message: version 3, contiguous; its size is in the last 8 bytes.
  const std::size_t layout = content.find(std::string("\x08\x00\x18\x00\x00\x00\x00\x00\x03\x01", 10));
  REQUIRE(layout != std::string::npos);
  std::string changed = content;
  changed[layout + 10 + 8 + 4] = '\x7f';
  CHECK_THROWS_WITH(parse(changed), ContainsSubstring("is not that of its"));
  changed = content;
  changed[layout + 10 + 5] = '\x7f';
  CHECK_THROWS_WITH(parse(changed), ContainsSubstring("behind its end"));
  CHECK_THROWS_WITH(parse(replaced("TREE", "tree")), ContainsSubstring("no TREE"));
  CHECK_THROWS_WITH(parse(replaced("SNOD", "snod")), ContainsSubstring("no SNOD"));
  CHECK_THROWS_WITH(parse(replaced("HEAP", "heap")), ContainsSubstring("no HEAP"));
}

#ifdef TAPER_HAS_HDF5
TEST_CASE("an HDF5 file comes back as it was written") {
  const TemporaryDirectory directory;
  const io::Hdf5 content{{{"a/b/half", from_data({Float16(1.5f), Float16(-2.f)}, {2})},
                          {"a/single", reshape(arange(0, 6), {2, 3})},
                          {"transposed", transpose(reshape(arange(0, 6, 1, float64), {2, 3}))},
                          {"whole", tensor(-7)},
                          {"small", tensor({1, 2}, int32)},
                          {"byte", tensor({1, 2}, uint8)},
                          {"none", zeros({0, 3})}},
                         {"empty/below"},
                         {{"a", {{"name", "\u00fc"}}}, {"whole", {{"x", ""}}}, {"", {{"root", "yes"}}}}};
  io::save_hdf5(directory / "x.h5", content);
  const io::Hdf5 file = io::load_hdf5(directory / "x.h5");
  REQUIRE(file.tensors.size() == content.tensors.size());
  for (const auto& [path, tensor] : content.tensors) {
    INFO(path);
    CHECK(file.at(path).dtype() == tensor.dtype());
    CHECK(equal(to(file.at(path), float64), to(tensor, float64)));
  }
  CHECK(file.groups == std::vector<std::string>{"a", "a/b", "empty", "empty/below"});
  CHECK(file.attributes == content.attributes);
  CHECK(directory.entries() == 1);
}

TEST_CASE("what no HDF5 file can have is refused when it is written") {
  const TemporaryDirectory directory;
  const auto refused = [&](const io::Hdf5& content, const std::string& text) {
    CHECK_THROWS_WITH(io::save_hdf5(directory / "x.h5", content), ContainsSubstring(text));
    CHECK(directory.entries() == 0);
  };
  refused({{{"a", Tensor()}}, {}}, "the tensor 'a' is undefined");
  refused({{{"a", zeros({1})}, {"a", zeros({1})}}, {}}, "'a' is the path of two things");
  refused({{{"a", zeros({1})}, {"a/b", zeros({1})}}, {}}, "'a' is the path of two things");
  refused({{{"", zeros({1})}}, {}}, "'' is no path");
  refused({{{"a//b", zeros({1})}}, {}}, "is no path");
  refused({{{"/a", zeros({1})}}, {}}, "is no path");
  refused({{}, {}, {{"b", {{"x", "y"}}}}}, "given for 'b', which is not there");
  refused({{{"a", zeros({1}, bfloat16)}}, {}}, "bfloat16");
  CHECK_THROWS_AS(io::save_hdf5(directory / "missing" / "x.h5", {}), IoError);
}
#else
TEST_CASE("without HDF5's library, writing says how to get it") {
  CHECK_THROWS_WITH(io::format_hdf5({}), ContainsSubstring("libhdf5-dev"));
}
#endif
