// Concurrency: how many threads really work at a time.
#pragma once

namespace taper {

/// num_threads(), but no more than this process has cores, for more would only get into each other's way.
/// TAPER_CORES in the environment takes the place of the number of cores: for tests.
int concurrency();

}  // namespace taper
