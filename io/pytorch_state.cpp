// What PyTorch's pickles may mention, and how dicts in dicts become one list of names.
#include <map>
#include <set>

#include <fmt/format.h>

#include <taper/io/pickle.h>
#include <taper/io/pytorch_state.h>

namespace taper::io::detail {
namespace {

using Value = PickleValue;
using Kind = PickleValue::Kind;

constexpr std::string_view storage_names[] = {"BoolStorage",
                                              "ByteStorage",
                                              "IntStorage",
                                              "LongStorage",
                                              "FloatStorage",
                                              "DoubleStorage",
                                              "HalfStorage",
                                              "BFloat16Storage",
                                              "CharStorage",
                                              "ShortStorage",
                                              {},
                                              {},
                                              {},
                                              {},
                                              {}};  // by ElementType

constexpr std::string_view ordered_dict = "collections\nOrderedDict", torch_module = "torch\n",
                           rebuild_tensor = "torch._utils\n_rebuild_tensor_v2",
                           rebuild_parameter = "torch._utils\n_rebuild_parameter";

// How often an element may be repeated by a stride of 0, as after expand().
constexpr std::int64_t most_repeats = 1024;

// The type of the elements of torch.FloatStorage and its like; false if that is no such name.
bool find_type(std::string_view global, ElementType& type) {
  if (!global.starts_with(torch_module)) return false;
  const std::string_view name = global.substr(torch_module.size());
  for (int i = 0; i < static_cast<int>(std::size(storage_names)); ++i)
    if (!name.empty() && name == storage_names[i]) {
      type = static_cast<ElementType>(i);
      return true;
    }
  return false;
}

class StateReader : public Unpickler {
 public:
  explicit StateReader(const FindStorage& find_storage) : find_storage_(find_storage) {}

  // Of a value of kind object.
  const Tensor* tensor(const Value& value) const {
    const auto number = static_cast<std::size_t>(value.integer);
    return value.kind == Kind::object && number < objects_.size() && !objects_[number].storage
               ? &objects_[number].tensor
               : nullptr;
  }

 protected:
  void check_global(const Value& global) override {
    ElementType type{};
    if (global.text == ordered_dict || global.text == rebuild_tensor || global.text == rebuild_parameter ||
        find_type(global.text, type))
      return;
    throw Malformed(
        fmt::format("it wants {}, which is neither read nor executed: only tensors, containers, numbers "
                    "and text are; save model.state_dict()",
                    describe(global)));
  }

  Value call(const Value& global, const Value& arguments) override {
    if (global.text == ordered_dict && arguments.items.empty()) return Value{.kind = Kind::dict};
    if (global.text == rebuild_tensor && (arguments.items.size() == 6 || arguments.items.size() == 7))
      return object({rebuilt(arguments), false, {}});
    if (global.text == rebuild_parameter && arguments.items.size() == 3)
      if (const Tensor* const found = tensor(item(arguments, 0))) return object({*found, false, {}});
    throw Malformed(fmt::format("it calls {} with {} arguments that do not fit", describe(global),
                                arguments.items.size()));
  }

  // ('storage', torch.FloatStorage, key, location, count); where it was ('cuda:0') does not matter.
  Value find(const Value& identifier) override {
    const auto is = [&](std::size_t i, Kind kind) { return item(identifier, i).kind == kind; };
    ElementType type{};
    if (identifier.kind != Kind::tuple || identifier.items.size() != 5 ||
        item(identifier, 0).text != "storage" || !is(1, Kind::global) ||
        !find_type(item(identifier, 1).text, type) || !is(2, Kind::text) || !is(3, Kind::text) ||
        !is(4, Kind::integer) || item(identifier, 4).integer < 0)
      throw Malformed("it refers to something that is not a storage");
    const std::string key(item(identifier, 2).text);
    const std::int64_t count = item(identifier, 4).integer;
    const auto [place, is_new] = storages_.try_emplace(key);
    Object& storage = place->second;
    if (is_new) storage = {find_storage_(key, type, static_cast<std::uint64_t>(count)), true, type};
    if (storage.type != type || storage.tensor.numel() != count)
      throw Malformed(fmt::format("storage {} is described in two ways", quote(key)));
    return object(storage);
  }

 private:
  struct Object {
    Tensor tensor;
    bool storage = false;
    ElementType type{};
  };

  const Value& item(const Value& container, std::size_t i) const { return value(container.items[i]); }

  Value object(Object made) {
    objects_.push_back(std::move(made));
    return Value{.kind = Kind::object, .integer = static_cast<std::int64_t>(objects_.size() - 1)};
  }

  Shape shape(const Value& tuple, const char* what) const {
    if (tuple.kind != Kind::tuple) throw Malformed(fmt::format("a tensor's {} is {}", what, describe(tuple)));
    if (tuple.items.size() > Shape::max_rank)
      throw Malformed(fmt::format("a tensor has {} axes, more than {}", tuple.items.size(), Shape::max_rank));
    Shape result;
    for (std::size_t i = 0; i < tuple.items.size(); ++i) {
      const Value& extent = item(tuple, i);
      if (extent.kind != Kind::integer || extent.integer < 0)
        throw Malformed(fmt::format("a tensor's {} has {}, not a number from 0 on", what,
                                    extent.kind == Kind::integer ? "a negative number" : describe(extent)));
      result.push_back(extent.integer);
    }
    return result;
  }

  // _rebuild_tensor_v2(storage, offset, shape, strides, requires_grad, hooks[, metadata])
  Tensor rebuilt(const Value& arguments) const {
    const Value& first = item(arguments, 0);
    const Value& offset = item(arguments, 1);
    const auto number = static_cast<std::size_t>(first.integer);
    if (first.kind != Kind::object || !objects_[number].storage)
      throw Malformed(fmt::format("a tensor's storage is {}", describe(first)));
    if (arguments.items.size() == 7 && item(arguments, 6).kind != Kind::none &&
        !item(arguments, 6).items.empty())
      throw Malformed("a tensor is marked as negative or conjugate; save tensor.resolve_neg()");
    const Tensor& storage = objects_[number].tensor;
    const Shape extents = shape(item(arguments, 2), "shape"), strides = shape(item(arguments, 3), "strides");
    if (offset.kind != Kind::integer || offset.integer < 0 || extents.rank() != strides.rank() ||
        !byte_count(extents, objects_[number].type))
      throw Malformed(fmt::format("a tensor has the shape {} and the strides {}, which do not fit",
                                  to_string(extents), to_string(strides)));
    if (extents.numel() == 0) return storage.alias(Layout(extents));
    std::int64_t last = offset.integer;
    bool inside = true;
    for (int i = 0; i < extents.rank(); ++i) {
      std::int64_t way = 0;
      inside = inside && !__builtin_mul_overflow(extents[i] - 1, strides[i], &way) &&
               !__builtin_add_overflow(last, way, &last);
    }
    if (!inside || last >= storage.numel() || extents.numel() / most_repeats > storage.numel())
      throw Malformed(
          fmt::format("a tensor of shape {} and strides {} from element {} on does not fit in a storage "
                      "of {} elements",
                      to_string(extents), to_string(strides), offset.integer, storage.numel()));
    return storage.alias(Layout(extents, strides, offset.integer));
  }

  const FindStorage& find_storage_;
  std::map<std::string, Object, std::less<>> storages_;
  std::vector<Object> objects_;
};

// Numbers as Python prints them.
std::string text_of(const Value& value) {
  switch (value.kind) {
    case Kind::boolean:
      return value.integer != 0 ? "True" : "False";
    case Kind::integer:
      return fmt::to_string(value.integer);
    case Kind::text:
      return std::string(value.text);
    case Kind::real: {
      std::string text = fmt::format("{}", value.real);
      if (text.find_first_not_of("-0123456789") == text.npos) text += ".0";
      return text;
    }
    default:
      return "None";
  }
}

// Puts what is in containers into one list. A pickle may have a container several times, or in itself: what
// it can make of that is limited by its size.
class Flattener {
 public:
  Flattener(const StateReader& reader, std::size_t pickle_size)
      : reader_(reader), most_entries_(pickle_size), most_letters_(100 * pickle_size) {}

  void add(const std::string& name, const Value& value, int depth) {
    constexpr int deepest = 32;
    if (depth > deepest) throw Malformed(fmt::format("its dicts are nested deeper than {}", deepest));
    letters_ += name.size();
    if (++entries_ > most_entries_ || letters_ > most_letters_)
      throw Malformed("its dicts are in each other so often that there is no end to them");
    if (value.kind == Kind::dict) {
      for (std::size_t i = 0; i + 1 < value.items.size(); i += 2)
        add(joined(name, key(reader_.value(value.items[i]))), reader_.value(value.items[i + 1]), depth + 1);
    } else if (value.kind == Kind::list || value.kind == Kind::tuple) {
      for (std::size_t i = 0; i < value.items.size(); ++i)
        add(joined(name, fmt::to_string(i)), reader_.value(value.items[i]), depth + 1);
    } else if (const Tensor* const tensor = reader_.tensor(value)) {
      claim(name);
      file_.tensors.emplace_back(name, *tensor);
    } else if (value.kind == Kind::global || value.kind == Kind::object) {
      throw Malformed(
          fmt::format("{} is {}", quote(name), value.kind == Kind::global ? describe(value) : "a storage"));
    } else {
      claim(name);
      file_.metadata.emplace(name, text_of(value));
    }
  }

  TensorFile take() { return std::move(file_); }

 private:
  static std::string joined(const std::string& name, const std::string& key) {
    return name.empty() ? key : name + '.' + key;
  }
  static std::string key(const Value& value) {
    if (value.kind != Kind::text && value.kind != Kind::integer && value.kind != Kind::boolean)
      throw Malformed(fmt::format("a dict has {} as a key; text and integers can be read", describe(value)));
    return text_of(value);
  }
  void claim(const std::string& name) {
    if (!names_.insert(name).second) throw Malformed(fmt::format("{} occurs twice", quote(name)));
  }

  const StateReader& reader_;
  const std::size_t most_entries_, most_letters_;
  std::size_t entries_ = 0, letters_ = 0;
  std::set<std::string> names_;
  TensorFile file_;
};

}  // namespace

std::string_view storage_name(ElementType type) noexcept { return storage_names[static_cast<int>(type)]; }

TensorFile decode_state(std::string_view pickle, const FindStorage& find_storage) {
  StateReader reader(find_storage);
  const std::uint32_t root = reader.run(pickle);
  Flattener flattener(reader, pickle.size());
  flattener.add("", reader.value(root), 0);
  return flattener.take();
}

}  // namespace taper::io::detail
