// A layer that a Builder makes: its options, its variables in the file, what comes in and goes out. Internal.
#pragma once

#include <type_traits>

#include <fmt/format.h>

#include <taper/autograd/ops/arrange.h>
#include <taper/interop/keras/builder.h>
#include <taper/tensor/error.h>

namespace taper::interop::detail {

struct Builder::Layer {
  const std::string& kind;  ///< its class
  const Json& options;
  const std::string& prefix;
  std::map<std::string, int>& counts;
  const io::Hdf5& weights;
  Value& value;
  DType dtype;
  bool reorders;  ///< see make()
  Modules modules = {};

  /// The rank of an example.
  int rank() const { return static_cast<int>(value.shape.size()); }
  /// The last extent, which must be known.
  std::int64_t channels() const {
    if (value.shape.empty() || value.shape.back() < 1)
      throw ValueError("the channels of its input are not known");
    if (value.shape.back() > largest_extent) throw ValueError("the channels of its input are too many");
    return value.shape.back();
  }
  /// Multiplies an extent, if it is known.
  void enlarge(std::size_t axis, std::int64_t factor) const {
    std::int64_t& extent = value.shape[axis];
    if (extent >= 0 && (__builtin_mul_overflow(extent, factor, &extent) || extent > largest_extent))
      throw ValueError("its result is too large");
  }
  template <class T>
  T get(const char* key) const {
    const Json& value = options.at(key);
    if constexpr (std::is_same_v<T, std::int64_t>)
      return integer(value);
    else
      return value.template get<T>();
  }
  template <class T>
  T get(const char* key, const T& otherwise) const {
    return options.contains(key) && !options.at(key).is_null() ? get<T>(key) : otherwise;
  }
  /// Throws unless an option has its only supported value, or is not there.
  void only(const char* key, const Json& wanted) const {
    if (options.contains(key) && options.at(key) != wanted)
      throw ValueError(fmt::format("expected {} = {}, got {}", key, wanted.dump(), options.at(key).dump()));
  }
  /// One number for each of `count` axes; null: `otherwise`.
  std::vector<std::int64_t> extents(const char* key, std::size_t count,
                                    std::vector<std::int64_t> otherwise = {}) const {
    const Json given = options.value(key, Json());
    if (given.is_null() && !otherwise.empty()) return otherwise;
    std::vector<std::int64_t> result =
        given.is_array() ? integers(given)
                         : std::vector<std::int64_t>(count, given.is_number_integer() ? integer(given) : 0);
    for (const std::int64_t each : result)
      if (each < 1 || each > compute_limit || result.size() != count)
        throw ValueError(fmt::format("expected {} positive numbers as {}, got {}", count, key, given.dump()));
    return result;
  }
  static constexpr std::int64_t compute_limit = 1 << 20;
  /// Of a value; times compute_limit it is a number.
  static constexpr std::int64_t largest_extent = std::int64_t{1} << 40;
  /// A number of an option; null, or no such option: `otherwise`.
  double number(const char* key, double otherwise) const {
    const Json value = options.value(key, Json());
    return value.is_number() ? value.get<double>() : otherwise;
  }
  /// Throws unless an example has this rank.
  void need_rank(int wanted) const {
    if (rank() != wanted)
      throw ShapeError(fmt::format("expected an input of {} axes behind the batch, got {}", wanted, rank()));
  }
  /// What an option adds or takes away before and behind each of `count` axes.
  std::vector<PadWidth> widths(const char* key, std::size_t count) const {
    const Json given = count == 1 ? Json::array({options.at(key)}) : options.at(key);
    std::vector<PadWidth> list;
    for (const Json& each : given) {
      const std::int64_t before = integer(each.at(0)), after = integer(each.at(1));
      if (before < 0 || after < 0 || before > compute_limit || after > compute_limit)
        throw ValueError(fmt::format("its {} is out of range", key));
      list.push_back({before, after});
    }
    if (list.size() != count) throw ValueError(fmt::format("expected {} pairs as {}", count, key));
    return list;
  }

  /// Throws unless the file has the variables of this layer, in these shapes, below the layer's place. To be
  /// called once, before the layer is made.
  void expect(const char* snake,
              const std::vector<std::pair<std::string, std::vector<std::int64_t>>>& shapes) {
    const int number = counts[snake]++;
    const std::string path = prefix + "layers/" + (number == 0 ? snake : fmt::format("{}_{}", snake, number));
    for (const auto& [below, extents] : shapes) {
      const Tensor* const found = weights.find(fmt::format("{}/{}", path, below));
      if (found == nullptr)
        throw ValueError(fmt::format("its variable '{}/{}' is not in the file", path, below));
      const std::vector<std::int64_t> own(found->shape().begin(), found->shape().end());
      if (own != extents)
        throw ShapeError(fmt::format("expected '{}/{}' of the shape [{}], got {}", path, below,
                                     fmt::join(extents, ", "), to_string(found->shape())));
    }
  }

  template <class M>
  void push(const M& module) {
    modules.push_back(std::make_shared<M>(module));
  }
  /// The last module is for channels in the other place: see ChannelsLast, ChannelsFirst.
  template <class Wrapper>
  void wrap() {
    modules.back() = std::make_shared<Wrapper>(modules.back());
  }
  void frozen() const {
    for (const auto& module : modules) module->set_requires_grad(false);
  }
};

}  // namespace taper::interop::detail
