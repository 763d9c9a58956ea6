// The queues under test, the media they work on, and one driver that streams through them.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "io/aligned_buffer.h"
#include "io/queue/async_queue.h"
#include "io/queue/routing_queue.h"
#include "io/queue/thread_queue.h"
#include "io/queue/uring_queue.h"
#include "support/expect_ok.h"
#include "support/sim_queue.h"

namespace tintype::test {

enum class QueueKind : std::uint8_t { uring, threads, simulated, routed };

inline constexpr QueueKind kQueueKinds[] = {QueueKind::uring, QueueKind::threads,
                                            QueueKind::simulated, QueueKind::routed};

inline std::string to_string(QueueKind kind) {
  constexpr std::array<const char*, 4> kNames = {"uring", "threads", "simulated", "routed"};
  return kNames[static_cast<std::size_t>(kind)];
}

// Null where the kernel forbids io_uring: the test skips. `exact`: the simulation does not cut
// transfers short, and neither do the real ones, as far as regular files and disks go.
inline std::unique_ptr<AsyncQueue> make_queue(QueueKind kind, unsigned in_flight_max,
                                              bool exact = false) {
  static std::uint64_t seed = 0;
  if (kind == QueueKind::simulated)
    return std::make_unique<SimQueue>(
        ++seed, SimOptions{.in_flight_max = in_flight_max, .short_percent = exact ? 0u : 30u});
  if (kind == QueueKind::routed) return make_routing_queue(make_thread_queue(in_flight_max));
  if (kind == QueueKind::threads) return make_thread_queue(in_flight_max);
  auto opened = open_uring_queue(in_flight_max);
  if (!opened && opened.error().code != std::errc::operation_not_permitted &&
      opened.error().code != std::errc::function_not_supported)
    throw std::runtime_error(opened.error().line());
  return opened ? *std::move(opened) : nullptr;
}

// Moves all of `bytes` from or to the start of `file`, block by block in random order, as many in
// flight as the queue takes; what came short is asked for again. Checks what the contract says
// about tags and results; content is the caller's.
inline void stream(AsyncQueue& queue, IoKind kind, const File& file, std::span<std::byte> bytes,
                   std::size_t block_bytes, std::size_t completions_max = 7) {
  struct Block {
    std::span<std::byte> rest;
    std::uint64_t offset = 0;
    bool in_flight = false;
  };
  std::vector<Block> blocks;
  for (std::size_t at = 0; at < bytes.size(); at += block_bytes)
    blocks.push_back(
        {.rest = bytes.subspan(at, std::min(block_bytes, bytes.size() - at)), .offset = at});
  std::vector<std::size_t> waiting(blocks.size());
  for (std::size_t i = 0; i < waiting.size(); ++i) waiting[i] = i;
  std::shuffle(waiting.begin(), waiting.end(), std::mt19937_64(block_bytes));

  std::vector<IoCompletion> completions(completions_max);
  unsigned in_flight = 0;
  while (in_flight > 0 || !waiting.empty()) {
    while (in_flight < queue.in_flight_max() && !waiting.empty()) {
      Block& block = blocks[waiting.back()];
      queue.submit({.kind = kind,
                    .file = &file,
                    .offset = block.offset,
                    .bytes = block.rest,
                    .tag = ~std::uint64_t{waiting.back()}});  // all 64 bits come back
      block.in_flight = true;
      waiting.pop_back();
      ++in_flight;
    }
    const std::size_t count = queue.wait(completions);
    ASSERT_GT(count, 0u);
    ASSERT_LE(count, completions.size());
    for (const IoCompletion& completion : std::span(completions).first(count)) {
      if (completion.kind == IoKind::wake) continue;
      ASSERT_EQ(completion.kind, kind);
      const std::uint64_t index = ~completion.tag;
      ASSERT_LT(index, blocks.size());
      Block& block = blocks[index];
      ASSERT_TRUE(block.in_flight) << "completed twice, or never submitted";
      block.in_flight = false;
      --in_flight;
      ASSERT_GT(completion.result, 0) << "at " << block.offset;
      const auto moved = static_cast<std::size_t>(completion.result);
      ASSERT_LE(moved, block.rest.size());
      block.rest = block.rest.subspan(moved);
      block.offset += moved;
      if (!block.rest.empty()) waiting.push_back(index);
    }
  }
}

}  // namespace tintype::test

#define TINTYPE_MAKE_QUEUE(queue, ...)                               \
  const std::unique_ptr<::tintype::AsyncQueue> queue##_made =        \
      ::tintype::test::make_queue(__VA_ARGS__);                      \
  if (!queue##_made) GTEST_SKIP() << "io_uring is not allowed here"; \
  ::tintype::AsyncQueue& queue = *queue##_made
