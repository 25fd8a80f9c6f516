// .npy and .npz: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html. An array is a magic
// word, a version, the length of the header, the header (a dict as Python writes it), and the elements.
#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include <taper/io/elements.h>
#include <taper/io/file.h>
#include <taper/io/numpy.h>
#include <taper/tensor/elementwise.h>
#include <taper/tensor/error.h>

namespace taper::io {
namespace {

using detail::ElementType, detail::Malformed, detail::quote;

constexpr std::string_view magic = "\x93NUMPY";
constexpr std::uint32_t largest_header = 1 << 16;  // NumPy itself reads 10000 bytes
constexpr std::string_view extension = ".npy";

struct Header {
  ElementType type = ElementType::boolean;
  bool big_endian = false, columns_first = false;
  Shape shape;
};

// The types by their letter and size, without the order of bytes.
struct Code {
  std::string_view letters;
  ElementType type;
};
constexpr Code codes[] = {
    {"b1", ElementType::boolean}, {"u1", ElementType::uint8},   {"i4", ElementType::int32},
    {"i8", ElementType::int64},   {"f4", ElementType::float32}, {"f8", ElementType::float64},
    {"f2", ElementType::float16}, {"i1", ElementType::int8},    {"i2", ElementType::int16},
    {"u2", ElementType::uint16},  {"u4", ElementType::uint32},  {"u8", ElementType::uint64},
};

// Reads {'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), } with the keys in any order, and nothing
// else that Python would take.
class HeaderParser {
 public:
  explicit HeaderParser(std::string_view text) : text_(text) {}

  Header parse() {
    expect('{');
    unsigned seen = 0;
    while (!accept('}')) {
      const std::string_view key = string();
      const unsigned field = key == "descr" ? 1 : key == "fortran_order" ? 2 : key == "shape" ? 4 : 0;
      if (field == 0 || (seen & field) != 0)
        throw Malformed(
            fmt::format("its header has {} {}", field == 0 ? "an unknown key" : "two keys", quote(key)));
      seen |= field;
      expect(':');
      if (field == 1)
        type();
      else if (field == 2)
        header_.columns_first = boolean();
      else
        shape();
      if (!accept(',') && !at('}')) refuse("',' or '}'");
    }
    skip();
    if (at_ < text_.size()) refuse("nothing");
    if (seen != 7) throw Malformed("its header lacks descr, fortran_order or shape");
    return header_;
  }

 private:
  [[noreturn]] void refuse(const char* wanted) const {
    throw Malformed(fmt::format("its header should have {} at byte {}", wanted, at_));
  }
  void skip() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n')) ++at_;
  }
  bool at(char c) {
    skip();
    return at_ < text_.size() && text_[at_] == c;
  }
  bool accept(char c) {
    const bool there = at(c);
    at_ += there ? 1 : 0;
    return there;
  }
  void expect(char c) {
    const char wanted[] = {'\'', c, '\'', '\0'};
    if (!accept(c)) refuse(wanted);
  }
  bool accept_word(std::string_view word) {
    skip();
    const bool there = text_.substr(at_).starts_with(word);
    at_ += there ? word.size() : 0;
    return there;
  }
  std::string_view string() {
    const char mark = at('"') ? '"' : '\'';
    expect(mark);
    const std::size_t end = text_.find(mark, at_);
    if (end == text_.npos) refuse("the end of a string");
    const std::string_view found = text_.substr(at_, end - at_);
    at_ = end + 1;
    return found;
  }
  bool boolean() {
    if (accept_word("True")) return true;
    if (!accept_word("False")) refuse("True or False");
    return false;
  }
  void type() {
    if (at('[')) throw Malformed("it is a structured array, with fields; only plain numbers can be read");
    const std::string_view given = string();
    std::string_view letters = given;
    if (!letters.empty() && std::string_view("<>=|").find(letters[0]) != std::string_view::npos) {
      header_.big_endian = letters[0] == '>';
      letters.remove_prefix(1);
    }
    if (letters.starts_with('O'))
      throw Malformed("it is an array of Python objects, which only Python could make; save numbers instead");
    const auto* const found = std::find_if(std::begin(codes), std::end(codes),
                                           [&](const Code& code) { return code.letters == letters; });
    if (found == std::end(codes))
      throw Malformed(fmt::format(
          "its dtype is {}; bool, integers and floating numbers of 16 to 64 bits can be read", quote(given)));
    header_.type = found->type;
  }
  void shape() {
    expect('(');
    while (!accept(')')) {
      skip();
      std::int64_t extent = 0;
      const char* const begin = text_.data() + at_;
      const auto [end, error] = std::from_chars(begin, text_.data() + text_.size(), extent);
      if (error != std::errc() || extent < 0) refuse("an extent of at most 63 bits");
      at_ += static_cast<std::size_t>(end - begin);
      if (at_ < text_.size() && text_[at_] == 'L') ++at_;  // Python 2
      if (header_.shape.rank() == Shape::max_rank)
        throw Malformed(fmt::format("its shape has more than {} axes", Shape::max_rank));
      header_.shape.push_back(extent);
      if (!accept(',') && !at(')')) refuse("',' or ')'");
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
  Header header_;
};

// Reads the magic word and the header; `size` is what it and the elements have.
Tensor decode(std::uint64_t size, const ReadOptions& options, const ReadBytes& read) {
  unsigned char begin[12] = {};
  const auto take = [&](void* out, std::uint64_t bytes) {
    if (bytes > size) throw Malformed(fmt::format("it ends {} bytes too early", bytes - size));
    size -= bytes;
    read(out, bytes);
  };
  take(begin, 8);
  if (!std::equal(magic.begin(), magic.end(), reinterpret_cast<const char*>(begin)))
    throw Malformed("it does not begin with NumPy's \\x93NUMPY");
  const int version = begin[6];
  if (version < 1 || version > 3)
    throw Malformed(fmt::format("it is in version {} of the format; 1 to 3 can be read", version));
  take(begin + 8, version == 1 ? 2 : 4);
  const std::uint32_t length = begin[8] | begin[9] << 8 | static_cast<std::uint32_t>(begin[10]) << 16 |
                               static_cast<std::uint32_t>(begin[11]) << 24;
  if (length > largest_header)
    throw Malformed(fmt::format("expected a header of at most {} bytes, got {}", largest_header, length));
  std::string text(length, '\0');
  take(text.data(), length);

  const Header header = HeaderParser(text).parse();
  const std::optional<std::uint64_t> bytes = detail::byte_count(header.shape, header.type);
  if (bytes != size)
    throw Malformed(fmt::format("an array of shape {} and dtype {} needs {} bytes, but {} follow the header",
                                to_string(header.shape), detail::name(header.type),
                                bytes ? fmt::to_string(*bytes) : "too many", size));
  Shape lying = header.shape;  // how the elements lie
  if (header.columns_first) std::reverse(lying.begin(), lying.end());
  Tensor tensor = detail::converted(
      detail::read_elements("the array", lying, header.type, header.big_endian, read), options);
  if (!header.columns_first) return tensor;
  Axes reversed;
  for (int axis = lying.rank(); axis-- > 0;) reversed.push_back(axis);
  return compute::contiguous(tensor.alias(tensor.layout().permute("load_npy", reversed)));
}

// Everything before the elements. Their number is a multiple of 64 bytes from the beginning, as in NumPy.
std::string header_of(const char* function, const std::string& name, const Tensor& tensor) {
  if (tensor.dtype() == DType::bfloat16)
    throw DTypeError(fmt::format(
        "{}: {}is bfloat16, which NumPy does not have; convert it with to(x, float32)", function, name));
  std::string_view letters;
  for (const Code& code : codes)
    if (code.type == static_cast<ElementType>(tensor.dtype())) letters = code.letters;
  const Shape& shape = tensor.shape();
  std::string text = fmt::format("{{'descr': '{}{}', 'fortran_order': False, 'shape': ({}{}), }}",
                                 size_of(tensor.dtype()) == 1 ? '|' : '<', letters,
                                 fmt::join(shape.begin(), shape.end(), ", "), shape.rank() == 1 ? "," : "");
  constexpr std::size_t before = 10, multiple = 64;
  text.resize((before + text.size() + 1 + multiple - 1) / multiple * multiple - before - 1, ' ');
  text += '\n';
  std::string header(magic);
  header += {'\1', '\0', static_cast<char>(text.size() & 0xff), static_cast<char>(text.size() >> 8)};
  return header + text;
}

std::string_view elements_of(const Tensor& dense) {
  return {static_cast<const char*>(dense.raw()),
          static_cast<std::size_t>(dense.numel() * size_of(dense.dtype()))};
}

TensorFile decode(const ZipReader& archive, const ReadOptions& options) {
  TensorFile file;
  file.tensors.reserve(archive.entries().size());
  for (const ZipEntry& entry : archive.entries()) {
    if (!entry.name.ends_with(extension))
      throw IoError(fmt::format("{}entry {} is no array: its name does not end with .npy", archive.place(),
                                quote(entry.name)));
    detail::reading(fmt::format("{}entry {}: ", archive.place(), quote(entry.name)), [&] {
      archive.stream(entry, [&](const ReadBytes& read) {
        file.tensors.emplace_back(entry.name.substr(0, entry.name.size() - extension.size()),
                                  decode(entry.size, options, read));
      });
    });
  }
  return file;
}

}  // namespace

void save_npy(const std::string& path, const Tensor& tensor) {
  if (!tensor.defined()) throw ValueError("save_npy: the tensor is undefined");
  const std::string header = header_of("save_npy", "the tensor ", tensor);
  const Tensor dense = compute::contiguous(tensor);
  AtomicFile file("save_npy", path);
  file.write(header.data(), header.size());
  file.write(elements_of(dense).data(), elements_of(dense).size());
  file.commit();
}

Tensor load_npy(const std::string& path, const ReadOptions& options) {
  detail::check_options("load_npy", options);
  InputFile file("load_npy", path);
  return detail::reading(fmt::format("load_npy: '{}': ", path), [&] {
    return decode(file.size(), options, [&](void* out, std::uint64_t bytes) { file.read(out, bytes); });
  });
}

Tensor parse_npy(std::span<const std::byte> bytes, const ReadOptions& options) {
  detail::check_options("parse_npy", options);
  return detail::reading("parse_npy: ", [&] { return decode(bytes.size(), options, detail::reader(bytes)); });
}

void save_npz(const std::string& path, const NamedTensors& tensors, const NpzOptions& options) {
  detail::check_named("save_npz", tensors);
  std::vector<std::string> headers;
  headers.reserve(tensors.size());
  for (const auto& [name, tensor] : tensors)
    headers.push_back(header_of("save_npz", fmt::format("tensor '{}' ", name), tensor));
  ZipWriter archive("save_npz", path);
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const Tensor dense = compute::contiguous(tensors[i].second);
    archive.add(tensors[i].first + std::string(extension), {headers[i], elements_of(dense)},
                {.deflate = options.compress, .alignment = 64});
  }
  archive.commit();
}

TensorFile load_npz(const std::string& path, const ReadOptions& options) {
  detail::check_options("load_npz", options);
  return decode(ZipReader("load_npz", path), options);
}

TensorFile parse_npz(std::span<const std::byte> bytes, const ReadOptions& options) {
  detail::check_options("parse_npz", options);
  return decode(ZipReader("parse_npz", bytes), options);
}

}  // namespace taper::io
