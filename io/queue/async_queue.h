// Many reads and writes in flight, one owner thread.
//
// Contract, the same for every implementation (tests/io/queue/async_queue_contract_test.cc):
//   * One thread submits and waits. Only wake() may be called from other threads.
//   * At most in_flight_max() requests are in flight; submitting more aborts (the caller counts).
//   * Buffers and files stay alive and untouched until the request's completion is returned.
//   * Completions come in any order, each exactly once. `result` is the number of bytes moved,
//     possibly fewer than asked (0 at the end of a file), or a negative std::errc: a number
//     that errno has too where there is one, and that other systems translate theirs to.
//   * wait() blocks until something completed or wake() was called. Any number of wake() calls
//     before a wait() collapse into one completion of kind `wake` (tag 0, result 0).
//   * wait_until() also returns, with nothing, when its deadline has come.
//   * The destructor waits for what is in flight, so it runs on the owner thread, or anywhere once
//     nothing is in flight and nobody calls wake() any more.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "io/file/file.h"

namespace tintype {

enum class IoKind : std::uint8_t { read, write, wake };

struct IoRequest {
  IoKind kind = IoKind::read;
  const File* file = nullptr;
  std::uint64_t offset = 0;    // bytes, aligned as the file's geometry asks
  std::span<std::byte> bytes;  // filled by a read, taken by a write
  std::uint64_t tag = 0;       // comes back in the completion
};

inline constexpr std::size_t kRequestBytesMax = std::size_t{1} << 30;  // `result` has 31 bits

// What submit() takes; anything else is a bug in the caller. (A closed file is taken:
// bad_file_descriptor.)
[[nodiscard]] inline bool is_sound(const IoRequest& request) noexcept {
  return request.kind != IoKind::wake && request.file != nullptr &&
         request.bytes.size() <= kRequestBytesMax;
}

struct IoCompletion {
  IoKind kind = IoKind::wake;
  std::int32_t result = 0;  // bytes, or a negative std::errc
  std::uint64_t tag = 0;
};

class AsyncQueue {
 public:
  virtual ~AsyncQueue() = default;

  // Never blocks for I/O; may batch: what was submitted is on its way at the latest in wait().
  virtual void submit(const IoRequest& request) = 0;
  // Fills the front of `completions` (not empty) and returns how many. Blocks for the first one,
  // but not beyond the deadline: then it is 0.
  using Deadline = std::chrono::steady_clock::time_point;
  static constexpr Deadline kNoDeadline = Deadline::max();
  [[nodiscard]] virtual std::size_t wait_until(std::span<IoCompletion> completions,
                                               Deadline deadline) = 0;
  [[nodiscard]] std::size_t wait(std::span<IoCompletion> completions) {
    return wait_until(completions, kNoDeadline);
  }
  virtual void wake() noexcept = 0;

  [[nodiscard]] virtual unsigned in_flight_max() const noexcept = 0;
  [[nodiscard]] virtual std::string_view name() const noexcept = 0;  // "io_uring", "threads"…

  // Optional, once, before the first submit: memory that most requests will use. Returns whether
  // it was registered; if not, everything works as well, a little slower.
  virtual bool register_memory(std::span<std::byte> slab) {
    static_cast<void>(slab);
    return false;
  }
};

enum class QueueEngine : std::uint8_t { automatic, io_uring, threads };

struct OpenedQueue {
  std::unique_ptr<AsyncQueue> queue;
  std::string note;  // why it is not the first choice, "" if it is; for -v
};

// Takes local and remote files (io/queue/routing_queue.h).
// automatic: io_uring, or the thread pool where the kernel or a container forbids it (EPERM,
// ENOSYS, EMFILE, ENOMEM).
[[nodiscard]] Result<OpenedQueue> open_queue(QueueEngine engine, unsigned in_flight_max);

}  // namespace tintype
