// Safetensors: https://github.com/huggingface/safetensors, "Format". A file is the length of the header (8
// bytes, little-endian), the header (JSON, padded with spaces), and the elements of all tensors without gaps.
#include <algorithm>
#include <limits>
#include <numeric>
#include <optional>
#include <tuple>
#include <unordered_set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <taper/io/elements.h>
#include <taper/io/file.h>
#include <taper/io/safetensors.h>
#include <taper/tensor/elementwise.h>
#include <taper/tensor/error.h>

namespace taper::io {
namespace {

using detail::ElementType, detail::Malformed, detail::quote;

constexpr std::uint64_t largest_header = 100'000'000;  // the limit of the reference implementation
constexpr std::string_view metadata_name = "__metadata__";
constexpr std::string_view dtype_codes[] = {
    "BOOL", "U8",  "I32", "I64", "F32", "F64",     "F16",    "BF16",
    "I8",   "I16", "U16", "U32", "U64", "F8_E4M3", "F8_E5M2"};  // by ElementType

// The description of one tensor in the header.
struct Entry {
  std::string name;
  ElementType dtype = ElementType::float32;
  Shape shape;
  std::uint64_t offsets[2] = {};
};

// A SAX parser for the JSON of the header. It accepts only the nesting of the states below, and stores only
// the entries and the metadata.
class HeaderReader : public nlohmann::json_sax<nlohmann::json> {
 public:
  std::vector<Entry> entries;
  Metadata metadata;

  bool key(string_t& key) override {
    if (state_ == State::header) {
      name_ = key;
      if (!names_.insert(key).second) throw Malformed(fmt::format("{} occurs twice", quote(key)));
    } else if (state_ == State::metadata) {
      name_ = key;
      if (metadata.count(key) > 0) throw Malformed(fmt::format("metadata {} occurs twice", quote(key)));
    } else {
      field_ = key == "dtype" ? dtype : key == "shape" ? shape : key == "data_offsets" ? offsets : none;
      if (field_ == none || (seen_ & field_) != 0)
        throw Malformed(fmt::format("tensor {} has {} {}", quote(name_),
                                    field_ == none ? "an unknown field" : "two fields", quote(key)));
      seen_ |= field_;
    }
    return true;
  }

  bool start_object(std::size_t) override {
    if (state_ == State::document) {
      state_ = State::header;
    } else if (state_ == State::header && name_ == metadata_name) {
      state_ = State::metadata;
    } else if (state_ == State::header) {
      state_ = State::tensor;
      seen_ = 0;
      entries.emplace_back().name = name_;
    } else {
      return misplaced("an object");
    }
    return true;
  }

  bool end_object() override {
    if (state_ == State::tensor && seen_ != (dtype | shape | offsets))
      throw Malformed(fmt::format("tensor {} has no dtype, shape or data_offsets", quote(name_)));
    state_ = state_ == State::header ? State::document : State::header;
    return true;
  }

  bool start_array(std::size_t) override {
    if (state_ != State::tensor || field_ == dtype) return misplaced("an array");
    state_ = field_ == shape ? State::shape : State::offsets;
    offset_count_ = 0;
    return true;
  }

  bool end_array() override {
    if (state_ == State::offsets && offset_count_ != 2) return wrong_offsets();
    state_ = State::tensor;
    return true;
  }

  bool number_unsigned(number_unsigned_t value) override {
    if (state_ == State::offsets) {
      if (offset_count_ == 2) return wrong_offsets();
      entries.back().offsets[offset_count_++] = value;
    } else if (state_ == State::shape) {
      Shape& shape = entries.back().shape;
      if (shape.rank() == Shape::max_rank)
        throw Malformed(fmt::format("tensor {} has more than {} axes", quote(name_), Shape::max_rank));
      if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
        throw Malformed(
            fmt::format("tensor {} has an extent of {}, which is too large", quote(name_), value));
      shape.push_back(static_cast<std::int64_t>(value));
    } else {
      return misplaced("a number");
    }
    return true;
  }

  bool string(string_t& value) override {
    if (state_ == State::metadata) {
      metadata.emplace(name_, std::move(value));
    } else if (state_ == State::tensor && field_ == dtype) {
      const auto* const found = std::find(std::begin(dtype_codes), std::end(dtype_codes), value);
      if (found == std::end(dtype_codes))
        throw Malformed(fmt::format("tensor {} has dtype {}; {} can be read", quote(name_), quote(value),
                                    fmt::join(dtype_codes, ", ")));
      entries.back().dtype = static_cast<ElementType>(found - std::begin(dtype_codes));
    } else {
      return misplaced("a string");
    }
    return true;
  }

  bool null() override { return misplaced("null"); }
  bool boolean(bool) override { return misplaced("a boolean"); }
  bool number_integer(number_integer_t) override { return misplaced("a negative number"); }
  bool number_float(number_float_t, const string_t&) override {
    return misplaced("a number that is not a 64-bit integer");
  }
  bool binary(binary_t&) override { return misplaced("binary data"); }
  bool parse_error(std::size_t position, const std::string&, const nlohmann::json::exception&) override {
    throw Malformed(fmt::format("the header is not valid JSON at byte {}", position));
  }

 private:
  enum class State { document, header, metadata, tensor, shape, offsets };
  enum Field { none = 0, dtype = 1, shape = 2, offsets = 4 };

  bool misplaced(const char* what) const {
    throw Malformed(fmt::format("{} {} must not contain {} here",
                                state_ == State::metadata ? "metadata" : "tensor", quote(name_), what));
  }
  bool wrong_offsets() const {
    throw Malformed(fmt::format("the data_offsets of tensor {} are not two numbers", quote(name_)));
  }

  State state_ = State::document;
  Field field_ = none;
  int seen_ = 0, offset_count_ = 0;
  std::string name_;
  std::unordered_set<std::string> names_;
};

// Checks that the elements of the tensors follow the header without gaps and overlaps, in any order. Returns
// this order.
std::vector<std::size_t> check_entries(const std::vector<Entry>& entries, std::uint64_t data_bytes) {
  std::vector<std::size_t> order(entries.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return std::tuple(entries[a].offsets[0], entries[a].offsets[1], a) <
           std::tuple(entries[b].offsets[0], entries[b].offsets[1], b);
  });
  std::uint64_t end = 0;
  for (const std::size_t i : order) {
    const auto& [name, dtype, shape, offsets] = entries[i];
    if (offsets[1] < offsets[0] || offsets[1] > data_bytes)
      throw Malformed(fmt::format("tensor {} has data_offsets from {} to {}, but there are {} bytes",
                                  quote(name), offsets[0], offsets[1], data_bytes));
    const std::optional<std::uint64_t> bytes = detail::byte_count(shape, dtype);
    if (bytes != offsets[1] - offsets[0])
      throw Malformed(
          fmt::format("tensor {} of shape {} and dtype {} needs {} bytes, but its data_offsets contain {}",
                      quote(name), to_string(shape), detail::name(dtype),
                      bytes ? fmt::to_string(*bytes) : "too many", offsets[1] - offsets[0]));
    if (offsets[0] != end)
      throw Malformed(fmt::format("tensor {} begins at byte {}, expected {}: there is {}", quote(name),
                                  offsets[0], end, offsets[0] < end ? "an overlap" : "a gap"));
    end = offsets[1];
  }
  return order;
}

// `read(out, bytes)` reads the next bytes of the content, which has `size` bytes.
SafeTensors decode(std::uint64_t size, const ReadOptions& options, const ReadBytes& read) {
  if (size < 8)
    throw Malformed(fmt::format("it has {} bytes, but the length of the header alone takes 8", size));
  std::uint64_t header_bytes = 0;
  read(&header_bytes, 8);
  if (header_bytes > largest_header)
    throw Malformed(
        fmt::format("expected a header of at most {} bytes, got {}", largest_header, header_bytes));
  if (header_bytes > size - 8)
    throw Malformed(fmt::format("its header has {} bytes, but only {} bytes follow", header_bytes, size - 8));
  std::string text(header_bytes, '\0');
  read(text.data(), header_bytes);
  if (!text.starts_with('{')) throw Malformed("the header does not begin with '{'");
  if (text.find('\0') != text.npos)
    throw Malformed("the header contains a zero byte");  // the parser would stop there

  HeaderReader header;
  nlohmann::json::sax_parse(text, &header);
  const std::vector<std::size_t> order = check_entries(header.entries, size - 8 - header_bytes);

  SafeTensors result;
  result.metadata = std::move(header.metadata);
  result.tensors.resize(header.entries.size());
  for (const std::size_t i : order) {
    Entry& entry = header.entries[i];
    const Tensor tensor =
        detail::read_elements("tensor " + quote(entry.name), entry.shape, entry.dtype, false, read);
    result.tensors[i] = {std::move(entry.name), detail::converted(tensor, options)};
  }
  return result;
}

void check_header_size(std::uint64_t bytes) {
  if (bytes > largest_header)
    throw ValueError(fmt::format("save_safetensors: expected names and metadata of at most {} bytes, got {}",
                                 largest_header, bytes));
}

std::string json_string(const std::string& text) {
  check_header_size(text.size());
  try {
    return nlohmann::json(text).dump();
  } catch (const nlohmann::json::exception&) {
    throw ValueError(
        fmt::format("save_safetensors: a name or metadata of {} bytes is not valid UTF-8", text.size()));
  }
}

}  // namespace

void save_safetensors(const std::string& path, const NamedTensors& tensors, const Metadata& metadata) {
  detail::check_named("save_safetensors", tensors);
  for (const auto& [name, tensor] : tensors)
    if (name == metadata_name)
      throw ValueError(fmt::format("save_safetensors: the name '{}' is reserved", name));
  // Tensors with larger elements first, so that each tensor is aligned for its dtype. The header lists them
  // in the given order.
  std::vector<std::size_t> order(tensors.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return size_of(tensors[a].second.dtype()) > size_of(tensors[b].second.dtype());
  });
  const auto bytes_of = [](const Tensor& tensor) {
    return static_cast<std::uint64_t>(tensor.numel() * size_of(tensor.dtype()));
  };
  std::vector<std::uint64_t> begins(tensors.size());
  std::uint64_t end = 0;
  for (const std::size_t i : order) {
    begins[i] = end;
    end += bytes_of(tensors[i].second);
  }

  std::string header = "{";
  const auto separate = [&](std::size_t i) { header += i == 0 ? "" : ","; };
  if (!metadata.empty()) {
    header += "\"__metadata__\":{";
    std::size_t i = 0;
    for (const auto& [key, value] : metadata) {
      separate(i++);
      header += json_string(key) + ':' + json_string(value);
    }
    header += '}';
  }
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const auto& [name, tensor] = tensors[i];
    separate(header.size() - 1);
    header += fmt::format(R"({}:{{"dtype":"{}","shape":[{}],"data_offsets":[{},{}]}})", json_string(name),
                          dtype_codes[static_cast<int>(tensor.dtype())],
                          fmt::join(tensor.shape().begin(), tensor.shape().end(), ","), begins[i],
                          begins[i] + bytes_of(tensor));
  }
  header += '}';
  header.resize((header.size() + 7) / 8 * 8, ' ');
  const std::uint64_t header_bytes = header.size();
  check_header_size(header_bytes);

  AtomicFile file("save_safetensors", path);
  file.write(&header_bytes, 8);
  file.write(header.data(), header.size());
  for (const std::size_t i : order)
    file.write(compute::contiguous(tensors[i].second).raw(), bytes_of(tensors[i].second));
  file.commit();
}

SafeTensors load_safetensors(const std::string& path, const ReadOptions& options) {
  detail::check_options("load_safetensors", options);
  InputFile file("load_safetensors", path);
  return detail::reading(fmt::format("load_safetensors: '{}': ", path), [&] {
    return decode(file.size(), options, [&](void* out, std::uint64_t bytes) { file.read(out, bytes); });
  });
}

SafeTensors parse_safetensors(std::span<const std::byte> bytes, const ReadOptions& options) {
  detail::check_options("parse_safetensors", options);
  return detail::reading("parse_safetensors: ",
                         [&] { return decode(bytes.size(), options, detail::reader(bytes)); });
}

}  // namespace taper::io
