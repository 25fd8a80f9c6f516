// Colors, escaped text, short numbers.
#include <cstdio>

#include <taper/train/plot/svg.h>

namespace taper::training::plot {

// Colors that differ in lightness as well as in hue, for those who see few hues.
std::string style_sheet() {
  return R"(.plot .c0{--c:#0068b0}.plot .c1{--c:#d24b00}.plot .c2{--c:#008a5e}.plot .c3{--c:#c2448f}
.plot .c4{--c:#b98500}.plot .c5{--c:#3fa7dd}.plot .c6{--c:#6a45b8}.plot .c7{--c:#6f6f6f}.plot .m{--c:var(--soft)}
@media (prefers-color-scheme:dark){
.plot .c0{--c:#4da3ff}.plot .c1{--c:#ff8f4a}.plot .c2{--c:#3fcf9c}.plot .c3{--c:#f08bc8}
.plot .c4{--c:#f0c040}.plot .c5{--c:#a5dcff}.plot .c6{--c:#b79cff}.plot .c7{--c:#b5b5b5}}
.plot text{fill:var(--ink)}.plot .t{fill:var(--soft);font-size:11px}.plot .h{font-weight:600}
.plot .g{stroke:var(--grid)}.plot .f{fill:none;stroke:var(--soft)}
.plot .l{fill:none;stroke:var(--c);stroke-linejoin:round;stroke-linecap:round}.plot .d{fill:var(--c)}
.plot .b{paint-order:stroke;stroke:var(--paper);stroke-width:5}
.plot .o{stroke:var(--paper);stroke-width:1}
)";
}

std::string paper_colors() {
  return R"(.plot{--paper:#fff;--ink:#1b1f24;--soft:#57606a;--grid:#e4e7eb;font:12px system-ui,"DejaVu Sans",sans-serif}
@media (prefers-color-scheme:dark){.plot{--paper:#14181d;--ink:#e6e9ec;--soft:#9aa4ae;--grid:#2c333b}}
)";
}

std::string escape(const std::string& text) {
  std::string result;
  for (std::size_t i = 0; i < text.size();) {
    const auto byte = static_cast<unsigned char>(text[i]);
    // The length that the first byte promises, if the others keep it.
    std::size_t length = byte < 0x80 ? 1 : byte >= 0xF0 && byte < 0xF5 ? 4 : byte >= 0xE0 ? 3 : 2;
    bool valid = byte < 0x80 || (byte >= 0xC2 && byte < 0xF5 && i + length <= text.size());
    for (std::size_t k = 1; valid && k < length; ++k) valid = (text[i + k] & 0xC0) == 0x80;
    if (byte < 0x20 && byte != '\n' && byte != '\t') valid = false;
    if (!valid) {
      result += "\uFFFD";
      length = 1;
    } else if (byte == '<') {
      result += "&lt;";
    } else if (byte == '>') {
      result += "&gt;";
    } else if (byte == '&') {
      result += "&amp;";
    } else if (byte == '"') {
      result += "&quot;";
    } else if (byte == '\'') {
      result += "&#39;";
    } else {
      result.append(text, i, length);
    }
    i += length;
  }
  return result;
}

std::string px(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f", value);
  std::string result = text;
  if (result.ends_with(".0")) result.resize(result.size() - 2);
  return result == "-0" ? "0" : result;
}

}  // namespace taper::training::plot
