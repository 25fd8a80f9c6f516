// Contenders in Python: each is a child process that runs peers.py and answers line by line.
#pragma once

#include <string>

namespace comparison {

/// Starts PyTorch, JAX and TensorFlow for so many threads and registers those that `python` has.
void register_peers(const std::string& python, int threads);

}  // namespace comparison
