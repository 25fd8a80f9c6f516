// Reading HDF5: https://docs.hdfgroup.org/hdf5/v1_10/_f_m_t3.html, "HDF5 File Format Specification". See Note
// [The part of HDF5 that is read] in hdf5.h.
#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <limits>
#include <optional>
#include <set>

#include <fmt/format.h>

#include <taper/io/bytes.h>
#include <taper/io/elements.h>
#include <taper/io/file.h>
#include <taper/io/hdf5.h>
#include <taper/tensor/elementwise.h>
#include <taper/tensor/error.h>

namespace taper::io {
namespace {

using detail::Bytes, detail::ElementType, detail::Malformed, detail::quote;

constexpr std::uint64_t undefined = ~std::uint64_t{0};
constexpr int deepest = 32;  // groups in groups
constexpr std::uint64_t longest_name = 1000;
constexpr std::uint64_t superblock_size = 96, entry_size = 40;

// With padding to a multiple of 8.
Bytes padded(Bytes& at, std::uint64_t count) {
  const Bytes part = at.take(count);
  at.take((8 - count % 8) % 8);
  return part;
}

// A datatype, as far as it is known here.
struct Type {
  enum class Kind { number, opaque, text, reference, other } kind = Kind::other;
  std::uint64_t size = 0;
  ElementType element = ElementType::float32;
  bool big_endian = false;
};

// The floats of IEEE 754: what follows the size in the description of a datatype.
struct FloatType {
  ElementType element;
  std::array<std::uint8_t, 12> fields;
};
constexpr FloatType floats[] = {{ElementType::float16, {0, 0, 16, 0, 10, 5, 0, 10, 15, 0, 0, 0}},
                                {ElementType::float32, {0, 0, 32, 0, 23, 8, 0, 23, 127, 0, 0, 0}},
                                {ElementType::float64, {0, 0, 64, 0, 52, 11, 0, 52, 255, 3, 0, 0}}};
// By the sign and the logarithm of the size.
constexpr ElementType integers[2][4] = {
    {ElementType::uint8, ElementType::uint16, ElementType::uint32, ElementType::uint64},
    {ElementType::int8, ElementType::int16, ElementType::int32, ElementType::int64}};

Type parse_type(Bytes at) {
  Type type;
  const std::uint64_t head = at.number(1), bits = at.number(3);
  type.size = at.number(4);
  if (head >> 4 < 1 || head >> 4 > 3) throw Malformed("a datatype of an unknown version");
  if (type.size == 0) throw Malformed("a datatype without a size");
  type.big_endian = (bits & 1) != 0;
  if ((head & 15) == 0) {
    const std::uint64_t offset = at.number(2), precision = at.number(2);
    if (!std::has_single_bit(type.size) || type.size > 8 || offset != 0 || precision != 8 * type.size)
      return type;
    type.kind = Type::Kind::number;
    type.element = integers[bits >> 3 & 1][std::countr_zero(type.size)];
  } else if ((head & 15) == 1) {
    const std::string_view fields = at.text(12);
    for (const FloatType& each : floats)
      // Bits 8 to 15 of the class's say where the sign is; bit 6 is of VAX's order of bytes.
      if (std::memcmp(fields.data(), each.fields.data(), 12) == 0 &&
          type.size == detail::size_of(each.element) && bits >> 8 == type.size * 8 - 1 &&
          (bits & 0xf0) == 0x20) {
        type.kind = Type::Kind::number;
        type.element = each.element;
      }
  } else if ((head & 15) == 3) {
    type.kind = Type::Kind::text;
  } else if ((head & 15) == 5) {
    type.kind = Type::Kind::opaque;
  } else if ((head & 15) == 9 && (bits & 15) == 1 && type.size == 16) {
    type.kind = Type::Kind::reference;  // text of any length, in a global heap
  }
  return type;
}

// The extents; nothing for the dataspace that has no elements at all.
std::optional<std::vector<std::uint64_t>> parse_extents(Bytes at) {
  const std::uint64_t version = at.number(1), rank = at.number(1), flags = at.number(1);
  const std::uint64_t kind = at.number(1);
  if (version == 1)
    at.take(4);
  else if (version != 2)
    throw Malformed("a dataspace of an unknown version");
  if (version == 2 && kind == 2) return std::nullopt;
  if (flags > 1) throw Malformed("a dataspace with permuted axes");
  std::vector<std::uint64_t> extents;
  extents.reserve(rank);
  for (std::uint64_t i = 0; i < rank; ++i) extents.push_back(at.number(8));
  return extents;
}

struct Message {
  std::uint64_t kind;
  Bytes data;
};

enum MessageKind : std::uint64_t {
  dataspace = 1,
  link_info = 2,
  datatype = 3,
  link = 6,
  external_files = 7,
  layout = 8,
  filters = 11,
  attribute = 12,
  continuation = 16,
  symbol_table = 17,
};

class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

  Hdf5 read() {
    Bytes at = bytes(0, std::min<std::uint64_t>(bytes_.size(), superblock_size));
    if (bytes_.size() < 9 || at.text(8) != "\x89HDF\r\n\x1a\n") throw Malformed("it is no HDF5 file");
    if (const std::uint64_t version = at.number(1); version != 0)
      throw Malformed(
          fmt::format("its superblock has version {}, expected 0, as h5py writes it without "
                      "libver=\"latest\"; copy it with h5py",
                      version));
    at.take(4);
    if (at.number(1) != 8 || at.number(1) != 8) throw Malformed("its offsets have no 64 bits");
    at.take(1);
    leaf_entries_ = 2 * at.number(2), tree_entries_ = 2 * at.number(2);
    at.take(4);
    if (at.number(8) != 0) throw Malformed("it begins elsewhere");
    at.take(8);
    if (at.number(8) > bytes_.size()) throw Malformed("its end is missing");
    if (at.number(8) != undefined) throw Malformed("it has a block for a driver, as a family of files has");
    at.take(8);
    read_object("", at.number(8), 0);
    return std::move(content_);
  }

 private:
  Bytes bytes(std::uint64_t offset, std::uint64_t count) const {
    if (offset > bytes_.size() || count > bytes_.size() - offset)
      throw Malformed("something lies behind its end");
    return Bytes(bytes_.substr(offset, count));
  }
  // A part of the file that belongs to one owner: so there are no cycles, and nothing is read often.
  Bytes claim(std::uint64_t address, std::uint64_t size) {
    const Bytes part = bytes(address, size);
    if (!claimed_.insert(address).second || size > bytes_.size() - claimed_bytes_)
      throw Malformed("two things share a place, such as two hard links");
    claimed_bytes_ += size;
    return part;
  }
  // What is allocated is less than the file.
  void justify(std::uint64_t count) {
    if (count > bytes_.size() - justified_) throw Malformed("it describes more than it has bytes");
    justified_ += count;
  }
  Bytes block(const char* signature, std::uint64_t address, std::uint64_t size) {
    Bytes at = claim(address, size);
    if (at.text(4) != signature) throw Malformed(fmt::format("no {} where one should be", signature));
    return at;
  }

  std::vector<Message> messages(std::uint64_t address) {
    Bytes at = claim(address, 16);
    if (at.number(1) != 1) throw Malformed("an object header of another version than 1");
    at.take(1);
    const std::uint64_t count = at.number(2);
    at.take(4);
    std::vector<Message> list;
    std::vector<Bytes> blocks{claim(address + 16, at.number(4))};
    for (std::size_t i = 0; i < blocks.size(); ++i)
      while (blocks[i].left() >= 8) {
        if (list.size() == count) throw Malformed("an object header has more messages than it says");
        const std::uint64_t kind = blocks[i].number(2), size = blocks[i].number(2),
                            flags = blocks[i].number(1);
        blocks[i].take(3);
        Message message{kind, blocks[i].take(size)};
        if ((flags & 2) != 0 && kind != attribute) throw Malformed("a message that objects share");
        if (kind == continuation) {
          Bytes place = message.data;
          const std::uint64_t offset = place.number(8);
          blocks.push_back(claim(offset, place.number(8)));
        }
        if ((flags & 2) == 0) list.push_back(message);
      }
    return list;
  }

  void read_object(const std::string& path, std::uint64_t address, int depth) {
    if (depth > deepest) throw Malformed(fmt::format("groups are nested deeper than {}", deepest));
    justify(path.size());
    std::optional<Bytes> space, type, where, table;
    for (const Message& message : messages(address)) {
      const auto only = [&](std::optional<Bytes>& place) {
        if (place) throw Malformed(fmt::format("{} is described twice", quote(path)));
        place = message.data;
      };
      switch (message.kind) {
        case dataspace:
          only(space);
          break;
        case datatype:
          only(type);
          break;
        case layout:
          only(where);
          break;
        case symbol_table:
          only(table);
          break;
        case attribute:
          read_attribute(path, message.data);
          break;
        case link_info:
        case link:
          throw Malformed(fmt::format("{} is a group of the later kind", quote(path)));
        case external_files:
          throw Malformed(fmt::format("the elements of {} are in other files", quote(path)));
        case filters:
          throw Malformed(fmt::format("{} is compressed or filtered", quote(path)));
        default:
          break;
      }
    }
    if (table) {
      if (!path.empty()) content_.groups.push_back(path);
      read_group(path, *table, depth);
    } else if (!path.empty() && space && type && where) {
      read_dataset(path, *space, *type, *where);
    } else {
      throw Malformed(fmt::format("{} is neither a group nor a dataset", quote(path)));
    }
  }

  void read_group(const std::string& path, Bytes at, int depth) {
    const std::uint64_t tree = at.number(8), heap = at.number(8);
    Bytes header = block("HEAP", heap, 32);
    if (header.number(1) != 0) throw Malformed("a local heap of an unknown version");
    header.take(3);
    const std::uint64_t size = header.number(8);
    header.take(8);
    const Bytes names = bytes(header.number(8), size);
    read_tree(path, tree, names.rest(), -1, depth);
  }

  // Of the nodes with symbols that lie below, `level` above them; -1: the root, at any level.
  void read_tree(const std::string& path, std::uint64_t address, std::string_view names, int level,
                 int depth) {
    Bytes at = block("TREE", address, 24 + (2 * tree_entries_ + 1) * 8);
    if (at.number(1) != 0) throw Malformed("a tree of chunks where one of symbols should be");
    const int own = static_cast<int>(at.number(1));
    if (level >= 0 ? own != level : own > 8) throw Malformed("a tree is not balanced");
    const std::uint64_t count = at.number(2);
    if (count > tree_entries_) throw Malformed("a node of a tree has too many entries");
    at.take(16);
    for (std::uint64_t i = 0; i < count; ++i) {
      at.take(8);
      const std::uint64_t child = at.number(8);
      own > 0 ? read_tree(path, child, names, own - 1, depth) : read_symbols(path, child, names, depth);
    }
  }

  void read_symbols(const std::string& path, std::uint64_t address, std::string_view names, int depth) {
    Bytes at = block("SNOD", address, 8 + leaf_entries_ * entry_size);
    if (at.number(1) != 1) throw Malformed("a symbol table of an unknown version");
    at.take(1);
    const std::uint64_t count = at.number(2);
    if (count > leaf_entries_) throw Malformed("a symbol table has too many entries");
    for (std::uint64_t i = 0; i < count; ++i) {
      const std::uint64_t offset = at.number(8), object = at.number(8), cached = at.number(4);
      at.take(20);
      if (offset > names.size()) throw Malformed("a name lies behind its heap");
      std::string_view name = names.substr(offset, longest_name + 1);
      const std::size_t size = name.find('\0');
      if (size == name.npos || size == 0) throw Malformed("a name is empty, too long, or has no end");
      name = name.substr(0, size);
      const std::string whole = fmt::format("{}{}{}", path, path.empty() ? "" : "/", name);
      if (name.find('/') != name.npos || !paths_.insert(whole).second)
        throw Malformed(fmt::format("{} occurs twice, or has a slash in its name", quote(whole)));
      if (cached > 1) throw Malformed(fmt::format("{} is a symbolic link", quote(whole)));
      read_object(whole, object, depth + 1);
    }
  }

  void read_attribute(const std::string& path, Bytes at) {
    const std::uint64_t version = at.number(1), flags = at.number(1);
    const std::uint64_t name_size = at.number(2), type_size = at.number(2), space_size = at.number(2);
    if (version < 1 || version > 3 || (version > 1 && flags != 0)) return;
    if (version == 3) at.take(1);
    const auto part = [&](std::uint64_t size) { return version == 1 ? padded(at, size) : at.take(size); };
    std::string_view name = part(name_size).rest();
    name = name.substr(0, name.find('\0'));
    const Type type = parse_type(part(type_size));
    const auto extents = parse_extents(part(space_size));
    if (!extents || !extents->empty() || name.size() > longest_name) return;
    std::string_view text;
    if (type.kind == Type::Kind::text) {
      text = at.text(type.size);
    } else if (type.kind == Type::Kind::reference) {
      const std::uint64_t size = at.number(4), heap = at.number(8), index = at.number(4);
      if (size > 0) text = heap_object(heap, index).text(size);
    } else {
      return;
    }
    text = text.substr(0, text.find_last_not_of('\0') + 1);
    justify(name.size() + text.size());
    content_.attributes[path][std::string(name)] = text;
  }

  Bytes heap_object(std::uint64_t address, std::uint64_t index) {
    auto found = heaps_.find(address);
    if (found == heaps_.end()) {
      Bytes head = bytes(address, 16);
      if (head.text(4) != "GCOL" || head.number(1) != 1) throw Malformed("no GCOL where one should be");
      head.take(3);
      const std::uint64_t size = head.number(8);
      if (size < 16 || size > bytes_.size() - heap_bytes_) throw Malformed("a global heap is too large");
      heap_bytes_ += size;
      found = heaps_.emplace(address, std::map<std::uint64_t, Bytes>()).first;
      Bytes at = bytes(address + 16, size - 16);
      while (at.left() >= 16) {
        const std::uint64_t number = at.number(2);
        if (number == 0) break;  // the free space is the last one
        at.take(6);
        const std::uint64_t length = at.number(8);
        found->second.emplace(number, padded(at, length));
      }
    }
    const auto object = found->second.find(index);
    if (object == found->second.end()) throw Malformed("a text is not in its heap");
    return object->second;
  }

  void read_dataset(const std::string& path, Bytes space, Bytes description, Bytes where) {
    Type type = parse_type(description);
    if (const auto found = content_.attributes.find(path);
        type.kind == Type::Kind::opaque && type.size == 2 && found != content_.attributes.end() &&
        found->second["dtype"] == "bfloat16") {
      type.kind = Type::Kind::number, type.element = ElementType::bfloat16, type.big_endian = false;
    }
    if (type.kind != Type::Kind::number)
      throw Malformed(fmt::format("{} has a dtype that is not supported", quote(path)));
    const auto extents = parse_extents(space);
    if (!extents || extents->size() > Shape::max_rank)
      throw Malformed(fmt::format("{} has no elements, or more than {} axes", quote(path), Shape::max_rank));
    Shape shape;
    std::uint64_t count = 1;
    for (const std::uint64_t extent : *extents) {
      if (extent > std::numeric_limits<std::uint32_t>::max() || __builtin_mul_overflow(count, extent, &count))
        throw Malformed(fmt::format("{} has a shape that is too large", quote(path)));
      shape.push_back(static_cast<std::int64_t>(extent));
    }
    const std::string_view data = elements(path, where, count, type.size).rest();
    justify(count * type.size);
    const Tensor tensor = detail::read_elements(quote(path), shape, type.element, type.big_endian,
                                                detail::reader(std::as_bytes(std::span(data))));
    // Integers of 8 and 16 bits, which have no dtype, are int32 by now.
    const bool narrow = tensor.dtype() == int32 && type.element != ElementType::int32;
    content_.tensors.emplace_back(path, narrow ? compute::cast(tensor, int64) : tensor);
  }

  // Where the elements lie, all in one piece.
  Bytes elements(const std::string& path, Bytes where, std::uint64_t count, std::uint64_t size) {
    if (where.number(1) != 3) throw Malformed(fmt::format("{} has an unknown layout", quote(path)));
    std::uint64_t bytes_of_all = 0;
    const bool overflows = __builtin_mul_overflow(count, size, &bytes_of_all);
    const auto check = [&](std::uint64_t stored) {
      if (overflows || stored != bytes_of_all)
        throw Malformed(fmt::format("the shape of {} is not that of its {} bytes", quote(path), stored));
    };
    switch (where.number(1)) {
      case 0: {
        const std::uint64_t stored = where.number(2);
        check(stored);
        return where.take(stored);
      }
      case 1: {
        const std::uint64_t address = where.number(8), stored = where.number(8);
        if (count == 0) return bytes(0, 0);
        check(stored);
        return bytes(address, stored);
      }
      case 2:
        throw Malformed(fmt::format("{} is stored in chunks", quote(path)));
      default:
        throw Malformed(fmt::format("{} is virtual", quote(path)));
    }
  }

  const std::string_view bytes_;
  std::uint64_t leaf_entries_ = 0, tree_entries_ = 0, claimed_bytes_ = 0, justified_ = 0, heap_bytes_ = 0;
  std::set<std::uint64_t> claimed_;
  std::set<std::string> paths_;
  std::map<std::uint64_t, std::map<std::uint64_t, Bytes>> heaps_;
  Hdf5 content_;
};

}  // namespace

const Tensor* Hdf5::find(std::string_view path) const noexcept {
  const auto found = std::find_if(tensors.begin(), tensors.end(),
                                  [&](const NamedTensor& each) { return each.first == path; });
  return found == tensors.end() ? nullptr : &found->second;
}

const Tensor& Hdf5::at(std::string_view path) const {
  if (const Tensor* const found = find(path)) return *found;
  throw IndexError(fmt::format("Hdf5::at: there is no tensor {}", quote(path)));
}

bool Hdf5::has_group(std::string_view path) const noexcept {
  return std::find(groups.begin(), groups.end(), path) != groups.end();
}

Hdf5 load_hdf5(const std::string& path) {
  const std::string bytes = InputFile("load_hdf5", path).content();
  return detail::reading(fmt::format("load_hdf5: cannot read '{}': ", path),
                         [&] { return Reader(bytes).read(); });
}

Hdf5 parse_hdf5(std::span<const std::byte> bytes) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  return detail::reading("parse_hdf5: ", [&] { return Reader(text).read(); });
}

}  // namespace taper::io
