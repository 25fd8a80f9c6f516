// Creation: memory of others, numbers with equal ratios, the places of triangles.
#include <cmath>
#include <memory>
#include <thread>

#include <catch.h>

#include <taper/autograd/autograd.h>
#include <taper/tensor/create.h>
#include <taper/tensor/error.h>

using namespace taper;

TEST_CASE("from_blob shares memory and keeps its owner") {
  auto owner = std::make_shared<std::vector<float>>(std::vector<float>{0, 1, 2, 3, 4, 5, 6});
  const std::weak_ptr<std::vector<float>> alive = owner;
  float* const data = owner->data() + 1;  // 4 bytes beyond any line
  Tensor x = from_blob(data, {2, 3}, owner);
  CHECK(x.dtype() == float32);
  CHECK(x.raw() == data);
  CHECK(x.is_contiguous());
  data[5] = 60;
  CHECK(x.to_vector<float>() == std::vector<float>{1, 2, 3, 4, 5, 60});
  assign(x[1], 7);
  CHECK(data[3] == 7);
  CHECK(!x.is_sole_owner());
  owner.reset();
  Tensor view = x[0];
  x += 1;  // another tensor: the owner's memory does not change
  CHECK(view.to_vector<float>() == std::vector<float>{1, 2, 3});
  CHECK(x.to_vector<float>() == std::vector<float>{2, 3, 4, 8, 8, 8});
  CHECK(!alive.expired());
  std::thread([last = std::move(view)] {}).join();
  CHECK(alive.expired());
}

TEST_CASE("from_blob of anything, in operations and gradients") {
  alignas(8) std::byte room[8 * 41];
  const auto doubles = reinterpret_cast<double*>(room + 8);
  for (int i = 0; i < 40; ++i) doubles[i] = i;
  Tensor w = from_blob(doubles, {40}, nullptr).set_requires_grad();
  sum(w * w).backward();
  CHECK(w.grad().to_vector<double>()[39] == 78);
  { const Tensor copy = w.detach() + 0.0; }
  CHECK(doubles[39] == 39);
  std::int64_t integers[3] = {4, 5, 6};
  CHECK(sum(from_blob(integers, {3}, nullptr)).item<std::int64_t>() == 15);
  bool flags[2] = {true, false};
  CHECK((!from_blob(flags, {2}, nullptr)).to_vector<bool>() == std::vector<bool>{false, true});
  std::uint8_t bytes[3] = {1, 2, 3};
  CHECK(from_blob(bytes + 1, {2}, nullptr).to_vector<std::uint8_t>() == std::vector<std::uint8_t>{2, 3});
  std::int32_t number = 9;
  CHECK(from_blob(&number, {}, nullptr).item<std::int32_t>() == 9);
  float* const none = nullptr;
  CHECK(from_blob(none, {0, 3}, nullptr).numel() == 0);
}

TEST_CASE("from_blob refuses what is no memory of elements") {
  alignas(8) std::byte room[32];
  float* const none = nullptr;
  CHECK_THROWS_WITH(from_blob(none, {2}, nullptr),
                    "from_blob: expected a pointer to float32 elements, aligned to 4 bytes, got 0x0");
  CHECK_THROWS_WITH(from_blob(reinterpret_cast<double*>(room + 4), {2}, nullptr),
                    ContainsSubstring("float64 elements, aligned to 8 bytes"));
  CHECK_THROWS_AS(from_blob(reinterpret_cast<float*>(room), {-1}, nullptr), ShapeError);
  auto owner = std::make_shared<int>(1);
  CHECK_THROWS_AS(from_blob(none, {2}, owner), ValueError);
  CHECK(owner.use_count() == 1);
}

TEST_CASE("logspace has equal ratios") {
  CHECK(logspace(0, 3, 4).to_vector<float>() == std::vector<float>{1, 10, 100, 1000});
  CHECK(logspace(-1, 1, 3, 2, float64).to_vector<double>() == std::vector<double>{0.5, 1, 2});
  CHECK(logspace(3, 0, 4, 2, int64).to_vector<std::int64_t>() == std::vector<std::int64_t>{8, 4, 2, 1});
  CHECK(logspace(2, 5, 1).to_vector<float>() == std::vector<float>{100});
  CHECK(logspace(2, 5, 0).numel() == 0);
  CHECK(logspace(0, 1, 5, 1).to_vector<float>() == std::vector<float>(5, 1));
  CHECK_THROWS_WITH(logspace(0, 1, -1), "logspace: expected a count of at least 0, got -1");
  CHECK_THROWS_WITH(logspace(0, 1, 3, -2),
                    "logspace: expected a base above 0 and finite powers, got base -2, start 0 and stop 1");
  CHECK_THROWS_AS(logspace(0, 400, 3), ValueError);
  CHECK_THROWS_AS(logspace(NAN, 1, 3), ValueError);
  CHECK_THROWS_AS(logspace(-1e308, 0, 3, INFINITY), ValueError);
  CHECK_THROWS_AS(logspace(-1e308, 1e308, 3, 1), ValueError);
  CHECK_THROWS_WITH(logspace(0, 3, 4, 10, uint8),
                    "logspace: expected a number from 0 to 255 for uint8, got 1000");
}

TEST_CASE("tril_indices and triu_indices are the places that tril and triu keep") {
  for (std::int64_t rows = 0; rows < 5; ++rows)
    for (std::int64_t columns = 0; columns < 5; ++columns)
      for (std::int64_t offset = -7; offset < 8; ++offset) {
        CAPTURE(rows, columns, offset);
        std::vector<std::int64_t> places[2][2];
        for (std::int64_t r = 0; r < rows; ++r)
          for (std::int64_t c = 0; c < columns; ++c)
            for (const int upper : {0, 1})
              if (upper ? c - r >= offset : c - r <= offset) {
                places[upper][0].push_back(r);
                places[upper][1].push_back(c);
              }
        for (const int upper : {0, 1}) {
          const Tensor found = (upper ? triu_indices : tril_indices)(rows, columns, offset);
          CHECK(found.dtype() == int64);
          CHECK(found.shape() == Shape{2, static_cast<std::int64_t>(places[upper][0].size())});
          for (const int axis : {0, 1}) CHECK(found[axis].to_vector<std::int64_t>() == places[upper][axis]);
        }
      }
  constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max(), least = -most - 1;
  CHECK(tril_indices(most, most, least).numel() == 0);
  CHECK(triu_indices(most, most, most).numel() == 0);
  CHECK(tril_indices(most, 0, most).numel() == 0);
  CHECK(triu_indices(0, most, least).numel() == 0);
  CHECK(triu_indices(most, most, most - 1).to_vector<std::int64_t>() ==
        std::vector<std::int64_t>{0, most - 1});
  CHECK(tril_indices(most, most, 1 - most).to_vector<std::int64_t>() ==
        std::vector<std::int64_t>{most - 1, 0});
  CHECK(triu_indices(most, 1).numel() == 2);
  CHECK_THROWS_AS(tril_indices(most, 1), ShapeError);
  CHECK_THROWS_AS(triu_indices(most, most), ShapeError);
  CHECK_THROWS_WITH(tril_indices(-1, 2),
                    "tril_indices: expected extents of at least 0, got -1 rows and 2 columns");
  CHECK_THROWS_AS(triu_indices(2, -1), ValueError);
}

TEST_CASE("empty_like has the shape and dtype") {
  const Tensor x = empty_like(zeros({2, 3}, int32));
  CHECK(x.shape() == Shape{2, 3});
  CHECK(x.dtype() == int32);
  CHECK_THROWS_WITH(empty_like(Tensor()),
                    "empty_like: the tensor is undefined: default-constructed and never assigned");
}
