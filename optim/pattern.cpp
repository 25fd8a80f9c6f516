// Pattern: parsing into the instructions of an NFA, and simulating it.
#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include <taper/optim/pattern.h>
#include <taper/tensor/error.h>

namespace taper::optim {
namespace {

constexpr std::size_t most_characters = 256, most_instructions = 2000;
constexpr char32_t last_character = 0x10ffff;

// Decodes UTF-8 into code points. An invalid byte becomes a surrogate, which is different from all valid code
// points.
std::u32string decode(const std::string& text) {
  std::u32string result;
  for (std::size_t i = 0; i < text.size();) {
    const auto byte = [&](std::size_t at) -> std::uint32_t {
      return at < text.size() ? static_cast<unsigned char>(text[at]) : 0;
    };
    const std::uint32_t lead = byte(i);
    const std::size_t length = lead < 0x80 ? 1 : lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    char32_t point = length == 1 ? lead : lead & (0xffu >> (length + 1));
    bool valid = length > 0 && lead < 0xf5;
    for (std::size_t k = 1; valid && k < length; ++k) {
      valid = (byte(i + k) & 0xc0) == 0x80;
      point = point << 6 | (byte(i + k) & 0x3f);
    }
    result += valid ? point : 0xdc00 + lead;
    i += valid ? length : 1;
  }
  return result;
}

using Ranges = std::vector<std::pair<char32_t, char32_t>>;

Ranges complement(const Ranges& ranges) {  // `ranges` is in ascending order
  Ranges result;
  char32_t next = 0;
  for (const auto& [low, high] : ranges) {
    if (low > next) result.emplace_back(next, low - 1);
    next = high + 1;
  }
  result.emplace_back(next, last_character);
  return result;
}

// \d, \w, \s and their opposites.
std::optional<Ranges> class_of(char32_t letter) {
  const Ranges digits{{'0', '9'}}, words{{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}},
      spaces{{'\t', '\r'}, {' ', ' '}};
  switch (letter) {
    case 'd':
      return digits;
    case 'D':
      return complement(digits);
    case 'w':
      return words;
    case 'W':
      return complement(words);
    case 's':
      return spaces;
    case 'S':
      return complement(spaces);
    default:
      return {};
  }
}

bool is_digit(char32_t c) { return c >= '0' && c <= '9'; }
bool is_letter(char32_t c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_word(char32_t c) { return is_digit(c) || is_letter(c) || c == '_'; }

}  // namespace

// Instructions refer to the next ones relative to themselves, so the instructions of a part of the pattern
// can be moved and copied without changes. Each part is entered at its first instruction and left after its
// last one.
class Pattern::Parser {
 public:
  Parser(Pattern& pattern, const std::string& owner, const std::string& text)
      : pattern_(pattern), program_(pattern.program_), owner_(owner), shown_(text), text_(decode(text)) {
    if (text_.size() > most_characters)
      throw ValueError(fmt::format("{}: expected a pattern of at most {} characters, got {}", owner,
                                   most_characters, text_.size()));
    alternatives();
    if (at_ < text_.size()) fail("')' without '('");
    add({Kind::accept});
  }

 private:
  [[noreturn]] void fail(const std::string& why) const {
    throw ValueError(fmt::format("{}: '{}' is not a supported regular expression: {} at position {}", owner_,
                                 shown_, why, at_));
  }
  bool ahead(char32_t c) const { return at_ < text_.size() && text_[at_] == c; }
  bool skip(char32_t c) { return ahead(c) && (++at_, true); }
  char32_t next() {
    if (at_ == text_.size()) fail("the pattern ends too early");
    return text_[at_++];
  }

  void check_size(std::size_t more) const {
    if (program_.size() + more > most_instructions)
      throw ValueError(fmt::format("{}: '{}' repeats too much; it needs more than {} instructions", owner_,
                                   shown_, most_instructions));
  }
  void add(Instruction instruction) {
    check_size(1);
    program_.push_back(instruction);
  }
  void insert(std::size_t at, Instruction instruction) {
    check_size(1);
    program_.insert(program_.begin() + static_cast<std::ptrdiff_t>(at), instruction);
  }
  int length(std::size_t begin) const { return static_cast<int>(program_.size() - begin); }

  void alternatives() {
    const std::size_t begin = program_.size();
    sequence();
    if (!skip('|')) return;
    insert(begin, {Kind::split, 1, length(begin) + 2});
    const std::size_t jump = program_.size();
    add({Kind::split});
    alternatives();
    program_[jump].first = program_[jump].second = length(jump);
  }

  void sequence() {
    while (at_ < text_.size() && !ahead('|') && !ahead(')')) {
      const std::size_t begin = program_.size();
      const bool repeatable = atom();
      const std::size_t quantifier = at_;
      int least = 1, most = 1;  // most: -1 for no limit
      if (!quantified(least, most)) continue;
      if (!repeatable) at_ = quantifier, fail("nothing to repeat");
      skip('?');  // a lazy quantifier: only whether there is a match matters, not which one
      const std::size_t second = at_;
      int unused = 0;
      if (quantified(unused, unused)) at_ = second, fail("multiple repeat");
      repeat(begin, least, most);
    }
  }

  // One of * + ? {m} {m,} {,n} {m,n}. As in Python, a brace that does not begin a quantifier is an ordinary
  // character.
  bool quantified(int& least, int& most) {
    if (skip('*')) return least = 0, most = -1, true;
    if (skip('+')) return least = 1, most = -1, true;
    if (skip('?')) return least = 0, most = 1, true;
    if (!ahead('{')) return false;
    const std::size_t brace = at_++;
    const auto number = [&](int otherwise) {
      if (at_ == text_.size() || !is_digit(text_[at_])) return otherwise;
      int value = 0;
      for (; at_ < text_.size() && is_digit(text_[at_]); ++at_)
        value = std::min(10 * value + static_cast<int>(text_[at_] - '0'), 1000000);
      return value;
    };
    const std::size_t first = at_;
    const bool empty = ahead('}');
    least = number(0);
    const bool given = at_ > first;
    most = skip(',') ? number(-1) : given ? least : -1;
    if (empty || !skip('}') || (!given && text_[first] != ',')) return at_ = brace, false;
    if (most >= 0 && most < least) fail("the minimum number of repetitions is larger than the maximum");
    return true;
  }

  // Repeats the part of the program from `begin` on.
  void repeat(std::size_t begin, int least, int most) {
    const std::vector<Instruction> part(program_.begin() + static_cast<std::ptrdiff_t>(begin),
                                        program_.end());
    if (part.empty()) return;
    const int size = static_cast<int>(part.size());
    program_.resize(begin);
    const auto append = [&] {
      check_size(part.size());
      program_.insert(program_.end(), part.begin(), part.end());
    };
    for (int i = 0; i < least; ++i) append();
    if (most < 0) {
      add({Kind::split, 1, size + 2});
      append();
      add({Kind::split, -size - 1, -size - 1});
    }
    for (int i = least; i < most; ++i) {
      add({Kind::split, 1, size + 1});
      append();
    }
  }

  // Returns false if the parsed item cannot be repeated.
  bool atom() {
    const char32_t c = next();
    switch (c) {
      case '(':
        return group(), true;
      case '[':
        return brackets(), true;
      case '.':
        return take({{{'\n', '\n'}}, true}), true;
      case '^':
        return add({Kind::start}), false;
      case '$':
        return add({Kind::last}), false;
      case '\\':
        return escape();
      case '*':
      case '+':
      case '?':
        --at_, fail("nothing to repeat");
      case '{': {
        --at_;
        int unused = 0;
        const std::size_t brace = at_;
        if (quantified(unused, unused)) at_ = brace, fail("nothing to repeat");
        ++at_;
        break;
      }
      default:
        break;
    }
    take({{{c, c}}, false});
    return true;
  }

  void group() {
    if (skip('?') && !skip(':')) fail("of the groups that begin with '(?', only '(?:' is supported");
    alternatives();
    if (!skip(')')) fail("')' is missing");
  }

  void take(Set set) {
    add({Kind::take, 1, static_cast<int>(pattern_.sets_.size())});
    pattern_.sets_.push_back(std::move(set));
  }

  bool escape() {
    const char32_t c = next();
    if (c == 'A') return add({Kind::start}), false;
    if (c == 'Z') return add({Kind::end}), false;
    if (c == 'b') return add({Kind::boundary}), false;
    if (c == 'B') return add({Kind::inside}), false;
    if (const auto ranges = class_of(c)) return take({*ranges, false}), true;
    const char32_t value = escaped(c);
    return take({{{value, value}}, false}), true;
  }

  // The character that the escape \c means.
  char32_t escaped(char32_t c) {
    constexpr std::u32string_view letters = U"afnrtv", values = U"\a\f\n\r\t\v";
    if (const std::size_t found = letters.find(c); found != letters.npos) return values[found];
    if (c == 'x') {
      char32_t value = 0;
      for (int i = 0; i < 2; ++i) {
        const char32_t digit = next(), lower = digit | 0x20;
        if (!is_digit(digit) && (lower < 'a' || lower > 'f'))
          fail("expected two hexadecimal digits after \\x");
        value = 16 * value + (is_digit(digit) ? digit - '0' : lower - 'a' + 10);
      }
      return value;
    }
    if (is_digit(c)) fail("references to groups are not supported");
    if (is_letter(c)) fail("an unknown escape");
    return c;
  }

  void brackets() {
    Set set;
    set.negated = skip('^');
    for (bool first = true; first || !ahead(']'); first = false) {
      bool low_is_class = false, high_is_class = false;
      const char32_t low = member(set, low_is_class);
      const bool range = at_ + 1 < text_.size() && text_[at_] == '-' && text_[at_ + 1] != ']';
      if (!range) {
        if (!low_is_class) set.ranges.emplace_back(low, low);
        continue;
      }
      ++at_;
      const char32_t high = member(set, high_is_class);
      if (low_is_class || high_is_class || high < low) fail("an invalid range of characters");
      set.ranges.emplace_back(low, high);
    }
    ++at_;
    take(std::move(set));
  }

  // Adds one character, or a class such as \d, to the set.
  char32_t member(Set& set, bool& is_class) {
    const char32_t c = next();
    if (c != '\\') return c;
    const char32_t letter = next();
    if (letter == 'b') return '\b';
    if (const auto ranges = class_of(letter)) {
      set.ranges.insert(set.ranges.end(), ranges->begin(), ranges->end());
      is_class = true;
      return 0;
    }
    return escaped(letter);
  }

  Pattern& pattern_;
  std::vector<Instruction>& program_;
  const std::string &owner_, &shown_;
  const std::u32string text_;
  std::size_t at_ = 0;
};

Pattern::Pattern(const std::string& owner, const std::string& text) { Parser(*this, owner, text); }

bool Pattern::contains(int set, char32_t c) const {
  const Set& members = sets_[static_cast<std::size_t>(set)];
  const bool among = std::any_of(members.ranges.begin(), members.ranges.end(),
                                 [c](const auto& range) { return range.first <= c && c <= range.second; });
  return among != members.negated;
}

// Whether a condition (start, end, word boundary) holds at the position before character `at`.
bool Pattern::holds(Kind kind, const std::u32string& name, std::size_t at) const {
  const bool at_end = at == name.size();
  const auto word = [&](std::size_t i) { return i < name.size() && is_word(name[i]); };
  const bool edge = word(at) != (at > 0 && word(at - 1));
  switch (kind) {
    case Kind::start:
      return at == 0;
    case Kind::end:
      return at_end;
    case Kind::last:
      return at_end || (at + 1 == name.size() && name[at] == '\n');
    case Kind::boundary:
      return edge;
    case Kind::inside:
      return !edge && !name.empty();
    default:
      return true;
  }
}

Pattern::Result Pattern::search(const std::string& text) const {
  const std::u32string name = decode(text);
  std::vector<std::size_t> now, next;                               // instructions to execute
  std::vector<std::size_t> seen(program_.size(), name.size() + 1);  // the last position of each instruction
  Result result{false, 0};
  for (std::size_t at = 0; at <= name.size(); ++at) {
    const auto visit = [&](std::size_t instruction) {
      if (seen[instruction] == at) return;
      seen[instruction] = at;
      now.push_back(instruction);
    };
    now.clear();
    for (const std::size_t instruction : next) visit(instruction);
    visit(0);  // a match may begin anywhere
    next.clear();
    while (!now.empty()) {
      const std::size_t place = now.back();
      now.pop_back();
      ++result.steps;
      const Instruction& it = program_[place];
      const auto target = [&](int offset) { return place + static_cast<std::size_t>(offset); };
      if (it.kind == Kind::accept) return result.found = true, result;
      if (it.kind == Kind::take) {
        if (at < name.size() && contains(it.second, name[at])) next.push_back(target(1));
      } else if (holds(it.kind, name, at)) {
        visit(target(it.first));
        if (it.kind == Kind::split) visit(target(it.second));
      }
    }
  }
  return result;
}

}  // namespace taper::optim
