// Writing HDF5, with its library, into memory.
#include <mutex>
#include <set>

#include <fmt/format.h>

#include <taper/io/file.h>
#include <taper/io/hdf5.h>
#include <taper/io/optional_library.h>
#include <taper/tensor/elementwise.h>
#include <taper/tensor/error.h>

#ifdef TAPER_HAS_HDF5
#include <hdf5.h>
#endif

namespace taper::io {

#ifdef TAPER_HAS_HDF5
namespace {

// The library is not made for threads, and prints what fails unless it is told not to.
class Guard {
 public:
  Guard() {
    H5Eget_auto2(H5E_DEFAULT, &function_, &data_);
    H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  }
  Guard(const Guard&) = delete;
  Guard& operator=(const Guard&) = delete;
  ~Guard() { H5Eset_auto2(H5E_DEFAULT, function_, data_); }

 private:
  static inline std::mutex mutex;
  const std::lock_guard<std::mutex> lock_{mutex};
  H5E_auto2_t function_ = nullptr;
  void* data_ = nullptr;
};

// A number of the library that has to be given back.
class Handle {
 public:
  Handle(hid_t id, herr_t (*close)(hid_t), const std::string& what) : id_(id), close_(close) {
    if (id_ < 0) throw IoError(fmt::format("save_hdf5: HDF5's library cannot make {}", what));
  }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() { close_(id_); }
  operator hid_t() const noexcept { return id_; }  // NOLINT: implicit on purpose

 private:
  hid_t id_;
  herr_t (*close_)(hid_t);
};

void check(herr_t result, const std::string& what) {
  if (result < 0) throw IoError(fmt::format("save_hdf5: HDF5's library cannot write {}", what));
}

// In the file, float16 is described by its bits.
hid_t new_type(DType dtype) {
  switch (dtype) {
    case DType::float32:
      return H5Tcopy(H5T_IEEE_F32LE);
    case DType::float64:
      return H5Tcopy(H5T_IEEE_F64LE);
    case DType::int64:
      return H5Tcopy(H5T_STD_I64LE);
    case DType::int32:
      return H5Tcopy(H5T_STD_I32LE);
    case DType::uint8:
    case DType::boolean:
      return H5Tcopy(H5T_STD_U8LE);
    case DType::float16: {
      const hid_t half = H5Tcopy(H5T_IEEE_F32LE);
      if (H5Tset_fields(half, 15, 10, 5, 0, 10) < 0 || H5Tset_size(half, 2) < 0 || H5Tset_ebias(half, 15) < 0)
        return -1;
      return half;
    }
    case DType::bfloat16:
      break;
  }
  throw DTypeError("save_hdf5: expected another dtype than bfloat16; convert it to float32");
}

void write_tensor(hid_t file, const std::string& path, const Tensor& tensor) {
  if (!tensor.defined()) throw ValueError(fmt::format("save_hdf5: the tensor '{}' is undefined", path));
  const Tensor dense = compute::contiguous(tensor);
  std::vector<hsize_t> extents(tensor.shape().begin(), tensor.shape().end());
  const Handle type(new_type(tensor.dtype()), H5Tclose, "a datatype"),
      space(H5Screate_simple(tensor.rank(), extents.data(), nullptr), H5Sclose, "a dataspace"),
      set(H5Dcreate2(file, path.c_str(), type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT), H5Dclose,
          "'" + path + "'");
  if (tensor.numel() > 0) check(H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, dense.raw()), path);
}

void write_attribute(hid_t file, const std::string& path, const std::string& name, const std::string& text) {
  const Handle type(H5Tcopy(H5T_C_S1), H5Tclose, "a datatype"),
      space(H5Screate(H5S_SCALAR), H5Sclose, "a dataspace");
  check(H5Tset_size(type, H5T_VARIABLE), name);
  check(H5Tset_cset(type, H5T_CSET_UTF8), name);
  const Handle object(H5Oopen(file, path.empty() ? "/" : path.c_str(), H5P_DEFAULT), H5Oclose,
                      "'" + path + "'"),
      made(H5Acreate2(object, name.c_str(), type, space, H5P_DEFAULT, H5P_DEFAULT), H5Aclose,
           "'" + name + "'");
  const char* const pointer = text.c_str();
  check(H5Awrite(made, type, &pointer), name);
}

// All paths of groups, parents first.
std::set<std::string> all_groups(const Hdf5& content) {
  std::set<std::string> paths(content.groups.begin(), content.groups.end());
  const auto add_parents = [&](std::string path) {
    while (path.find('/') != std::string::npos) {
      path.erase(path.rfind('/'));
      paths.insert(path);
    }
  };
  for (const std::string& path : content.groups) add_parents(path);
  for (const auto& [path, tensor] : content.tensors) add_parents(path);
  return paths;
}

void check_paths(const Hdf5& content, const std::set<std::string>& groups) {
  std::set<std::string> paths = groups;
  for (const auto& [path, tensor] : content.tensors)
    if (!paths.insert(path).second)
      throw ValueError(fmt::format("save_hdf5: '{}' is the path of two things", path));
  for (const std::string& path : paths)
    if (path.empty() || path.find('\0') != std::string::npos ||
        ("/" + path + "/").find("//") != std::string::npos ||
        ("/" + path + "/").find("/./") != std::string::npos)
      throw ValueError(fmt::format("save_hdf5: '{}' is no path", path));
  for (const auto& [path, all] : content.attributes)
    if (!path.empty() && !paths.contains(path))
      throw ValueError(fmt::format("save_hdf5: attributes are given for '{}', which is not there", path));
}

}  // namespace

std::string format_hdf5(const Hdf5& content) {
  const std::set<std::string> groups = all_groups(content);
  check_paths(content, groups);
  const Guard guard;
  const Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose, "a list of properties");
  check(H5Pset_fapl_core(access, 1 << 16, 0), "into memory");
  const Handle file(H5Fcreate("taper", H5F_ACC_TRUNC, H5P_DEFAULT, access), H5Fclose, "a file in memory");
  for (const std::string& path : groups)
    Handle(H5Gcreate2(file, path.c_str(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT), H5Gclose, "'" + path + "'");
  for (const auto& [path, tensor] : content.tensors) write_tensor(file, path, tensor);
  for (const auto& [path, all] : content.attributes)
    for (const auto& [name, text] : all) write_attribute(file, path, name, text);
  check(H5Fflush(file, H5F_SCOPE_LOCAL), "all");
  const ssize_t size = H5Fget_file_image(file, nullptr, 0);
  std::string bytes(static_cast<std::size_t>(std::max<ssize_t>(size, 0)), '\0');
  if (size <= 0 || H5Fget_file_image(file, bytes.data(), bytes.size()) != size)
    throw IoError("save_hdf5: HDF5's library cannot give what it has written");
  return bytes;
}
#else
std::string format_hdf5(const Hdf5&) { detail::throw_missing_library("save_hdf5", "HDF5", "libhdf5-dev"); }
#endif

void save_hdf5(const std::string& path, const Hdf5& content) { write_file(path, format_hdf5(content)); }

}  // namespace taper::io
