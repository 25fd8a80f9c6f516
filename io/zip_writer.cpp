// Writing of zip archives: PKWARE's APPNOTE.TXT, 4.3. Not through libzip, which knows no alignment, and would
// write a file of its own; so it needs zlib alone.
#include <algorithm>
#include <limits>

#include <fmt/format.h>
#include <zlib.h>

#include <taper/io/zip.h>
#include <taper/tensor/error.h>

namespace taper::io {
namespace {

constexpr std::uint64_t largest_32 = 0xffffffff;                // stands for: see the zip64 field
constexpr std::uint32_t first_of_1980 = 0x0021'0000;            // the first date that the format has
constexpr std::uint16_t zip64_id = 1, padding_id = 0xd935;      // the latter is that of Android's zipalign
constexpr std::uint64_t largest_call = std::uint64_t{1} << 30;  // zlib counts in 32 bits

// Appends the numbers of a record, each with as many bytes as its type has.
template <class... Numbers>
void put(std::string& record, Numbers... numbers) {
  (record.append(reinterpret_cast<const char*>(&numbers), sizeof(numbers)), ...);
}

std::uint16_t u16(std::uint64_t value) { return static_cast<std::uint16_t>(value); }
std::uint32_t u32(std::uint64_t value) { return static_cast<std::uint32_t>(value); }

std::uint32_t checksum(std::initializer_list<std::string_view> parts) {
  uLong crc = crc32(0, nullptr, 0);
  for (std::string_view part : parts)
    for (; !part.empty(); part.remove_prefix(std::min<std::size_t>(part.size(), largest_call)))
      crc = crc32(crc, reinterpret_cast<const Bytef*>(part.data()),
                  static_cast<uInt>(std::min<std::size_t>(part.size(), largest_call)));
  return static_cast<std::uint32_t>(crc);
}

// A compressor that ends when it goes out of scope.
struct Deflater {
  explicit Deflater(const char* function) {
    // A negative number of bits: without a header of zlib's own.
    if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY) != Z_OK)
      throw MemoryError(fmt::format("{}: out of memory for the compressor", function));
  }
  Deflater(const Deflater&) = delete;
  Deflater& operator=(const Deflater&) = delete;
  ~Deflater() { deflateEnd(&stream); }

  void append(std::string& out, std::string_view part, bool last) {
    char buffer[1 << 14];
    do {
      const std::size_t taken = std::min<std::size_t>(part.size(), largest_call);
      stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(part.data()));
      stream.avail_in = static_cast<uInt>(taken);
      part.remove_prefix(taken);
      do {
        stream.next_out = reinterpret_cast<Bytef*>(buffer);
        stream.avail_out = sizeof(buffer);
        deflate(&stream, last && part.empty() ? Z_FINISH : Z_NO_FLUSH);
        out.append(buffer, sizeof(buffer) - stream.avail_out);
      } while (stream.avail_out == 0);
    } while (!part.empty());
  }

  z_stream stream{};
};

std::string deflated(const char* function, std::initializer_list<std::string_view> parts) {
  Deflater deflater(function);
  std::string result;
  for (const std::string_view part : parts) deflater.append(result, part, false);
  deflater.append(result, {}, true);
  return result;
}

}  // namespace

ZipWriter::ZipWriter(const char* function, const std::string& path)
    : function_(function), file_(function, path) {}

void ZipWriter::write(std::string_view bytes) {
  file_.write(bytes.data(), bytes.size());
  position_ += bytes.size();
}

void ZipWriter::add(const std::string& name, std::initializer_list<std::string_view> parts,
                    const ZipEntryOptions& options) {
  if (name.empty() || name.size() > std::numeric_limits<std::uint16_t>::max())
    throw ValueError(
        fmt::format("{}: expected an entry's name of 1 to 65535 bytes, got {}", function_, name.size()));
  const auto place = std::lower_bound(names_.begin(), names_.end(), name);
  if (place != names_.end() && *place == name)
    throw ValueError(fmt::format("{}: the name '{}' occurs twice", function_, name));
  names_.insert(place, name);

  std::uint64_t size = 0;
  for (const std::string_view part : parts) size += part.size();
  const std::string compressed = options.deflate ? deflated(function_, parts) : std::string();
  const std::uint64_t stored = options.deflate ? compressed.size() : size, offset = position_;
  const std::uint32_t crc = checksum(parts);
  const bool large = options.zip64 || size >= largest_32 || stored >= largest_32;
  const bool ascii = std::all_of(name.begin(), name.end(), [](char c) { return c >= 0; });
  // What both records of an entry begin with: version, flags (UTF-8), method, time, checksum, sizes, name.
  const auto common = [&](bool zip64, bool sizes) {
    std::string record;
    put(record, u16(zip64 ? 45 : 20), u16(ascii ? 0 : 1 << 11), u16(options.deflate ? 8 : 0), first_of_1980,
        crc, u32(sizes ? largest_32 : stored), u32(sizes ? largest_32 : size), u16(name.size()));
    return record;
  };

  std::string extra;
  if (large) put(extra, zip64_id, u16(16), size, stored);
  constexpr std::size_t local_bytes = 30, padding_header = 6;
  if (options.alignment > 1 && !options.deflate) {
    const std::uint64_t begin = offset + local_bytes + name.size() + extra.size() + padding_header;
    const std::uint64_t padding = (options.alignment - begin % options.alignment) % options.alignment;
    put(extra, padding_id, u16(2 + padding), options.alignment);
    extra.append(padding, '\0');
  }
  std::string local;
  put(local, std::uint32_t{0x04034b50});
  local += common(large, large);
  put(local, u16(extra.size()));
  write(local + name + extra);
  if (options.deflate)
    write(compressed);
  else
    for (const std::string_view part : parts) write(part);

  const bool far = large || offset >= largest_32;
  std::string field;
  if (large) put(field, size, stored);
  if (far) put(field, offset);
  constexpr std::uint16_t made_by_unix = 3 << 8 | 45;
  constexpr std::uint32_t regular_file = 0100644u << 16;
  put(directory_, std::uint32_t{0x02014b50}, made_by_unix);
  directory_ += common(far, large);
  put(directory_, u16(far ? field.size() + 4 : 0), std::uint16_t{0}, std::uint16_t{0}, std::uint16_t{0},
      regular_file, u32(far ? largest_32 : offset));
  directory_ += name;
  if (far) put(directory_, zip64_id, u16(field.size()));
  directory_ += field;
  ++count_;
}

void ZipWriter::commit() {
  const std::uint64_t begin = position_, size = directory_.size();
  constexpr std::uint64_t largest_16 = 0xffff;
  std::string end;
  if (begin >= largest_32 || size >= largest_32 || count_ >= largest_16) {
    put(end, std::uint32_t{0x06064b50}, std::uint64_t{44}, u16(45), u16(45), std::uint32_t{0},
        std::uint32_t{0}, count_, count_, size, begin);
    put(end, std::uint32_t{0x07064b50}, std::uint32_t{0}, begin + size, std::uint32_t{1});
  }
  put(end, std::uint32_t{0x06054b50}, std::uint16_t{0}, std::uint16_t{0}, u16(std::min(count_, largest_16)),
      u16(std::min(count_, largest_16)), u32(std::min(size, largest_32)), u32(std::min(begin, largest_32)),
      std::uint16_t{0});
  write(directory_);
  write(end);
  file_.commit();
}

}  // namespace taper::io
