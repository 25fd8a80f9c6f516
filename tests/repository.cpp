// Where the files of this repository lie. The only file of the tests that is compiled with that place, so
// that a compiler cache can serve several copies of the repository.
#include <repository.h>

std::string repository(const std::string& path) { return TAPER_SOURCE_DIR "/" + path; }
