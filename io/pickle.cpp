// The pickle machine: https://docs.python.org/3/library/pickletools.html, protocol 2.
#include <bit>
#include <cstring>

#include <fmt/format.h>

#include <taper/io/elements.h>
#include <taper/io/pickle.h>

namespace taper::io::detail {
namespace {

// Each takes some 70 bytes, and may be one byte of a pickle, or less where that is compressed.
constexpr std::size_t most_values = std::size_t{1} << 21;

// The instructions, by the names of pickletools.
enum Opcode : unsigned char {
  mark = '(',
  stop = '.',
  pop_top = '0',
  pop_mark = '1',
  binint = 'J',
  binint1 = 'K',
  binint2 = 'M',
  none = 'N',
  binpersid = 'Q',
  reduce_call = 'R',
  binunicode = 'X',
  append_one = 'a',
  build_state = 'b',
  global_name = 'c',
  dict = 'd',
  binget = 'h',
  long_binget = 'j',
  list = 'l',
  empty_list = ']',
  empty_tuple = ')',
  empty_dict = '}',
  appends = 'e',
  binput = 'q',
  long_binput = 'r',
  setitem = 's',
  tuple = 't',
  setitems = 'u',
  binfloat = 'G',
  proto = 0x80,
  tuple1 = 0x85,
  tuple2 = 0x86,
  tuple3 = 0x87,
  newtrue = 0x88,
  newfalse = 0x89,
  long1 = 0x8a,
};

}  // namespace

std::string describe(const PickleValue& value) {
  switch (value.kind) {
    case PickleValue::Kind::none:
      return "None";
    case PickleValue::Kind::boolean:
      return "a bool";
    case PickleValue::Kind::integer:
      return "an integer";
    case PickleValue::Kind::real:
      return "a float";
    case PickleValue::Kind::text:
      return "the text " + quote(value.text);
    case PickleValue::Kind::tuple:
      return "a tuple";
    case PickleValue::Kind::list:
      return "a list";
    case PickleValue::Kind::dict:
      return "a dict";
    case PickleValue::Kind::object:
      return "a tensor or a storage";
    case PickleValue::Kind::global:
      break;
  }
  std::string name(value.text);
  name[name.find('\n')] = '.';
  return quote(name);
}

std::string_view Unpickler::take_line() {
  const std::string_view line = bytes_.text(std::min(bytes_.rest().find('\n'), bytes_.rest().size()));
  bytes_.text(1);
  return line;
}

std::string_view Unpickler::take_text() {
  const std::string_view text = bytes_.text(bytes_.number(4));
  if (!is_utf8(text))
    throw Malformed(fmt::format("a text of {} bytes in its pickle is not UTF-8", text.size()));
  return text;
}

// Little-endian, in two's complement, with as many bytes as it takes.
std::int64_t Unpickler::take_long() {
  const std::string_view bytes = bytes_.text(bytes_.number(1));
  if (bytes.size() > 8) throw Malformed("an integer in its pickle has more than 64 bits");
  std::uint64_t value = !bytes.empty() && bytes.back() < 0 ? ~std::uint64_t{0} : 0;
  std::memcpy(&value, bytes.data(), bytes.size());
  return static_cast<std::int64_t>(value);
}

void Unpickler::push(Value value) {
  if (values_.size() == most_values)
    throw Malformed(fmt::format("its pickle has more than {} values", most_values));
  stack_.push_back(static_cast<std::uint32_t>(values_.size()));
  values_.push_back(std::move(value));
}

std::uint32_t Unpickler::pop() {
  if (stack_.size() <= (marks_.empty() ? 0 : marks_.back()))
    throw Malformed("its pickle takes more than there is");
  const std::uint32_t number = stack_.back();
  stack_.pop_back();
  return number;
}

std::vector<std::uint32_t> Unpickler::pop_to_mark() {
  if (marks_.empty()) throw Malformed("its pickle takes more than there is");
  const auto first = stack_.begin() + static_cast<std::ptrdiff_t>(marks_.back());
  std::vector<std::uint32_t> items(first, stack_.end());
  stack_.erase(first, stack_.end());
  marks_.pop_back();
  return items;
}

PickleValue& Unpickler::top(Kind kind, const char* what) {
  const std::uint32_t number = pop();
  stack_.push_back(number);
  Value& value = values_[number];
  if (value.kind != kind) throw Malformed(fmt::format("its pickle {} {}", what, describe(value)));
  return value;
}

void Unpickler::append(Kind kind, const std::vector<std::uint32_t>& items) {
  Value& container = top(kind, kind == Kind::list ? "appends to" : "sets items of");
  if (kind == Kind::dict && items.size() % 2 != 0)
    throw Malformed("a dict in its pickle has a key without a value");
  container.items.insert(container.items.end(), items.begin(), items.end());
}

void Unpickler::push_items(Kind kind, std::vector<std::uint32_t> items) {
  push(Value{.kind = kind});
  if (kind == Kind::tuple)
    values_.back().items = std::move(items);
  else
    append(kind, items);
}

void Unpickler::push_tuple(int count) {
  std::vector<std::uint32_t> items(static_cast<std::size_t>(count));
  while (count > 0) items[static_cast<std::size_t>(--count)] = pop();
  push_items(Kind::tuple, std::move(items));
}

void Unpickler::push_global() {
  const char* const begin = bytes_.rest().data();
  const std::size_t module = take_line().size(), name = take_line().size();
  Value global{.kind = Kind::global, .text = std::string_view(begin, module + 1 + name)};
  check_global(global);
  push(std::move(global));
}

void Unpickler::reduce() {
  const std::uint32_t arguments = pop(), global = pop();
  if (values_[global].kind != Kind::global || values_[arguments].kind != Kind::tuple)
    throw Malformed(
        fmt::format("its pickle calls {} with {}", describe(values_[global]), describe(values_[arguments])));
  push(call(values_[global], values_[arguments]));
}

// The attributes of an OrderedDict, which a state dict of PyTorch has: versions of its modules.
void Unpickler::build() {
  pop();
  top(Kind::dict, "sets the state of");
}

void Unpickler::remember(std::uint64_t place) {
  const std::uint32_t number = pop();
  stack_.push_back(number);
  memo_[place] = number;
}

void Unpickler::recall(std::uint64_t place) {
  const auto found = memo_.find(place);
  if (found == memo_.end())
    throw Malformed(fmt::format("its pickle has nothing at place {} of its memo", place));
  stack_.push_back(found->second);
}

// Runs one instruction; false after the last.
bool Unpickler::step() {
  const auto opcode = static_cast<unsigned char>(bytes_.number(1));
  switch (opcode) {
    case stop:
      return false;
    case proto:
      if (const std::uint64_t version = bytes_.number(1); version != 2)
        throw Malformed(
            fmt::format("its pickle is of protocol {}; save with torch.save()'s own, which is 2", version));
      break;
    case none:
      push(Value{});
      break;
    case newtrue:
      push(Kind::boolean, 1);
      break;
    case newfalse:
      push(Kind::boolean, 0);
      break;
    case binint:
      push(Kind::integer, static_cast<std::int32_t>(bytes_.number(4)));
      break;
    case binint1:
      push(Kind::integer, static_cast<std::int64_t>(bytes_.number(1)));
      break;
    case binint2:
      push(Kind::integer, static_cast<std::int64_t>(bytes_.number(2)));
      break;
    case long1:
      push(Kind::integer, take_long());
      break;
    case binfloat:
      push(Value{.kind = Kind::real, .real = std::bit_cast<double>(__builtin_bswap64(bytes_.number(8)))});
      break;
    case binunicode:
      push(Value{.kind = Kind::text, .text = take_text()});
      break;
    case mark:
      marks_.push_back(stack_.size());
      break;
    case pop_top:
      pop();
      break;
    case pop_mark:
      pop_to_mark();
      break;
    case empty_tuple:
      push(Value{.kind = Kind::tuple});
      break;
    case empty_list:
      push(Value{.kind = Kind::list});
      break;
    case empty_dict:
      push(Value{.kind = Kind::dict});
      break;
    case tuple1:
    case tuple2:
    case tuple3:
      push_tuple(opcode - tuple1 + 1);
      break;
    case tuple:
      push_items(Kind::tuple, pop_to_mark());
      break;
    case list:
      push_items(Kind::list, pop_to_mark());
      break;
    case dict:
      push_items(Kind::dict, pop_to_mark());
      break;
    case append_one:
      append(Kind::list, {pop()});
      break;
    case appends:
      append(Kind::list, pop_to_mark());
      break;
    case setitem: {
      const std::uint32_t item = pop(), key = pop();
      append(Kind::dict, {key, item});
      break;
    }
    case setitems:
      append(Kind::dict, pop_to_mark());
      break;
    case binput:
      remember(bytes_.number(1));
      break;
    case long_binput:
      remember(bytes_.number(4));
      break;
    case binget:
      recall(bytes_.number(1));
      break;
    case long_binget:
      recall(bytes_.number(4));
      break;
    case global_name:
      push_global();
      break;
    case reduce_call:
      reduce();
      break;
    case build_state:
      build();
      break;
    case binpersid: {
      const std::uint32_t identifier = pop();
      push(find(values_[identifier]));
      break;
    }
    default:
      throw Malformed(
          fmt::format("its pickle has instruction 0x{:02x} at byte {}, which no file of tensors needs",
                      opcode, size_ - bytes_.left() - 1));
  }
  return true;
}

std::uint32_t Unpickler::run(std::string_view pickle) {
  bytes_ = Bytes(pickle, "its pickle ends too early");
  size_ = pickle.size();
  while (step()) {
  }
  if (bytes_.left() > 0) throw Malformed(fmt::format("{} bytes follow its pickle", bytes_.left()));
  return pop();
}

}  // namespace taper::io::detail
