// Downloading: a file from the network, if it is not there yet, and the certainty that it is the right one.
#pragma once

#include <string>

namespace taper::data {

/// Makes sure that the file with this SHA-256 hash (64 hexadecimal digits) lies at `path`, and returns
/// `path`. If there is none, it is fetched from `url` (http or https) by the program curl or else wget, and
/// appears at `path` only when it is complete and its hash is right.
///
///     const std::string path = data::download("https://example.com/iris.csv", "iris.csv", "52d3b1...");
///
/// Throws IoError if there is a file with another hash at `path`, or if the download fails, as without a
/// network: the message says how to get the file otherwise. Throws ValueError for a URL or a hash that cannot
/// be one.
std::string download(const std::string& url, const std::string& path, const std::string& sha256);

}  // namespace taper::data
