// Arguments that make no sense: extreme integers.
#include <limits>

#include <catch.h>

#include <taper/autograd/autograd.h>
#include <taper/tensor/create.h>
#include <taper/tensor/error.h>

using namespace taper;

TEST_CASE("extreme integers are refused or clamped") {
  constexpr std::int64_t least = std::numeric_limits<std::int64_t>::min(),
                         most = std::numeric_limits<std::int64_t>::max();
  const Tensor x = zeros({2, 3}), labels = zeros({2}, int64);
  const auto extreme_labels = from_data({least, most}, {2});
  for (const std::int64_t n : {least, least + 1, most - 1, most}) {
    INFO(n);
    CHECK_THROWS_AS(one_hot(labels, n), Error);
    CHECK_THROWS_WITH(one_hot(extreme_labels, least), ContainsSubstring("one_hot: "));
    CHECK_THROWS_AS(scatter_add({2, n}, 1, zeros({2, 1}, int64), zeros({2, 1})), Error);
    CHECK_THROWS_AS(gather(x, 1, full({2, 1}, 0, int64) + static_cast<double>(least)), IndexError);
    CHECK_THROWS_AS(index_select(x, n, labels), IndexError);
    CHECK_THROWS_AS(select(x, 0, n), IndexError);
    CHECK_THROWS_AS(select(x, n, 0), IndexError);
    CHECK(slice(x, 1, n).size(1) == (n < 0 ? 3 : 0));
    CHECK(slice(x, 1, 0, n).size(1) == (n < 0 ? 0 : 3));
    CHECK_THROWS_AS(slice(x, n, 0), IndexError);
    if (n > 0)
      CHECK(slice(x, 1, 0, most, n).size(1) == 1);
    else
      CHECK_THROWS_AS(slice(x, 1, 0, most, n), ValueError);
    CHECK_THROWS_AS(reshape(x, {n, 2}), ShapeError);
    CHECK_THROWS_AS(reshape(x, {-1, n}), ShapeError);
    CHECK_THROWS_AS(expand(x, {n, 2, 3}), ShapeError);
    CHECK_THROWS_AS(flatten(x, n), IndexError);
    CHECK_THROWS_AS(transpose(x, n, 0), IndexError);
    CHECK_THROWS_AS(permute(x, {0, n}), IndexError);
    CHECK_THROWS_AS(squeeze(x, n), IndexError);
    CHECK_THROWS_AS(unsqueeze(x, n), IndexError);
    CHECK_THROWS_AS(concat({x, x}, n), IndexError);
    CHECK_THROWS_AS(stack({x, x}, n), IndexError);
    CHECK_THROWS_AS(sum(x, {n}), IndexError);
    CHECK_THROWS_AS(sum_to(x, {n}), ShapeError);
    CHECK_THROWS_AS(argmax(x, n), IndexError);
    CHECK_THROWS_AS(softmax(x, n), IndexError);
    CHECK_THROWS_AS(layer_norm(x, {n}), ShapeError);
    CHECK_THROWS_AS(cross_entropy(x, extreme_labels, {.ignore_index = n}), IndexError);
    CHECK_THROWS_AS(zeros({n, 2}), ShapeError);
    if (n > 0) CHECK_THROWS_AS(eye(n), ShapeError);
    CHECK_THROWS_AS(linspace(0, 1, n), Error);
    CHECK_THROWS_AS(x.size(n), IndexError);
    const Tensor image = zeros({1, 2, 4, 4});
    for (const Pool2dOptions& options :
         {Pool2dOptions{.kernel_size = n}, Pool2dOptions{.stride = n}, Pool2dOptions{.padding = n}}) {
      CHECK_THROWS_AS(max_pool2d(image, options), Error);
      CHECK_THROWS_AS(avg_pool2d(image, options), Error);
    }
  }
  // Repeated elements take no memory, but their number has to fit.
  const std::vector<Tensor> long_ones(32, expand(zeros({1}), {std::int64_t{1} << 59}));
  CHECK_THROWS_WITH(concat(long_ones), ContainsSubstring("concat: 32 tensors have too many elements"));
  CHECK_THROWS_AS(sum(long_ones[0] + 1), MemoryError);
}
