// The operations of an overlapped pass: those that wait to be submitted, and those in the queue. A
// lane for each kind, so that none waits behind another which a limit holds back; within a lane
// they go in order. What is nearest to its end goes first: it frees blocks.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <span>
#include <utility>
#include <vector>

#include "engine/pipeline/block.h"
#include "engine/pipeline/rate_gate.h"
#include "io/queue/async_queue.h"

namespace tintype {

// A read or write of a part of one block.
struct IoOperation {
  Block* block = nullptr;
  IoKind kind = IoKind::read;
  const File* file = nullptr;
  std::uint64_t file_offset = 0;
  std::uint32_t buffer_offset = 0;  // of a read
  // Bytes of a read that must come; the request is rounded up. Of a write without a file: the bytes
  // that place() has written, which are only to be paid for.
  std::uint32_t needed = 0;
  std::span<std::byte> bytes;  // of a write
  bool alone = false;          // submitted by submit_alone()

  // The rest of it, after so much of it was moved.
  void advance(std::uint32_t moved) noexcept;
};

class IoLanes {
 public:
  // Operations without a file have been let through: paid for, and over.
  using OnPaid = std::function<void(const IoOperation&)>;

  // At most `in_flight_max` operations are in the queue. `rates`: null, nothing is ever held back;
  // the read-back lane never is.
  IoLanes(AsyncQueue& queue, unsigned in_flight_max, const RateLimits* rates, OnPaid on_paid);

  void add(const IoOperation& operation);
  // The rest of one that moved fewer bytes than it should have: before all others.
  void put_back(const IoOperation& operation);

  // As many as the queue takes and limits let through.
  void submit();
  void submit_writes() { submit(writes_); }
  // One read of these bytes, whatever waits; not if the limit says so. Nothing else is in the
  // queue.
  void submit_alone(const IoOperation& operation, std::span<std::byte> bytes);
  // What the queue has completed under this tag.
  [[nodiscard]] IoOperation completed(std::uint64_t tag);
  // Those that wait are forgotten.
  void clear_waiting();

  [[nodiscard]] std::size_t in_queue() const noexcept {
    return operations_.size() - free_slots_.size();
  }
  [[nodiscard]] std::size_t waiting() const noexcept {
    return reads_.waiting.size() + writes_.waiting.size() + read_backs_.waiting.size();
  }
  // By a limit, when they were last looked at.
  [[nodiscard]] bool reads_held() const noexcept { return reads_.held; }
  [[nodiscard]] bool writes_held() const noexcept { return writes_.held; }
  // What place() has written waits to be paid for.
  [[nodiscard]] bool owes() const noexcept { return writes_.held && unpaid_ != 0; }
  // When to ask again, if something is held.
  [[nodiscard]] AsyncQueue::Deadline deadline() const noexcept;

 private:
  struct Lane {
    std::deque<IoOperation> waiting;
    bool held = false;
  };

  [[nodiscard]] Lane& lane_of(const IoOperation& operation) noexcept;
  void submit(Lane& lane);
  void send(const IoOperation& operation, std::span<std::byte> bytes);

  AsyncQueue& queue_;
  RateGate gate_;
  const OnPaid on_paid_;
  std::vector<IoOperation> operations_;  // in the queue: a slot's number is the request's tag
  std::vector<std::uint32_t> free_slots_;
  Lane reads_, writes_, read_backs_;
  unsigned unpaid_ = 0;  // operations without a file that wait
};

}  // namespace tintype
