// Concurrency: how many threads can really run at the same time.
#pragma once

namespace taper {

/// The smaller of num_threads() and the number of cores that this process may use: more threads than cores
/// only slow each other down. For tests, the environment variable TAPER_CORES overrides the number of cores.
int concurrency();

}  // namespace taper
