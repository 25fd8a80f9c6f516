// libFuzzer: no bytes make parse_pytorch do anything but return tensors or throw IoError. Since an archive
// has checksums, bytes that are none are taken as its pickle, beside storages that are always there.
#include "touch.h"
#include <taper/io/pytorch.h>
#include <taper/io/pytorch_state.h>
#include <taper/tensor/create.h>
#include <taper/tensor/elementwise.h>
#include <taper/tensor/error.h>

using namespace taper;

namespace {

Tensor storage(const std::string&, io::detail::ElementType type, std::uint64_t count) {
  if (count > 100) throw io::detail::Malformed("no storage is so large");
  return zeros({static_cast<std::int64_t>(count)}, io::detail::dtype_of(type));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try {
    const io::TensorFile file = text.starts_with("PK")
                                    ? io::parse_pytorch(std::as_bytes(std::span(data, size)))
                                    : io::detail::decode_state(text, storage);
    for (const auto& [name, tensor] : file.tensors) touch(compute::contiguous(tensor));
  } catch (const IoError&) {
  } catch (const io::detail::Malformed&) {
  }
  return 0;
}
