// at_once: several threads that begin together.
#pragma once

#include <barrier>
#include <exception>
#include <thread>
#include <vector>

/// Calls body(0), ..., body(count - 1), each on a thread of its own, all starting together; waits for them,
/// and throws what the first of them threw.
template <class Body>
void at_once(int count, Body body) {
  std::barrier<> start(count);
  std::vector<std::exception_ptr> failures(static_cast<std::size_t>(count));
  std::vector<std::thread> threads;
  for (int i = 0; i < count; ++i)
    threads.emplace_back([&, i] {
      start.arrive_and_wait();
      try {
        body(i);
      } catch (...) {
        failures[static_cast<std::size_t>(i)] = std::current_exception();
      }
    });
  for (std::thread& thread : threads) thread.join();
  for (const std::exception_ptr& failure : failures)
    if (failure) std::rethrow_exception(failure);
}
