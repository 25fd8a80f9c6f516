// A main for fuzz targets without libFuzzer: runs each file that is named, as any compiler's test of the
// corpus.
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
extern "C" [[gnu::weak]] int LLVMFuzzerInitialize(int*, char***);

int main(int count, char** files) {
  if (LLVMFuzzerInitialize != nullptr) LLVMFuzzerInitialize(&count, &files);
  for (int i = 1; i < count; ++i) {
    std::ifstream stream(files[i], std::ios::binary);
    const std::vector<char> bytes((std::istreambuf_iterator<char>(stream)), {});
    std::printf("%s\n", files[i]);
    std::fflush(stdout);  // if it crashes, the last line tells where
    LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  }
  return count > 1 ? 0 : 1;
}
