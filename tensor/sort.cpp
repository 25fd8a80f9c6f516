// Sorting: keys with their indices in one word, radix sort, selection.
#include <algorithm>
#include <array>
#include <bit>
#include <utility>

#include <fmt/format.h>

#include <taper/tensor/check.h>
#include <taper/tensor/elementwise.h>
#include <taper/tensor/error.h>
#include <taper/tensor/order.h>
#include <taper/tensor/parallel.h>
#include <taper/tensor/sort.h>

namespace taper::compute {
namespace {

// Note [Sorting words]
// An element becomes a word: its key (see order.h), inverted for a descending order, above its 32-bit index.
// All words of a row are different, so there is one sorted order, which is the stable one; algorithms,
// threads and chunks do not show. The key gives the element back, but for zeros and NaN, which are read
// again.

__extension__ typedef unsigned __int128 Wide;
template <class T>
using Word = std::conditional_t<sizeof(Key<T>) == 4, std::uint64_t, Wide>;

constexpr int index_bits = 32;
constexpr std::int64_t most_elements = (std::int64_t{1} << index_bits) - 2;

// Measured: the most words that insertion sorts faster than merging, and merging than radix sort; the least
// for which wide digits pay; the most selected ones that stay sorted while more are looked at, and that are
// not put into their order first.
constexpr std::int64_t most_inserted = 32, most_merged = 128, least_wide = 4096, most_kept_sorted = 48,
                       most_selected = 512;
constexpr int narrow_digit = 8, wide_digit = 11;
// Words for each thread of several that sort one row; shorter rows are sorted by one.
constexpr std::int64_t words_per_chunk = 1 << 16, most_chunks = 16;

// Calls loop(chunk, begin, end) for each part of `count` units.
template <class Loop>
void in_chunks(std::int64_t chunks, std::int64_t count, Loop&& loop) {
  parallel_for(chunks, [&](std::int64_t chunk) {
    loop(chunk, chunk_begin(chunk, chunks, count), chunk_begin(chunk + 1, chunks, count));
  });
}

// Fewer moves than `most` sort the words, or the function gives up and returns false.
template <class W>
bool insertion_sort(W* words, std::int64_t count, std::int64_t most) {
  for (std::int64_t i = 1; i < count; ++i) {
    const W word = words[i];
    std::int64_t place = i;
    for (; place > 0 && word < words[place - 1]; --place) words[place] = words[place - 1];
    words[place] = word;
    most -= i - place;
    if (most < 0) return false;
  }
  return true;
}

// Two sorted rows, one after the other, the second as long as the first or longer by one word, become one:
// from both ends at once, each to the middle. So neither row comes to its end, and nothing has to be guessed.
template <class W>
void merge(const W* from, std::int64_t count, W* to) {
  const std::int64_t half = count / 2;
  std::int64_t a = 0, b = half, last_a = half - 1, last_b = count - 1;
  for (std::int64_t i = 0; i < half; ++i) {
    const W low_a = from[a], low_b = from[b], high_a = from[last_a], high_b = from[last_b];
    const bool second = low_b < low_a, first = high_b < high_a;
    to[i] = second ? low_b : low_a;
    to[count - 1 - i] = first ? high_a : high_b;
    b += second;
    a += !second;
    last_a -= first;
    last_b -= !first;
  }
  if (count % 2 == 1) to[half] = from[a <= last_a ? a : b];
}

// In place, or in `spare`.
template <class W>
void merge_sort(W* words, W* spare, std::int64_t count, bool in_spare) {
  if (count <= most_inserted) {
    insertion_sort(words, count, count * count);
    if (in_spare) std::copy(words, words + count, spare);
    return;
  }
  const std::int64_t half = count / 2;
  merge_sort(words, spare, half, !in_spare);
  merge_sort(words + half, spare + half, count - half, !in_spare);
  in_spare ? merge(words, count, spare) : merge(spare, count, words);
}

// Sorts words that are in the order of their indices, at most `most`. Others hold them; it has memory for as
// many.
template <class W>
class Sorter {
 public:
  Sorter(const char* function, std::int64_t most, std::int64_t chunks)
      : wide_(most >= least_wide),
        chunks_(chunks),
        memory_(Tensor::empty({most * static_cast<std::int64_t>(sizeof(W))}, DType::uint8, function)),
        counts_(Tensor::empty({most <= most_merged ? 0
                               : wide_             ? chunks * all_counts<wide_digit>
                                                   : chunks * all_counts<narrow_digit>},
                              DType::int32, function)) {}

  /// Returns where the sorted words are: in place or in the memory of the sorter. `differing` are the bits in
  /// which keys are not all the same.
  W* sort(W* words, std::int64_t count, std::uint64_t differing) {
    if (count <= most_merged)
      return merge_sort(words, static_cast<W*>(memory_.mutable_raw()), count, false), words;
    if (differing == 0) return words;
    return wide_ ? radix_sort<wide_digit>(words, count, differing)
                 : radix_sort<narrow_digit>(words, count, differing);
  }

 private:
  // Digits in a group: those of which the values are counted together.
  template <int bits>
  static constexpr int group = bits == narrow_digit || sizeof(W) == 8 ? 3 : 4;
  template <int bits>
  static constexpr std::int64_t all_counts = std::int64_t{group<bits>} << bits;  // of one chunk

  // Copies the words in the order of one digit after the other, the least significant first. If there are
  // more than a group, the most significant group alone sorts nearly: then few words have to be moved.
  template <int bits>
  W* radix_sort(W* words, std::int64_t count, std::uint64_t differing) {
    constexpr int most = group<bits> * bits;
    const int low = std::countr_zero(differing), high = 64 - std::countl_zero(differing);
    W* spare = static_cast<W*>(memory_.mutable_raw());
    if (high - low > most) {
      sort_group<bits>(words, spare, count, high - most, group<bits>);
      if (insertion_sort(words, count, 2 * count)) return words;
    }
    for (int begin = low; begin < high; begin += most)
      sort_group<bits>(words, spare, count, begin, std::min((high - begin + bits - 1) / bits, group<bits>));
    return words;
  }

  template <int bits>
  static std::uint32_t digit_of(W word, int shift) {
    return static_cast<std::uint32_t>(word >> shift) & ((1u << bits) - 1);
  }

  // Sorts by `digits` digits, from bit `begin` of the key on.
  template <int bits>
  void sort_group(W*& words, W*& spare, std::int64_t count, int begin, int digits) {
    const std::int64_t chunks = chunk_count(count, words_per_chunk, chunks_);
    std::uint32_t* const counts = static_cast<std::uint32_t*>(counts_.mutable_raw());
    in_chunks(chunks, count, [&](std::int64_t chunk, std::int64_t from, std::int64_t to) {
      count_digits<bits>(words + from, words + to, index_bits + begin, counts + chunk * all_counts<bits>);
    });
    bool moved = false;
    for (int digit = 0; digit < digits; ++digit) {
      const int shift = index_bits + begin + digit * bits;
      std::uint32_t* const own = counts + (digit << bits);
      std::int64_t equal = 0;
      for (std::int64_t chunk = 0; chunk < chunks; ++chunk)
        equal += own[chunk * all_counts<bits> + digit_of<bits>(words[0], shift)];
      if (equal == count) continue;
      if (chunks > 1)
        distribute_chunks<bits>(words, spare, count, shift, chunks, own, moved);
      else
        distribute<bits>(words, spare, count, shift, own);
      std::swap(words, spare);
      moved = true;
    }
  }

  // Note [Both ends]
  // Where many words have the same digit, each waits for the count that the word before it has changed. To
  // wait half as long, words at even and at odd places are counted apart, and words are distributed from both
  // ends, each to the next free place at the same end of those with its digit.

  // How often each value of each digit occurs.
  template <int bits>
  static void count_digits(const W* words, const W* end, int shift, std::uint32_t* counts) {
    std::uint32_t others[bits == narrow_digit ? all_counts<bits> : 1];
    std::fill(counts, counts + all_counts<bits>, 0);
    const auto add = [shift](W word, std::uint32_t* to) {
      const auto rest = static_cast<std::uint64_t>(word >> shift);
      for (int digit = 0; digit < group<bits>; ++digit)
        ++to[(digit << bits) + static_cast<int>(rest >> (digit * bits) & ((1u << bits) - 1))];
    };
    if constexpr (bits == narrow_digit) {
      std::fill(others, others + all_counts<bits>, 0);
      for (; end - words >= 2; words += 2) {
        add(words[0], counts);
        add(words[1], others);
      }
      for (std::int64_t i = 0; i < all_counts<bits>; ++i) counts[i] += others[i];
    }
    for (; words < end; ++words) add(*words, counts);
  }

  // Copies the words in the order of the digit that begins at bit `shift`.
  template <int bits>
  static void distribute(const W* words, W* to, std::int64_t count, int shift, std::uint32_t* begins) {
    std::uint32_t ends[1 << bits], place = 0;
    for (std::int64_t value = 0; value < 1 << bits; ++value) {
      place += std::exchange(begins[value], place);
      ends[value] = place;
    }
    std::int64_t i = 0, j = count - 1;
    for (; i < j; ++i, --j) {
      const W first = words[i], last = words[j];
      to[begins[digit_of<bits>(first, shift)]++] = first;
      to[--ends[digit_of<bits>(last, shift)]] = last;
    }
    if (i == j) to[begins[digit_of<bits>(words[i], shift)]] = words[i];
  }

  // The same with several threads; counts again, unless the words are where they were counted.
  template <int bits>
  static void distribute_chunks(const W* words, W* to, std::int64_t count, int shift, std::int64_t chunks,
                                std::uint32_t* counts, bool count_again) {
    if (count_again)
      in_chunks(chunks, count, [&](std::int64_t chunk, std::int64_t begin, std::int64_t end) {
        std::uint32_t* const own = counts + chunk * all_counts<bits>;
        std::fill(own, own + (1 << bits), 0);
        for (std::int64_t i = begin; i < end; ++i) ++own[digit_of<bits>(words[i], shift)];
      });
    std::uint32_t place = 0;  // the counts become the places where the words go
    for (std::int64_t value = 0; value < 1 << bits; ++value)
      for (std::int64_t chunk = 0; chunk < chunks; ++chunk)
        place += std::exchange(counts[chunk * all_counts<bits> + value], place);
    in_chunks(chunks, count, [=](std::int64_t chunk, std::int64_t begin, std::int64_t end) {
      std::uint32_t* const own = counts + chunk * all_counts<bits>;
      for (std::int64_t i = begin; i < end; ++i) to[own[digit_of<bits>(words[i], shift)]++] = words[i];
    });
  }

  const bool wide_;
  const std::int64_t chunks_;
  Tensor memory_, counts_;
};

// Sorts rows of T: those that one thread handles have one object.
template <class T>
class RowSorter {
 public:
  RowSorter(const char* function, std::int64_t length, std::int64_t begin, std::int64_t end, bool descending,
            std::int64_t chunks)
      : length_(length),
        begin_(begin),
        end_(end),
        whole_((end - begin) * 4 >= length),
        flip_(descending ? ~Key<T>(0) : 0),
        capacity_(end <= most_kept_sorted ? end : std::min(length, 2 * end)),
        chunks_(whole_ || capacity_ * 4 * chunks <= length ? chunks : 1),
        memory_(Tensor::empty({(whole_ ? length : capacity_ * chunks_) * word_size}, DType::uint8, function)),
        words_(static_cast<Word<T>*>(memory_.mutable_raw())),
        sorter_(function, whole_ ? length : end - begin, chunks_) {}

  void operator()(const T* x, T* values, std::int64_t* indices) {
    const Word<T>* const words = whole_ ? sort_all(x) + begin_ : sort_part(x);
    in_chunks(chunk_count(end_ - begin_, words_per_chunk, chunks_), end_ - begin_,
              [&](std::int64_t, std::int64_t begin, std::int64_t end) {
                read_words(words, x, begin, end, values, indices);
              });
  }

 private:
  static constexpr std::int64_t word_size = sizeof(Word<T>);

  Word<T> word_of(const T* x, std::int64_t i) const {
    return static_cast<Word<T>>(key_of(x[i]) ^ flip_) << index_bits | static_cast<std::uint32_t>(i);
  }

  const Word<T>* sort_all(const T* x) {
    std::array<Key<T>, most_chunks> differing{};
    std::array<bool, most_chunks> ascending{};
    in_chunks(chunks_, length_, [&](std::int64_t chunk, std::int64_t begin, std::int64_t end) {
      constexpr std::int64_t block = 256;
      Key<T> keys[block + 1];  // behind the one before them
      const Key<T> flip = flip_, first = key_of(x[0]) ^ flip;
      Key<T> all = 0, descents = 0;
      keys[block] = begin > 0 ? key_of(x[begin - 1]) ^ flip : 0;
      for (std::int64_t i = begin; i < end; i += block) {
        const std::int64_t count = std::min(block, end - i);
        keys[0] = keys[block];
        for (std::int64_t j = 0; j < count; ++j) keys[j + 1] = key_of(x[i + j]) ^ flip;
        for (std::int64_t j = 0; j < count; ++j) {
          all |= keys[j + 1] ^ first;
          descents |= keys[j + 1] < keys[j];
        }
        for (std::int64_t j = 0; j < count; ++j)
          words_[i + j] = static_cast<Word<T>>(keys[j + 1]) << index_bits | static_cast<std::uint32_t>(i + j);
      }
      differing[static_cast<std::size_t>(chunk)] = all;
      ascending[static_cast<std::size_t>(chunk)] = descents == 0;
    });
    Key<T> all = 0;
    for (const Key<T> each : differing) all |= each;
    const bool sorted =
        std::all_of(ascending.begin(), ascending.begin() + chunks_, [](bool each) { return each; });
    return sorted ? words_ : sorter_.sort(words_, length_, all);
  }

  // Elements and indices from words; in two loops, so that they are vectorized.
  void read_words(const Word<T>* words, const T* x, std::int64_t begin, std::int64_t end, T* values,
                  std::int64_t* indices) const {
    const Key<T> flip = flip_;
    Key<T> read_again = 0;
    for (std::int64_t i = begin; i < end; ++i) {
      const Key<T> key = static_cast<Key<T>>(words[i] >> index_bits) ^ flip;
      read_again |= has_one_value<T>(key) ? 0 : 1;
      values[i] = value_of<T>(key);
    }
    for (std::int64_t i = begin; i < end; ++i) indices[i] = static_cast<std::uint32_t>(words[i]);
    for (std::int64_t i = begin; read_again && i < end; ++i)
      if (!has_one_value<T>(static_cast<Key<T>>(words[i] >> index_bits) ^ flip)) values[i] = x[indices[i]];
  }

  const Word<T>* sort_part(const T* x) {
    std::array<std::int64_t, most_chunks> kept{};
    in_chunks(chunks_, length_, [&](std::int64_t chunk, std::int64_t begin, std::int64_t end) {
      kept[static_cast<std::size_t>(chunk)] = keep_least(x, begin, end, words_ + chunk * capacity_);
    });
    std::int64_t count = kept[0];
    for (std::int64_t chunk = 1; chunk < chunks_; ++chunk) {
      const Word<T>* const from = words_ + chunk * capacity_;
      count = std::copy(from, from + kept[static_cast<std::size_t>(chunk)], words_ + count) - words_;
    }
    std::nth_element(words_, words_ + end_ - 1, words_ + count);
    if (begin_ > 0) std::nth_element(words_, words_ + begin_, words_ + end_);
    if (end_ - begin_ <= most_selected) return std::sort(words_ + begin_, words_ + end_), words_ + begin_;
    // In the order of their indices again.
    const Word<T> least = begin_ > 0 ? words_[begin_] : 0, most = words_[end_ - 1];
    Word<T> differing = 0;
    count = 0;
    for (std::int64_t i = 0; i < length_; ++i) {
      const Word<T> word = word_of(x, i);
      if (word < least || word > most) continue;
      differing |= word ^ most;
      words_[count++] = word;
    }
    return sorter_.sort(words_, count, static_cast<std::uint64_t>(differing >> index_bits));
  }

  // The end_ least words of a part of the row in any order, or all if there are fewer. A word is kept only if
  // it is less than those that were kept before, which soon few are: a few words stay sorted, more are kept
  // until there are twice as many.
  std::int64_t keep_least(const T* x, std::int64_t begin, std::int64_t end, Word<T>* buffer) const {
    Word<T> bound = ~Word<T>(0);
    std::int64_t count = 0;
    for (std::int64_t i = begin; i < end; ++i) {
      const Word<T> word = word_of(x, i);
      if (word >= bound) continue;
      if (end_ <= most_kept_sorted) {
        count = std::min(count + 1, end_);
        std::int64_t place = count - 1;
        for (; place > 0 && word < buffer[place - 1]; --place) buffer[place] = buffer[place - 1];
        buffer[place] = word;
        if (count == end_) bound = buffer[end_ - 1];
        continue;
      }
      if (count == capacity_) {
        std::nth_element(buffer, buffer + end_ - 1, buffer + count);
        count = end_;
        bound = buffer[end_ - 1];
        if (word >= bound) continue;
      }
      buffer[count++] = word;
    }
    return count;
  }

  const std::int64_t length_, begin_, end_;
  const bool whole_;  // sorts all elements, else it selects first
  const Key<T> flip_;
  const std::int64_t capacity_, chunks_;
  Tensor memory_;
  Word<T>* const words_;
  Sorter<Word<T>> sorter_;
};

std::int64_t rows_of(const Tensor& x) { return x.size(-1) == 0 ? 0 : x.numel() / x.size(-1); }

// Few long rows are sorted one after the other, by all threads; else each is by one.
bool one_by_one(std::int64_t rows, std::int64_t length) {
  return rows == 1 || (rows < 8 && length >= 2 * words_per_chunk);
}

template <class T>
void sort_rows(const char* function, const Tensor& x, std::int64_t begin, std::int64_t end, bool descending,
               Order& result) {
  const std::int64_t length = x.size(-1), rows = rows_of(x), count = end - begin;
  const bool alone = one_by_one(rows, length);
  const std::int64_t groups = alone ? 1 : std::min(rows, chunk_count(x.numel(), words_per_chunk / 16));
  const std::int64_t chunks = alone ? chunk_count(length, words_per_chunk, most_chunks) : 1;
  const T* const in = static_cast<const T*>(x.raw());
  T* const values = static_cast<T*>(result.values.mutable_raw());
  std::int64_t* const indices = result.indices.mutable_data<std::int64_t>();
  in_chunks(groups, rows, [&](std::int64_t, std::int64_t first, std::int64_t last) {
    RowSorter<T> sort(function, length, begin, end, descending, chunks);
    for (std::int64_t row = first; row < last; ++row)
      sort(in + row * length, values + row * count, indices + row * count);
  });
}

Order empty_order(const char* function, const Tensor& x, std::int64_t extent) {
  Shape shape = x.shape();
  shape[-1] = extent;
  return {Tensor::empty(shape, x.dtype(), function), Tensor::empty(shape, DType::int64, function)};
}

}  // namespace

Order sorted(const char* function, const Tensor& x, std::int64_t begin, std::int64_t end, bool descending) {
  check_calculable(function, x.dtype());
  if (x.size(-1) > most_elements)
    throw ShapeError(fmt::format("{}: expected at most {} elements along the axis, got {}", function,
                                 most_elements, x.size(-1)));
  Order result = empty_order(function, x, end - begin);
  if (result.values.numel() == 0) return result;
  const Tensor dense = contiguous(x);
  visit(x.dtype(), [&]<class T>() { sort_rows<T>(function, dense, begin, end, descending, result); });
  return result;
}

Order mode(const char* function, const Tensor& x) {
  check_calculable(function, x.dtype());
  const std::int64_t length = x.size(-1);
  Order result = empty_order(function, x, 1);
  if (result.values.numel() == 0) return result;
  if (length == 0)
    throw ValueError(fmt::format("{}: the axis of shape {} is empty, so there is no mode", function,
                                 to_string(x.shape())));
  const Order all = sorted(function, x, 0, length);
  const std::int64_t rows = result.values.numel();
  std::int64_t* const indices = result.indices.mutable_data<std::int64_t>();
  const std::int64_t* const order = all.indices.data<std::int64_t>();
  visit(x.dtype(), [&]<class T>() {
    const T* const values = static_cast<const T*>(all.values.raw());
    T* const modes = static_cast<T*>(result.values.mutable_raw());
    const std::int64_t chunks = std::min(rows, chunk_count(rows * length, grain::elements));
    in_chunks(chunks, rows, [&](std::int64_t, std::int64_t first, std::int64_t last) {
      for (std::int64_t row = first; row < last; ++row) {
        const T* const in = values + row * length;
        std::int64_t most = 0, begin = 0;  // of the current run of equal elements
        for (std::int64_t i = 0; i < length; ++i) {
          if (i + 1 < length && in[i] == in[i + 1]) continue;
          if (i + 1 - begin > most) {
            most = i + 1 - begin;
            modes[row] = in[i];
            indices[row] = order[row * length + i];
          }
          begin = i + 1;
        }
      }
    });
  });
  return result;
}

Distinct unique(const char* function, const Tensor& x) {
  const std::int64_t length = x.numel();
  const Order all = sorted(function, x, 0, length);
  Distinct result;
  result.inverse = Tensor::empty(x.shape(), DType::int64, function);
  std::int64_t* const inverse = result.inverse.mutable_data<std::int64_t>();
  const std::int64_t* const order = all.indices.data<std::int64_t>();
  visit(x.dtype(), [&]<class T>() {
    const T* const in = static_cast<const T*>(all.values.raw());
    const auto begins = [in](std::int64_t i) { return i == 0 || in[i] != in[i - 1]; };
    std::int64_t runs = 0;
    for (std::int64_t i = 0; i < length; ++i) runs += begins(i);
    result.values = Tensor::empty({runs}, x.dtype(), function);
    result.counts = Tensor::empty({runs}, DType::int64, function);
    T* const values = static_cast<T*>(result.values.mutable_raw());
    std::int64_t* const counts = result.counts.mutable_data<std::int64_t>();
    std::int64_t run = -1;
    for (std::int64_t i = 0; i < length; ++i) {
      if (begins(i)) {
        values[++run] = in[i];
        counts[run] = 0;
      }
      ++counts[run];
      inverse[order[i]] = run;
    }
  });
  return result;
}

}  // namespace taper::compute
