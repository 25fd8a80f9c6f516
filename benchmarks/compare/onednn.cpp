// oneDNN: matrix products, and convolutions in the layouts that it prefers.
#include <dnnl.hpp>
#include <omp.h>

#include "contender.h"

namespace comparison {
namespace {

using namespace dnnl;
using Dims = memory::dims;

const engine& cpu() {
  static const engine cpu(engine::kind::cpu, 0);
  return cpu;
}

memory::desc any(const Dims& shape) { return {shape, memory::data_type::f32, memory::format_tag::any}; }

memory filled(const memory::desc& desc) {
  memory result(desc, cpu());
  const std::vector<float> values = numbers(static_cast<std::int64_t>(desc.get_size() / sizeof(float)));
  std::copy(values.begin(), values.end(), static_cast<float*>(result.get_data_handle()));
  return result;
}

/// Version 2 describes a primitive in two steps, version 3 in one.
template <class Primitive, class... Arguments, class... Hints>
typename Primitive::primitive_desc described(const std::tuple<Hints...>& hints,
                                             const Arguments&... arguments) {
  return std::apply(
      [&](const auto&... hint) {
#if DNNL_VERSION_MAJOR < 3
        return typename Primitive::primitive_desc(typename Primitive::desc(arguments...), cpu(), hint...);
#else
        return typename Primitive::primitive_desc(cpu(), arguments..., hint...);
#endif
      },
      hints);
}

Measure executing(int threads, const primitive& work, std::unordered_map<int, memory> arguments) {
  return timed([threads] { omp_set_num_threads(threads); },
               [work, arguments = std::move(arguments), stream = dnnl::stream(cpu())]() mutable {
                 work.execute(stream, arguments);
                 stream.wait();
               });
}

Measure make(const Product& p, int threads) {
  const auto matrix = [](std::int64_t rows, std::int64_t columns, bool transposed) {
    return memory::desc({rows, columns}, memory::data_type::f32,
                        transposed ? memory::format_tag::ba : memory::format_tag::ab);
  };
  const memory::desc a = matrix(p.m, p.k, p.a_transposed), b = matrix(p.k, p.n, p.b_transposed),
                     c = matrix(p.m, p.n, false);
  const auto desc = described<matmul>(std::tuple<>(), a, b, c);
  return executing(threads, matmul(desc),
                   {{DNNL_ARG_SRC, filled(a)}, {DNNL_ARG_WEIGHTS, filled(b)}, {DNNL_ARG_DST, filled(c)}});
}

Measure make(const Convolution& c, int threads) {
  const memory::desc x = any({c.batch, c.in, c.size, c.size}),
                     y = any({c.batch, c.out, c.out_size(), c.out_size()}),
                     w = any(c.groups == 1
                                 ? Dims{c.out, c.in, c.kernel, c.kernel}
                                 : Dims{c.groups, c.out / c.groups, c.in / c.groups, c.kernel, c.kernel});
  const Dims stride{c.stride, c.stride}, padding{c.padding, c.padding};
  constexpr auto automatic = algorithm::convolution_auto;
  const auto forward = described<convolution_forward>(std::tuple<>(), prop_kind::forward_training, automatic,
                                                      x, w, y, stride, padding, padding);
  switch (c.pass) {
    case Convolution::Pass::forward:
      return executing(threads, convolution_forward(forward),
                       {{DNNL_ARG_SRC, filled(forward.src_desc())},
                        {DNNL_ARG_WEIGHTS, filled(forward.weights_desc())},
                        {DNNL_ARG_DST, filled(forward.dst_desc())}});
    case Convolution::Pass::input_gradient: {
      const auto desc = described<convolution_backward_data>(std::tuple(forward), automatic, x, w, y, stride,
                                                             padding, padding);
      return executing(threads, convolution_backward_data(desc),
                       {{DNNL_ARG_DIFF_SRC, filled(desc.diff_src_desc())},
                        {DNNL_ARG_WEIGHTS, filled(desc.weights_desc())},
                        {DNNL_ARG_DIFF_DST, filled(desc.diff_dst_desc())}});
    }
    default: {
      const auto desc = described<convolution_backward_weights>(std::tuple(forward), automatic, x, w, y,
                                                                stride, padding, padding);
      return executing(threads, convolution_backward_weights(desc),
                       {{DNNL_ARG_SRC, filled(desc.src_desc())},
                        {DNNL_ARG_DIFF_WEIGHTS, filled(desc.diff_weights_desc())},
                        {DNNL_ARG_DIFF_DST, filled(desc.diff_dst_desc())}});
    }
  }
}

template <class Other>
Measure make(const Other&, int) {
  return {};
}

std::string version_text() {
  const auto* v = dnnl_version();
  return std::to_string(v->major) + "." + std::to_string(v->minor) + "." + std::to_string(v->patch);
}

const Registration registration({"oneDNN", version_text(), [](const Workload& workload, int threads) {
                                   omp_set_num_threads(threads);  // a primitive is made for so many
                                   return std::visit([&](const auto& work) { return make(work, threads); },
                                                     workload.work);
                                 }});

}  // namespace
}  // namespace comparison
