// Where the files of this repository lie.
#pragma once

#include <string>

/// The whole path of `path`, which is relative to the repository's root.
std::string repository(const std::string& path);
