// Attacks on graphs: shared between threads, failing halfway, dying on several threads at once.
#include <atomic>
#include <stdexcept>

#include <catch.h>

#include "at_once.h"
#include <taper/autograd/autograd.h>
#include <taper/tensor/create.h>
#include <taper/tensor/error.h>

using namespace taper;

namespace {

std::vector<float> all(std::size_t count, float value) { return std::vector<float>(count, value); }

// x, with a gradient function that throws.
Tensor failing(const Tensor& x) {
  return record("failing", x.detach(), {x},
                [](const Tensor&) -> Tensor { throw std::domain_error("gradient"); });
}

}  // namespace

TEST_CASE("backward over shared parameters, through fused and parallel operations") {
  const Tensor weight = full({64, 600}, 0.5).set_requires_grad(), bias = zeros({64}).set_requires_grad();
  at_once(4, [&](int t) {
    for (int i = 0; i < 20; ++i) {
      const Tensor x = full({8, 600}, t + 1);
      sum(linear(x, weight, bias, Activation::relu)).backward();
    }
  });
  CHECK(weight.grad().to_vector<float>() == all(64 * 600, 20 * 8 * (1 + 2 + 3 + 4)));
  CHECK(bias.grad().to_vector<float>() == all(64, 20 * 8 * 4));
}

TEST_CASE("several threads run one kept graph backward") {
  const Tensor x = ones({1000}).set_requires_grad();
  const Tensor y = sum(x * x * 3);
  at_once(4, [&](int) {
    for (int i = 0; i < 25; ++i) y.backward({}, {.retain_graph = true});
  });
  CHECK(x.grad().to_vector<float>() == all(1000, 600));
}

TEST_CASE("second derivatives over shared leaves") {
  const Tensor x = full({100}, 2, float64).set_requires_grad();
  at_once(4, [&](int) {
    for (int i = 0; i < 25; ++i) {
      const Tensor slope = grad({sum(x * x * x)}, {x}, {}, {.create_graph = true})[0];
      const Tensor curvature = grad({sum(slope)}, {x})[0];
      if (curvature.to_vector<double>() != std::vector<double>(100, 12)) throw ValueError("wrong curvature");
    }
  });
  CHECK_FALSE(x.grad().defined());
}

TEST_CASE("hooks that throw leave the other threads' gradients alone") {
  const Tensor x = ones({100}).set_requires_grad();
  std::atomic<int> thrown{0};
  at_once(4, [&](int t) {
    for (int i = 0; i < 50; ++i) {
      const Tensor y = x * 2;
      if (t % 2 == 0) register_hook(y, [](const Tensor&) -> Tensor { throw std::domain_error("hook"); });
      try {
        sum(y).backward();
      } catch (const std::domain_error&) {
        ++thrown;
      }
      if (!grad_enabled()) throw ValueError("the grad mode was lost");
    }
  });
  CHECK(thrown == 100);
  CHECK(x.grad().to_vector<float>() == all(100, 200));
}

TEST_CASE("gradient functions that throw leave the other threads' gradients alone") {
  const Tensor x = ones({100}).set_requires_grad();
  std::atomic<int> thrown{0};
  at_once(4, [&](int t) {
    for (int i = 0; i < 50; ++i) {
      const Tensor y = t % 2 == 0 ? failing(x * 2) : x * 2;
      try {
        sum(y).backward();
      } catch (const std::domain_error&) {
        ++thrown;
      }
    }
  });
  CHECK(thrown == 100);
  CHECK(x.grad().to_vector<float>() == all(100, 200));
}

TEST_CASE("deep graphs with a common trunk are destroyed on several threads at once") {
  const Tensor x = ones({1}).set_requires_grad();
  for (int repeat = 0; repeat < 5; ++repeat) {
    Tensor trunk = x;
    for (int i = 0; i < 20000; ++i) trunk = trunk + 1;
    std::vector<Tensor> branches;
    for (int t = 0; t < 4; ++t) {
      Tensor branch = trunk;
      for (int i = 0; i < 20000; ++i) branch = branch * 1.0;
      branches.push_back(std::move(branch));
    }
    trunk = {};
    at_once(4, [&](int t) { branches[static_cast<std::size_t>(t)] = {}; });
  }
  CHECK(x.value().slot->references == 1);  // nobody else is left
}

TEST_CASE("each thread has a grad mode of its own") {
  const Tensor x = ones({10}).set_requires_grad();
  at_once(4, [&](int t) {
    for (int i = 0; i < 200; ++i) {
      if (t % 2 == 0) {
        const NoGrad guard;
        if ((x * 2).requires_grad()) throw ValueError("recorded inside NoGrad");
      } else if (!(x * 2).requires_grad()) {
        throw ValueError("not recorded outside NoGrad");
      }
    }
  });
}

TEST_CASE("a change in place by another thread is noticed") {
  for (int repeat = 0; repeat < 50; ++repeat) {
    const Tensor x = ones({10}).set_requires_grad();
    Tensor factor = ones({10});
    const Tensor y = sum(x * factor);
    const std::uint32_t version = factor.value().storage->version;
    at_once(4, [&](int) { static_cast<void>(Tensor(factor).mutable_data<float>()); });
    REQUIRE(factor.value().storage->version == version + 4);  // none is lost
    REQUIRE_THROWS_AS(y.backward(), ValueError);
  }
}

TEST_CASE("gradients are read, replaced and cleared while others are added") {
  Tensor x = ones({500}).set_requires_grad();
  at_once(4, [&](int t) {
    for (int i = 0; i < 100; ++i) {
      if (t == 0) {
        x.set_grad({});
      } else if (t == 1) {
        const Tensor now = x.grad();
        if (now.defined() && now.numel() != 500) throw ValueError("not a gradient");
      } else {
        sum(x * 2).backward();
      }
    }
  });
  x.set_grad({});
  sum(x * 2).backward();
  CHECK(x.grad().to_vector<float>() == all(500, 2));
}
