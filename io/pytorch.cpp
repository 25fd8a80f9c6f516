// PyTorch's files: a zip archive of NAME/data.pkl, a pickle of the structure, and NAME/data/KEY, the
// storages.
#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include <taper/io/file.h>
#include <taper/io/pytorch.h>
#include <taper/io/pytorch_state.h>
#include <taper/tensor/elementwise.h>
#include <taper/tensor/error.h>

namespace taper::io {
namespace {

using detail::ElementType, detail::Malformed, detail::quote;

constexpr std::uint64_t largest_pickle = std::uint64_t{1} << 26;

// What a file of before PyTorch 1.6 begins with: a pickle of a number.
constexpr std::string_view old_begin = "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20";

// Tells such a file from an archive, which has its own errors, and from anything else.
void check_begin(const std::string& place, std::string_view begin) {
  if (begin == old_begin)
    throw IoError(place +
                  "it is in the format of PyTorch before 1.6; in Python, read it and save it again: "
                  "torch.save(torch.load(path, weights_only=True), path)");
  if (!begin.starts_with("PK"))
    throw IoError(place + "it is not by torch.save(), whose files are zip archives");
}

// The archive's folder, "archive/" for example.
std::string folder_of(const ZipReader& archive) {
  constexpr std::string_view pickle = "data.pkl";
  for (const ZipEntry& entry : archive.entries()) {
    const std::size_t slash = entry.name.find('/');
    if (slash != entry.name.npos && std::string_view(entry.name).substr(slash + 1) == pickle)
      return entry.name.substr(0, slash + 1);
  }
  throw Malformed("there is no data.pkl in the archive");
}

TensorFile decode(const ZipReader& archive, const ReadOptions& options) {
  return detail::reading(archive.place(), [&] {
    const std::string folder = folder_of(archive);
    bool big_endian = false;
    if (const ZipEntry* const entry = archive.find(folder + "byteorder")) {
      const std::string order = archive.read(*entry, 16);
      if (order != "little" && order != "big")
        throw Malformed(fmt::format("its order of bytes is {}", quote(order)));
      big_endian = order == "big";
    }
    const std::string pickle = archive.read(*archive.find(folder + "data.pkl"), largest_pickle);
    return detail::decode_state(pickle, [&](const std::string& key, ElementType type, std::uint64_t count) {
      const ZipEntry* const entry = archive.find(folder + "data/" + key);
      if (entry == nullptr) throw Malformed(fmt::format("storage {} is not in the archive", quote(key)));
      const std::uint64_t size = detail::size_of(type);
      if (entry->size % size != 0 || entry->size / size != count)
        throw Malformed(fmt::format("storage {} has {} bytes, not {} elements of {}", quote(key), entry->size,
                                    count, detail::name(type)));
      Tensor storage;
      archive.stream(*entry, [&](const ReadBytes& read) {
        storage = detail::converted(
            detail::read_elements("storage " + quote(key), {static_cast<std::int64_t>(count)}, type,
                                  big_endian, read),
            options);
      });
      return storage;
    });
  });
}

// Writes a pickle of protocol 2.
class Pickler {
 public:
  Pickler() { pickle_ = "\x80\x02"; }

  void instruction(char opcode) { pickle_ += opcode; }
  void global(std::string_view module, std::string_view name) {
    pickle_ += fmt::format("c{}\n{}\n", module, name);
  }
  void text(std::string_view text) {
    instruction('X');
    put(static_cast<std::uint32_t>(text.size()));
    pickle_ += text;
  }
  void integer(std::int64_t value) {
    if (value >= 0 && value <= std::numeric_limits<std::int32_t>::max()) {
      instruction('J');
      put(static_cast<std::int32_t>(value));
    } else {
      pickle_ += "\x8a\x08";
      put(value);
    }
  }
  void integers(const Shape& values) {
    instruction('(');
    for (const std::int64_t value : values) integer(value);
    instruction('t');
  }
  void ordered_dict() {
    global("collections", "OrderedDict");
    pickle_ += ")R";
  }
  /// A tensor that is all of the storage `key`.
  void tensor(const Tensor& tensor, const std::string& key) {
    global("torch._utils", "_rebuild_tensor_v2");
    pickle_ += "((";
    text("storage");
    global("torch", detail::storage_name(static_cast<ElementType>(tensor.dtype())));
    text(key);
    text("cpu");
    integer(tensor.numel());
    pickle_ += "tQ";  // the tuple is the identifier of a storage
    integer(0);
    integers(tensor.shape());
    integers(Layout(tensor.shape()).strides);
    instruction('\x89');  // requires_grad = False
    ordered_dict();       // hooks
    pickle_ += "tR";
  }
  const std::string& content() const { return pickle_; }

 private:
  template <class Number>
  void put(Number number) {
    pickle_.append(reinterpret_cast<const char*>(&number), sizeof(number));
  }
  std::string pickle_;
};

bool same(const Tensor& a, const Tensor& b) {
  return a.raw() == b.raw() && a.dtype() == b.dtype() && a.shape() == b.shape() && a.strides() == b.strides();
}

}  // namespace

TensorFile load_pytorch(const std::string& path, const ReadOptions& options) {
  detail::check_options("load_pytorch", options);
  {
    InputFile file("load_pytorch", path);
    std::string begin(std::min<std::uint64_t>(file.size(), old_begin.size()), '\0');
    file.read(begin.data(), begin.size());
    check_begin(fmt::format("load_pytorch: '{}': ", path), begin);
  }
  return decode(ZipReader("load_pytorch", path), options);
}

TensorFile parse_pytorch(std::span<const std::byte> bytes, const ReadOptions& options) {
  detail::check_options("parse_pytorch", options);
  check_begin("parse_pytorch: ",
              {reinterpret_cast<const char*>(bytes.data()), std::min(bytes.size(), old_begin.size())});
  return decode(ZipReader("parse_pytorch", bytes), options);
}

void save_pytorch(const std::string& path, const NamedTensors& tensors) {
  detail::check_named("save_pytorch", tensors);
  std::vector<std::size_t> storages;               // the tensors that are stored, by their keys
  std::multimap<const void*, std::size_t> places;  // keys by the first element
  Pickler pickle;
  pickle.ordered_dict();
  pickle.instruction('(');
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const auto& [name, tensor] = tensors[i];
    const auto [begin, end] = places.equal_range(tensor.raw());
    const auto found = std::find_if(begin, end, [&, own = &tensor](const auto& place) {
      return same(*own, tensors[storages[place.second]].second);
    });
    const std::size_t key = found == end ? storages.size() : found->second;
    if (found == end) {
      places.emplace(tensor.raw(), key);
      storages.push_back(i);
    }
    pickle.text(name);
    pickle.tensor(tensor, fmt::to_string(key));
  }
  pickle.instruction('u');
  pickle.instruction('.');

  ZipWriter archive("save_pytorch", path);
  const ZipEntryOptions aligned{.alignment = 64};
  archive.add("archive/data.pkl", {pickle.content()}, aligned);
  archive.add("archive/byteorder", {"little"}, aligned);
  for (std::size_t key = 0; key < storages.size(); ++key) {
    const Tensor dense = compute::contiguous(tensors[storages[key]].second);
    archive.add(fmt::format("archive/data/{}", key),
                {{static_cast<const char*>(dense.raw()),
                  static_cast<std::size_t>(dense.numel() * size_of(dense.dtype()))}},
                aligned);
  }
  archive.add("archive/version", {"3\n"}, aligned);
  archive.commit();
}

}  // namespace taper::io
