// Threads: separate graphs over shared leaves; and the same bits for any number of threads.
#include <thread>

#include <catch.h>

#include <taper/autograd/autograd.h>
#include <taper/tensor/create.h>
#include <taper/tensor/parallel.h>
#include <taper/tensor/random.h>

using namespace taper;

TEST_CASE("threads add their gradients to shared leaves") {
  constexpr int threads = 4, steps = 200;
  const Tensor weight = ones({64}).set_requires_grad(), bias = ones({}).set_requires_grad();
  std::vector<std::thread> workers;
  for (int t = 0; t < threads; ++t)
    workers.emplace_back([&, t] {
      for (int i = 0; i < steps; ++i) {
        const Tensor x = full({64}, t + 1);
        sum(weight * x + bias).backward();
        static_cast<void>(weight.grad());  // reading meanwhile is safe
      }
    });
  for (std::thread& worker : workers) worker.join();
  CHECK(weight.grad().to_vector<float>() == std::vector<float>(64, steps * (1 + 2 + 3 + 4)));
  CHECK(bias.grad().item<float>() == 64 * threads * steps);
}

TEST_CASE("a graph may be made by one thread, run by another and die in a third") {
  const Tensor x = ones({1000}).set_requires_grad();
  Tensor y;
  std::thread([&] { y = sum(exp(x) * 2); }).join();
  std::thread([&] { y.backward(); }).join();
  std::thread([&] { y = Tensor(); }).join();
  CHECK(x.grad().data<float>()[999] == Approx(2 * std::exp(1)));
}

TEST_CASE("grad mode belongs to the thread") {
  const NoGrad guard;
  bool other = false;
  std::thread([&] { other = grad_enabled(); }).join();
  CHECK(other);
}

TEST_CASE("gradients have the same bits for any number of threads") {
  const int before = num_threads();
  const auto run = [](int threads) {
    set_num_threads(threads);
    manual_seed(5);
    Tensor x = normal({300, 401}).set_requires_grad(), w = normal({401}).set_requires_grad();
    mean(log_softmax(sin(x * w), 1) * sum(x, {0})).backward();
    std::vector<float> bits = x.grad().to_vector<float>();
    const std::vector<float> more = w.grad().to_vector<float>();
    bits.insert(bits.end(), more.begin(), more.end());
    return bits;
  };
  const std::vector<float> one = run(1);
  for (const int threads : {2, 3, 4}) CHECK(run(threads) == one);
  set_num_threads(before);
}
