// IDX: two zero bytes, a code for the dtype, the rank, the extents (32 bits each), the elements; big-endian.
#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <zlib.h>

#include <taper/data/idx.h>
#include <taper/io/elements.h>
#include <taper/io/file.h>
#include <taper/tensor/error.h>
#include <taper/tensor/function.h>

namespace taper::data {
namespace {

using io::detail::Malformed, io::detail::reading;

constexpr std::uint64_t max_bytes = std::uint64_t{1} << 56;  // more than any file has

// The bytes of a file, decompressed while they are read if it is a gzip file. Reads at most one buffer more
// of the file than is needed.
class Source {
 public:
  // `read(out, bytes)` reads the next bytes of the file, which has `size` bytes.
  Source(std::uint64_t size, Function<void(void*, std::uint64_t)> read)
      : read_(std::move(read)), size_(size), rest_(size) {
    refill();
    constexpr int gzip_only = 16;
    zipped_ = buffer_[0] == 0x1f && buffer_[1] == 0x8b;
    if (zipped_ && inflateInit2(&stream_, MAX_WBITS + gzip_only) != Z_OK)
      throw MemoryError("read_idx: out of memory for decompression");
  }
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;
  ~Source() {
    if (zipped_) inflateEnd(&stream_);
  }

  // The size of the file in bytes.
  std::uint64_t size() const { return size_; }
  // The largest possible number of bytes after decompression.
  std::uint64_t limit() const {
    // Deflate needs at least two bits for 258 bytes, so the size can grow at most 1032 times.
    return !zipped_ ? size_ : size_ > max_bytes / 1032 ? max_bytes : size_ * 1032;
  }

  // Reads up to `bytes` bytes and returns the number of bytes read.
  std::uint64_t read(void* out, std::uint64_t bytes) {
    unsigned char* const to = static_cast<unsigned char*>(out);
    if (zipped_) return inflate_to(to, bytes);
    const std::uint64_t begun = std::min<std::uint64_t>(bytes, stream_.avail_in);
    std::memcpy(to, stream_.next_in, begun);
    stream_.next_in += begun;
    stream_.avail_in -= static_cast<uInt>(begun);
    const std::uint64_t direct = std::min(bytes - begun, rest_);
    read_(to + begun, direct);
    rest_ -= direct;
    return begun + direct;
  }

 private:
  void refill() {
    stream_.avail_in = static_cast<uInt>(std::min<std::uint64_t>(buffer_.size(), rest_));
    read_(buffer_.data(), stream_.avail_in);
    rest_ -= stream_.avail_in;
    stream_.next_in = buffer_.data();
  }

  std::uint64_t inflate_to(unsigned char* out, std::uint64_t bytes) {
    constexpr std::uint64_t largest_step = std::uint64_t{1} << 30;  // zlib counts in 32 bits
    std::uint64_t done = 0;
    while (done < bytes && !ended_) {
      if (stream_.avail_in == 0) refill();
      const uInt space = static_cast<uInt>(std::min(bytes - done, largest_step));
      stream_.next_out = out + done;
      stream_.avail_out = space;
      const int status = inflate(&stream_, Z_NO_FLUSH);
      done += space - stream_.avail_out;
      if (status == Z_STREAM_END) {
        ended_ = stream_.avail_in == 0 && rest_ == 0;
        if (!ended_) inflateReset(&stream_);  // a gzip file may have several members
      } else if (status == Z_BUF_ERROR) {
        throw Malformed("the gzip stream is truncated");
      } else if (status == Z_MEM_ERROR) {
        throw MemoryError("read_idx: out of memory for decompression");
      } else if (status != Z_OK) {
        throw Malformed(
            fmt::format("the gzip stream is damaged ({})", stream_.msg != nullptr ? stream_.msg : "unknown"));
      }
    }
    return done;
  }

  Function<void(void*, std::uint64_t)> read_;
  std::uint64_t size_, rest_;  // bytes in the file, and those not yet read
  std::vector<unsigned char> buffer_ = std::vector<unsigned char>(1 << 16);
  z_stream stream_ = {};  // its input is the unread part of the buffer
  bool zipped_ = false, ended_ = false;
};

// How elements are stored in the file, and the dtype of the result.
struct Format {
  unsigned char code;
  int bytes;
  DType dtype;
};
constexpr Format formats[] = {{0x08, 1, DType::uint8}, {0x09, 1, DType::int32},   {0x0B, 2, DType::int32},
                              {0x0C, 4, DType::int32}, {0x0D, 4, DType::float32}, {0x0E, 8, DType::float64}};

template <class T>
T big_endian(const unsigned char* bytes) {
  T value = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i) value = static_cast<T>(value << 8 | bytes[i]);
  return value;
}

// Elements of type From, written big-endian as the unsigned Bits, become To; `from` and `to` may be the same.
template <class From, class Bits, class To>
void convert(const unsigned char* from, void* to, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) {
    const To value = static_cast<To>(std::bit_cast<From>(big_endian<Bits>(from + i * sizeof(Bits))));
    std::memcpy(static_cast<To*>(to) + i, &value, sizeof value);
  }
}

// What comes before the elements.
struct Header {
  const Format* format;
  Shape shape;
};

Header read_header(Source& source) {
  if (source.size() == 0) throw Malformed("it has no content");
  unsigned char magic[4];
  if (source.read(magic, 4) != 4 || magic[0] != 0 || magic[1] != 0)
    throw Malformed("it is not an IDX file, which begins with two zero bytes, a dtype code and a rank");
  const auto* const format = std::find_if(std::begin(formats), std::end(formats),
                                          [&](const Format& format) { return format.code == magic[2]; });
  if (format == std::end(formats))
    throw Malformed(fmt::format("its dtype code {:#04x} is unknown", magic[2]));
  const int rank = magic[3];
  if (rank < 1 || rank > Shape::max_rank)
    throw Malformed(fmt::format("expected a rank from 1 to {}, got {}", Shape::max_rank, rank));

  unsigned char header[4 * Shape::max_rank];
  const std::size_t header_bytes = 4 * std::size_t{magic[3]};
  if (source.read(header, header_bytes) != header_bytes)
    throw Malformed("it ends before the end of its header");
  Shape shape;
  for (int i = 0; i < rank; ++i) shape.push_back(big_endian<std::uint32_t>(header + 4 * i));
  return {format, shape};
}

Tensor decode(Source source) {
  const auto [format, shape] = read_header(source);
  const bool empty = std::find(shape.begin(), shape.end(), 0) != shape.end();
  const std::uint64_t limit = empty ? max_bytes : source.limit();
  std::uint64_t wanted = static_cast<std::uint64_t>(format->bytes);
  for (const std::int64_t extent : shape) {
    const std::uint64_t factor = static_cast<std::uint64_t>(std::max<std::int64_t>(extent, 1));
    if (factor > limit / wanted)
      throw Malformed(fmt::format("its shape {} needs more bytes than a file of {} bytes can contain",
                                  to_string(shape), source.size()));
    wanted *= factor;
  }
  if (empty) wanted = 0;

  Tensor result = Tensor::empty(shape, format->dtype);
  unsigned char* const out = static_cast<unsigned char*>(result.mutable_raw());
  const bool widened = format->bytes != size_of(format->dtype);
  Tensor scratch = widened ? Tensor::empty({static_cast<std::int64_t>(wanted)}, uint8) : result;
  unsigned char* const raw = static_cast<unsigned char*>(scratch.mutable_raw());
  const std::uint64_t got = source.read(raw, wanted);
  if (got != wanted)
    throw Malformed(
        fmt::format("its shape {} needs {} bytes, but only {} follow", to_string(shape), wanted, got));
  unsigned char beyond;
  if (source.read(&beyond, 1) != 0)  // this also checks gzip's checksum
    throw Malformed(
        fmt::format("more bytes follow than the {} that its shape {} needs", wanted, to_string(shape)));

  const std::int64_t count = result.numel();
  switch (format->code) {
    case 0x09:
      convert<std::int8_t, std::uint8_t, std::int32_t>(raw, out, count);
      break;
    case 0x0B:
      convert<std::int16_t, std::uint16_t, std::int32_t>(raw, out, count);
      break;
    case 0x0C:
      convert<std::int32_t, std::uint32_t, std::int32_t>(raw, out, count);
      break;
    case 0x0D:
      convert<float, std::uint32_t, float>(raw, out, count);
      break;
    case 0x0E:
      convert<double, std::uint64_t, double>(raw, out, count);
      break;
    default:
      break;  // uint8 needs no conversion
  }
  return result;
}

}  // namespace

Tensor read_idx(const std::string& path) {
  io::InputFile file("read_idx", path);
  return reading(fmt::format("read_idx: '{}': ", path), [&] {
    return decode({file.size(), [&](void* out, std::uint64_t bytes) { file.read(out, bytes); }});
  });
}

Tensor parse_idx(std::span<const std::byte> bytes) {
  return reading("parse_idx: ", [&] { return decode({bytes.size(), io::detail::reader(bytes)}); });
}

}  // namespace taper::data
