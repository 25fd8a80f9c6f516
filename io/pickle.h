// Pickle: the part of Python's format for objects that files of tensors need. Nothing is ever executed.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <taper/io/bytes.h>

namespace taper::io::detail {

/// A value in a pickle. Containers have the numbers of their items, since a value may be in several of them.
struct PickleValue {
  enum class Kind : std::uint8_t {
    none,
    boolean,  // integer
    integer,
    real,
    text,
    tuple,
    list,
    dict,    // items: keys and values by turns
    global,  // text: "module\nname"
    object   // what an Unpickler has made; integer is what it wants
  };
  Kind kind = Kind::none;
  std::int64_t integer = 0;
  double real = 0;
  std::string_view text = {};  // in the pickle
  std::vector<std::uint32_t> items = {};
};

/// "an integer", "module.name" and so on, for error messages.
std::string describe(const PickleValue& value);

/// A machine that runs the instructions of a pickle of protocol 2. A derived class says what names mean, and
/// refuses them. Its errors, for everything that is no instruction of that part or does not fit, are
/// Malformed.
class Unpickler {
 public:
  using Value = PickleValue;
  using Kind = PickleValue::Kind;

  Unpickler() = default;
  Unpickler(const Unpickler&) = delete;
  Unpickler& operator=(const Unpickler&) = delete;
  virtual ~Unpickler() = default;

  /// Runs a pickle, which must stay where it is; returns the number of its value.
  std::uint32_t run(std::string_view pickle);
  const Value& value(std::uint32_t number) const { return values_[number]; }

 protected:
  /// Throws unless the pickle may mention this name.
  virtual void check_global(const Value& global) = 0;
  /// The result of a call of a global with a tuple of arguments.
  virtual Value call(const Value& global, const Value& arguments) = 0;
  /// What an identifier stands for, that is not in the pickle.
  virtual Value find(const Value& identifier) = 0;

 private:
  std::string_view take_line();
  std::string_view take_text();
  std::int64_t take_long();
  void push(Value value);
  void push(Kind kind, std::int64_t integer) { push(Value{.kind = kind, .integer = integer}); }
  std::uint32_t pop();
  std::vector<std::uint32_t> pop_to_mark();
  Value& top(Kind kind, const char* what);
  void append(Kind kind, const std::vector<std::uint32_t>& items);
  void push_items(Kind kind, std::vector<std::uint32_t> items);
  void push_tuple(int count);
  void push_global();
  void reduce();
  void build();
  void remember(std::uint64_t place);
  void recall(std::uint64_t place);
  bool step();

  Bytes bytes_;
  std::uint64_t size_ = 0;
  std::vector<Value> values_;
  std::vector<std::uint32_t> stack_;
  std::vector<std::size_t> marks_;  // heights of the stack
  std::unordered_map<std::uint64_t, std::uint32_t> memo_;
};

}  // namespace taper::io::detail
