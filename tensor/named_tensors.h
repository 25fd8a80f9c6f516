// NamedTensors: what a state is saved and loaded as.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <taper/tensor/function.h>
#include <taper/tensor/tensor.h>

namespace taper {

using NamedTensor = std::pair<std::string, Tensor>;
/// In an order that means something to whoever made the list.
using NamedTensors = std::vector<NamedTensor>;

/// The tensors of `given` under the names of `own`, in the order of `own`. What does not fit is reported all
/// at once, by an error that begins with `function`: names that are missing, unexpected (unless `accepted`
/// takes them) or given twice and undefined tensors by ValueError; if there are none of these, other shapes
/// by ShapeError; else other dtypes by DTypeError.
std::vector<Tensor> matched(const std::string& function, const NamedTensors& own, const NamedTensors& given,
                            const Function<bool(const std::string& name)>& accepted = {});

/// Overwrites the elements of each tensor of `own` with those of its value. Values may lie in tensors of
/// `own`; all of them are read before anything is written.
void overwrite(const NamedTensors& own, std::vector<Tensor> values);

}  // namespace taper
