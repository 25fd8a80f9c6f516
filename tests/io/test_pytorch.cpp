// PyTorch's files: those of torch.save(), round trips, and pickles that want what they must not have.
#include <catch.h>
#include <temporary_directory.h>

#include "tensor_files.h"
#include <taper/io/file.h>
#include <taper/io/pytorch.h>
#include <taper/io/pytorch_state.h>
#include <taper/tensor/create.h>
#include <taper/tensor/error.h>

using namespace taper;

namespace {

// What a pickle makes of storages that have the numbers from 0 on.
io::TensorFile unpickle(const std::string& pickle) {
  return io::detail::decode_state(
      pickle, [](const std::string& key, io::detail::ElementType type, std::uint64_t count) {
        if (key != "0" || count > 100) throw io::detail::Malformed("there is no such storage");
        return arange(0, static_cast<double>(count), 1, io::detail::dtype_of(type));
      });
}

// Parts of pickles.
const std::string begin("\x80\x02", 2);
std::string text(const std::string& content) {
  return 'X' + std::string{static_cast<char>(content.size()), '\0', '\0', '\0'} + content;
}
std::string integer(int value) { return std::string{'K', static_cast<char>(value)}; }
std::string storage(int count, const std::string& type = "FloatStorage", const std::string& key = "0") {
  return "(" + text("storage") + "ctorch\n" + type + "\n" + text(key) + text("cpu") + integer(count) + "tQ";
}
std::string tensor(const std::string& storage, const std::string& offset, const std::string& shape,
                   const std::string& strides, const std::string& more = {}) {
  return "ctorch._utils\n_rebuild_tensor_v2\n(" + storage + offset + '(' + shape + "t(" + strides + "t\x89}" +
         more + "tR";
}
// {"x": value}
std::string dict_of(const std::string& value) { return begin + '}' + text("x") + value + "s."; }

void check_malformed(const std::string& pickle, const std::string& reason) {
  CAPTURE(pickle.substr(0, 1000), reason);
  CHECK_THROWS_AS(unpickle(pickle), io::detail::Malformed);
  CHECK_THROWS_WITH(unpickle(pickle), ContainsSubstring(reason));
}

}  // namespace

TEST_CASE("a pickle of tensors is read") {
  const io::TensorFile file =
      unpickle(dict_of(tensor(storage(9), integer(1), integer(2) + integer(3), integer(4) + integer(1))));
  CHECK(file.at("x").shape() == Shape{2, 3});
  CHECK(file.at("x").to_vector<float>() == std::vector<float>{1, 2, 3, 5, 6, 7});
  CHECK(unpickle(dict_of(tensor(storage(9), integer(9), integer(0), integer(1)))).at("x").numel() == 0);
  // The value that the memo keeps, a list of two of them, numbers of all widths, and a tuple.
  const io::TensorFile all = unpickle(begin + "](Nq\0"_full + "h\0"_full +
                                      "\x88\x89K\xffM\xff\xffJ\xff\xff\xff\xff\x8a\1\xff\x8a\0"_full +
                                      "G\x3f\xf0\0\0\0\0\0\0"_full + text("ü") + ")e.");
  CHECK(all.tensors.empty());
  CHECK(all.metadata == io::Metadata{{"0", "None"},
                                     {"1", "None"},
                                     {"2", "True"},
                                     {"3", "False"},
                                     {"4", "255"},
                                     {"5", "65535"},
                                     {"6", "-1"},
                                     {"7", "-1"},
                                     {"8", "0"},
                                     {"9", "1.0"},
                                     {"10", "ü"}});
}

TEST_CASE("a pickle that wants to call something is refused by name") {
  check_malformed(begin + "cposix\nsystem\n" + text("true") + "\x85R.",
                  "it wants 'posix.system', which is neither read nor executed");
  check_malformed(begin + "c__builtin__\neval\n.", "it wants '__builtin__.eval'");
  check_malformed(begin + "ctorch\nload\n.", "it wants 'torch.load'");
  check_malformed(begin + "ctorch\n\n.", "it wants 'torch.'");
  check_malformed(begin + "ctorch\nComplexFloatStorage\n.", "it wants 'torch.ComplexFloatStorage'");
  check_malformed(begin + "ctorch\nFloatStorage\n)R.",
                  "calls 'torch.FloatStorage' with 0 arguments that do not fit");
  check_malformed(begin + "ctorch\nFloatStorage\n.", "'' is 'torch.FloatStorage'");
  check_malformed(begin + "N)R.", "its pickle calls None with a tuple");
  check_malformed(begin + "ccollections\nOrderedDict\nNR.", "calls 'collections.OrderedDict' with None");
  check_malformed(begin + "ccollections\nOrderedDict\nN\x85R.", "with 1 arguments that do not fit");
  check_malformed(begin + "N}b.", "its pickle sets the state of None");
  // INST, OBJ, EXT1, NEWOBJ, REDUCE's newer forms, STACK_GLOBAL.
  for (const std::string opcode :
       {"i", "o", "\x82", "\x81", "\x92", "\x93", "P", "I", "S", "T", "U", "F", "V"})
    check_malformed(begin + opcode + "1\n", "which no file of tensors needs");
}

TEST_CASE("every kind of malformed pickle is refused with its reason") {
  check_malformed("", "its pickle ends too early");
  check_malformed("\x80\4."_full, "its pickle is of protocol 4");
  check_malformed(begin + ".", "takes more than there is");
  check_malformed(begin + "N", "ends too early");
  check_malformed(begin + "N.N", "1 bytes follow its pickle");
  check_malformed(begin + "(.", "takes more than there is");
  check_malformed(begin + "N(0.", "takes more than there is");
  check_malformed(begin + "t.", "takes more than there is");
  check_malformed(begin + "Na.", "takes more than there is");
  check_malformed(begin + "NNa.", "its pickle appends to None");
  check_malformed(begin + "]NNs.", "sets items of a list");
  check_malformed(begin + "}(Nu.", "a key without a value");
  check_malformed(begin + "(Nd.", "a key without a value");
  check_malformed(begin + "h\0"_full, "nothing at place 0 of its memo");
  check_malformed(begin + "j\1\0\0\0"_full, "nothing at place 1 of its memo");
  check_malformed(begin + "X\xff\xff\xff\xff"_full, "ends too early");
  check_malformed(begin + "X\1\0\0\0\xff."_full, "is not UTF-8");
  check_malformed(begin + "\x8a\x09"_full + std::string(9, '\1') + ".", "more than 64 bits");
  check_malformed(begin + "cposix", "ends too early");
  check_malformed(begin + "}NNs.", "a dict has None as a key");
  check_malformed(begin + "}" + text("x") + "N" + text("x") + "N" + "ss.", "its pickle");
  check_malformed(begin + "}(" + text("x") + "N" + text("x") + "Nu.", "'x' occurs twice");
  check_malformed(begin + std::string((1 << 21) + 1, 'N'), "its pickle has more than 2097152 values");
  // A list in itself, lists in lists, and a list of two lists of two lists and so on.
  check_malformed(begin + "]q\0h\0a."_full, "so often that there is no end");
  std::string deep = begin, wide = begin + "](NNeq\0"_full;
  for (int i = 0; i < 34; ++i) deep += ']';
  for (int i = 0; i < 33; ++i) deep += 'a';
  check_malformed(deep + ".", "nested deeper than 32");
  for (int i = 0; i < 30; ++i) wide += "](h\0h\0eq\0"_full;
  check_malformed(wide + '.', "so often that there is no end");
}

TEST_CASE("tensors that do not fit in their storages are refused") {
  const auto with = [](const std::string& offset, const std::string& shape, const std::string& strides) {
    return dict_of(tensor(storage(8), offset, shape, strides));
  };
  const std::string largest = "\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f", negative = "J\xff\xff\xff\xff";
  REQUIRE(unpickle(with(integer(0), integer(8), integer(1))).at("x").numel() == 8);
  REQUIRE(unpickle(with(integer(7), integer(100), integer(0))).at("x").numel() == 100);
  check_malformed(with(integer(1), integer(8), integer(1)), "does not fit in a storage of 8 elements");
  check_malformed(with(integer(0), integer(3), integer(4)), "does not fit in a storage of 8");
  check_malformed(with(integer(8), "", ""), "does not fit in a storage of 8");
  check_malformed(with(largest, integer(2), integer(1)), "does not fit in a storage of 8");
  check_malformed(with(integer(0), integer(3), largest), "does not fit in a storage of 8");
  check_malformed(
      with(integer(0), integer(200) + integer(200) + integer(200), integer(0) + integer(0) + integer(0)),
      "does not fit in a storage of 8");
  check_malformed(with(integer(0), largest, integer(0)), "which do not fit");
  check_malformed(with(integer(0), integer(0) + largest, integer(0) + integer(0)), "which do not fit");
  check_malformed(with(negative, integer(1), integer(1)), "which do not fit");
  check_malformed(with("N", integer(1), integer(1)), "which do not fit");
  check_malformed(with(integer(0), integer(1), ""), "which do not fit");
  check_malformed(with(integer(0), negative, integer(1)), "a tensor's shape has a negative number");
  check_malformed(with(integer(0), integer(1), negative), "a tensor's strides has a negative number");
  check_malformed(with(integer(0), "N", integer(1)), "a tensor's shape has None");
  std::string nine;
  for (int i = 0; i < 9; ++i) nine += integer(1);
  check_malformed(with(integer(0), nine, nine), "a tensor has 9 axes, more than 8");
  check_malformed(dict_of(tensor("N", integer(0), "", "")), "a tensor's storage is None");
  check_malformed(dict_of(tensor(tensor(storage(8), integer(0), "", ""), integer(0), "", "")),
                  "a tensor's storage is a tensor or a storage");
  check_malformed(dict_of(tensor(storage(8), integer(0), "", "", "}" + text("neg") + "\x88s")),
                  "marked as negative");
  check_malformed(dict_of(storage(8)), "'x' is a storage");
  check_malformed(dict_of(storage(8, "FloatStorage", "1")), "no such storage");
  check_malformed(dict_of("(" + storage(8) + storage(8, "IntStorage") + "t"),
                  "storage '0' is described in two ways");
  check_malformed(dict_of("(" + storage(8) + storage(7) + "t"), "storage '0' is described in two ways");
  check_malformed(dict_of("NQ"), "refers to something that is not a storage");
  check_malformed(dict_of("(NNNNNtQ"), "refers to something that is not a storage");
  check_malformed(dict_of("ctorch._utils\n_rebuild_parameter\n(N\x88}tR"), "3 arguments that do not fit");
}

TEST_CASE("a file of before PyTorch 1.6, and one that is no archive, are refused") {
  CHECK_THROWS_WITH(io::load_pytorch(golden_file("legacy.pt")),
                    ContainsSubstring("load_pytorch: '") &&
                        ContainsSubstring("legacy.pt': it is in the format of PyTorch before 1.6"));
  CHECK_THROWS_WITH(io::load_pytorch(golden_file("columns.npy")),
                    ContainsSubstring("it is not by torch.save()"));
  CHECK_THROWS_WITH(io::parse_pytorch({}), ContainsSubstring("it is not by torch.save()"));
  CHECK_THROWS_AS(io::load_pytorch(golden_file("nothing.pt")), IoError);
}

TEST_CASE("save_pytorch refuses what cannot be saved, and leaves no file") {
  const TemporaryDirectory directory;
  CHECK_THROWS_WITH(io::save_pytorch(directory / "a", {{"x", Tensor()}}),
                    "save_pytorch: tensor 'x' is undefined");
  CHECK_THROWS_WITH(io::save_pytorch(directory / "a", {{"x", ones({1})}, {"x", ones({1})}}),
                    "save_pytorch: the name 'x' occurs twice");
  CHECK_THROWS_WITH(io::save_pytorch(directory / "a", {{"\xff", ones({1})}}),
                    "save_pytorch: a name of 1 bytes is not valid UTF-8");
  CHECK(directory.entries() == 0);
}

#ifdef TAPER_HAS_LIBZIP

TEST_CASE("PyTorch's files are read: every dtype, both orders of bytes, views, one tensor alone") {
  CHECK(check_expected("tensors", io::load_pytorch(golden_file("tensors.pt"))) == 13);
  CHECK(check_expected("tensors", io::load_pytorch(golden_file("big.pt"))) == 13);
  CHECK(check_expected("one", io::load_pytorch(golden_file("one.pt"))) == 1);
  const io::TensorFile views = io::load_pytorch(golden_file("views.pt"));
  CHECK(check_expected("views", views) == 8);
  // They share one storage, also after a conversion.
  for (const io::TensorFile& file : {views, io::load_pytorch(golden_file("views.pt"), {.dtype = float32})}) {
    const auto* const base = static_cast<const std::byte*>(file.at("base").raw());
    CHECK(file.at("again").raw() == base);
    CHECK(file.at("transposed").strides() == Shape{1, 6});
    CHECK(static_cast<const std::byte*>(file.at("row").raw()) == base + 12 * size_of(file.at("row").dtype()));
    CHECK(file.at("expanded").strides() == Shape{0});
  }
  CHECK(io::load_pytorch(golden_file("views.pt"), {.dtype = float32}).at("part").to_vector<float>() ==
        std::vector<float>{6, 8, 10, 12, 14, 16});
}

TEST_CASE("a checkpoint of PyTorch is read: dicts in dicts, an optimizer's state, numbers and text") {
  const io::TensorFile file = io::load_pytorch(golden_file("checkpoint.pt"));
  CHECK(check_expected("checkpoint", file) == 9 + 6 * 3 + 1);
  CHECK(file.tensors.size() == 9 + 6 * 3 + 1);
  CHECK(file.at("weight").raw() == file.at("model.3.weight").raw());
  const auto& text = file.metadata;
  CHECK(text.at("epoch") == "3");
  CHECK(text.at("best") == "0.5");
  CHECK(text.at("name") == "ü");
  CHECK(text.at("done") == "False");
  CHECK(text.at("nothing") == "None");
  CHECK(text.at("large") == "1099511627776");
  CHECK(text.at("negative") == "-1099511627776");
  CHECK(text.at("history.0") == "1.0");
  CHECK(text.at("history.1") == "1e-30");
  CHECK(text.at("optimizer.param_groups.0.betas.1") == "0.99");
  CHECK(text.at("optimizer.param_groups.0.params.5") == "5");
}

TEST_CASE("what is not tensors in a file of PyTorch is refused by name") {
  const auto check = [](const char* file, const std::string& reason) {
    CHECK_THROWS_AS(io::load_pytorch(golden_file(file)), IoError);
    CHECK_THROWS_WITH(io::load_pytorch(golden_file(file)),
                      ContainsSubstring(file) && ContainsSubstring(reason));
  };
  check("module.pt", "it wants 'torch.nn.modules.container.Sequential', which is neither read nor executed");
  check("harm.pt", "it wants 'posix.system', which is neither read nor executed");
  check("complex.pt", "it wants 'torch.ComplexFloatStorage'");
  check("negative.pt", "a tensor is marked as negative");
}

TEST_CASE("what is written for PyTorch is read again, and tied tensors stay tied") {
  const TemporaryDirectory directory;
  const Tensor counted = arange(0, 6, 1, float64),
               turned = counted.alias(Layout(Shape{2, 3}).transpose("test", 0, 1));
  io::NamedTensors tensors;
  for (const DType dtype : {boolean, uint8, int32, int64, float32, float64, float16, bfloat16})
    tensors.emplace_back("a." + std::string(name(dtype)), compute::cast(counted, dtype));
  tensors.insert(tensors.end(),
                 {{"turned", turned}, {"ü", scalar(2.5)}, {"empty", zeros({0, 300000})}, {"tied", turned}});
  io::save_pytorch(directory / "a.pt", tensors);
  const io::TensorFile file = io::load_pytorch(directory / "a.pt");
  REQUIRE(file.tensors.size() == tensors.size());
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    CHECK(file.tensors[i].first == tensors[i].first);
    CHECK(same_bits(file.tensors[i].second, tensors[i].second));
  }
  CHECK(file.at("tied").raw() == file.at("turned").raw());
  CHECK(file.metadata.empty());
  io::save_pytorch(directory / "b.pt", tensors);
  CHECK(io::read_file(directory / "a.pt") == io::read_file(directory / "b.pt"));
  CHECK(io::load_pytorch(directory / "a.pt", {.dtype = bfloat16}).at("a.float64").dtype() == bfloat16);
  CHECK_THROWS_AS(io::load_pytorch(directory / "a.pt", {.dtype = int64}), DTypeError);
}

TEST_CASE("an archive that is not as PyTorch writes it is refused") {
  const TemporaryDirectory directory;
  const auto check = [&](const std::string& pickle, const std::string& order, const std::string& data,
                         const std::string& reason) {
    io::ZipWriter writer("test", directory / "a.pt");
    writer.add(pickle, {dict_of(tensor(storage(2), integer(0), integer(2), integer(1)))});
    writer.add("a/byteorder", {order});
    writer.add("a/data/0", {data});
    writer.commit();
    INFO(reason);
    if (reason.empty())
      CHECK(io::load_pytorch(directory / "a.pt").at("x").to_vector<float>() == std::vector<float>{2, 2});
    else
      CHECK_THROWS_WITH(io::load_pytorch(directory / "a.pt"), ContainsSubstring("a.pt': " + reason));
  };
  check("a/data.pkl", "big", "\x40\0\0\0\x40\0\0\0"_full, "");
  check("a/data.pkl", "little", "\0\0\0\x40\0\0\0\x40"_full, "");
  check("data.pkl", "little", std::string(8, '\0'), "there is no data.pkl in the archive");
  check("a/b/data.pkl", "little", std::string(8, '\0'), "there is no data.pkl in the archive");
  check("b/data.pkl", "little", std::string(8, '\0'), "storage '0' is not in the archive");
  check("a/data.pkl", "middle", std::string(8, '\0'), "its order of bytes is 'middle'");
  check("a/data.pkl", "little", std::string(7, '\0'), "storage '0' has 7 bytes, not 2 elements of float32");
  check("a/data.pkl", "little", std::string(12, '\0'), "storage '0' has 12 bytes, not 2 elements");
}

#else

TEST_CASE("without libzip a file for PyTorch is written and not read") {
  const TemporaryDirectory directory;
  io::save_pytorch(directory / "a.pt", {{"x", ones({1})}});
  CHECK_THROWS_WITH(io::load_pytorch(directory / "a.pt"), ContainsSubstring("libzip-dev"));
}

#endif
