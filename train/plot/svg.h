// What pages and pictures of SVG share: colors, escaped text, short numbers.
#pragma once

#include <string>

namespace taper::training::plot {

/// The number of colors of series, which the classes c0, c1, ... have.
inline constexpr int colors = 8;

/// Rules for what figures consist of, in an element of the class "plot", with the colors of the series, light
/// and dark: the viewer's `prefers-color-scheme` chooses.
std::string style_sheet();
/// The colors of paper, text and grid, as the variables --paper, --ink, --soft and --grid of "plot".
std::string paper_colors();

/// Text between tags, or in a quoted attribute. What is no character of XML becomes U+FFFD.
std::string escape(const std::string& text);
/// A coordinate, in tenths of a pixel.
std::string px(double value);

}  // namespace taper::training::plot
