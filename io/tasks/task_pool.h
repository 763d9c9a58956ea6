// Work that is split among the caller and other threads, and over when the call returns. They are
// oneTBB's, and task_pool.cc is the only file that knows it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

namespace tintype {

class TaskPool {
 public:
  // With `workers` threads besides the caller's; fewer, down to none, should the system refuse
  // them. Not with any in a child that was forked when its parent had threads of oneTBB already.
  explicit TaskPool(unsigned workers);
  ~TaskPool();
  TaskPool(const TaskPool&) = delete;
  TaskPool& operator=(const TaskPool&) = delete;

  // body(i) for each i < count, in any order.
  template <class Body>
  void for_each(std::size_t count, const Body& body) {
    run_each(
        count, [](const void* of, std::size_t i) { (*static_cast<const Body*>(of))(i); }, &body);
  }

  // By key, and equal keys by index: with the index of each thing in its list the result is that of
  // std::stable_sort.
  struct Number {
    std::uint64_t key;
    std::size_t index;
    std::uint64_t value;  // goes with them
  };
  struct Text {
    std::string_view key;
    std::size_t index;
  };
  void sort(std::span<Number> list);
  void sort(std::span<Text> list);

 private:
  void run_each(std::size_t count, void (*body)(const void* of, std::size_t i), const void* of);
  template <class Entry>
  void sort_by_key(std::span<Entry> list);

  struct State;
  std::unique_ptr<State> state_;  // none without workers
};

}  // namespace tintype
