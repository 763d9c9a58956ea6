#include "support/sim_queue.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>

#include "io/invariant.h"

namespace tintype::test {
namespace {

bool hits(const SimFault& fault, const IoRequest& request) {
  return fault.kind == request.kind && (fault.file == nullptr || fault.file == request.file) &&
         request.offset < fault.range.end() &&
         fault.range.offset < request.offset + request.bytes.size();
}

}  // namespace

SimQueue::SimQueue(std::uint64_t seed, SimOptions options)
    : seed_(seed), options_(std::move(options)), random_(seed) {
  invariant(options_.in_flight_max > 0, "a queue of depth 0 was asked for");
}

SimQueue::~SimQueue() {
  while (!pending_.empty()) static_cast<void>(carry_out_any());
  if (::testing::Test::HasFailure()) std::cerr << "SimQueue: seed " << seed_ << '\n';
}

void SimQueue::submit(const IoRequest& request) {
  invariant(pending_.size() < options_.in_flight_max,
            "more requests in flight than the queue allows");
  invariant(is_sound(request), "a request without a file, too large, or of kind wake");
  Pending pending = {.request = request, .error_number = 0, .length = request.bytes.size()};
  if (++operations_ == options_.fail_operation) pending.error_number = options_.fail_error_number;
  for (const SimFault& fault : options_.faults)
    if (pending.error_number == 0 && hits(fault, request))
      pending.error_number = fault.error_number;

  const Geometry& geometry = request.file->geometry();
  const std::size_t unit = geometry.direct ? geometry.sector_bytes : 512;
  const std::size_t units = request.bytes.size() / unit;
  if (units > 1 && random_below(100) < options_.short_percent)
    pending.length = (1 + random_below(units - 1)) * unit;

  // Whoever looks at the buffer before its completion, or past the end of a short read, sees this.
  if (request.kind == IoKind::read) std::ranges::fill(request.bytes, std::byte{0xDB});
  pending_.push_back(pending);
}

std::size_t SimQueue::wait_until(std::span<IoCompletion> completions, Deadline deadline) {
  invariant(!completions.empty(), "a wait without room for a completion");
  std::size_t count = 0;
  {
    std::unique_lock lock(mutex_);
    const auto woken = [this] { return woken_; };
    if (pending_.empty()) {
      if (deadline == kNoDeadline)
        wakes_.wait(lock, woken);
      else if (!wakes_.wait_until(lock, deadline, woken))
        return 0;
    }
    if (std::exchange(woken_, false)) completions[count++] = {};
  }
  const std::size_t room = std::min(completions.size() - count, pending_.size());
  // After a wake none is as good as some; without one there is at least one.
  std::size_t more = count > 0 ? random_below(room + 1) : 1 + random_below(room);
  for (; more > 0; --more) completions[count++] = carry_out_any();
  return count;
}

void SimQueue::wake() noexcept {
  const std::lock_guard lock(mutex_);
  woken_ = true;
  wakes_.notify_one();
}

// Not std::uniform_int_distribution: its numbers differ between libraries, a seed should not.
std::uint64_t SimQueue::random_below(std::uint64_t bound) {
  return random_() % bound;
}

IoCompletion SimQueue::carry_out_any() {
  std::swap(pending_[random_below(pending_.size())], pending_.back());
  const Pending pending = pending_.back();
  pending_.pop_back();
  const IoRequest& request = pending.request;
  const std::span<std::byte> bytes = request.bytes.first(pending.length);
  IoCompletion completion = {
      .kind = request.kind, .result = -pending.error_number, .tag = request.tag};
  if (pending.error_number != 0) {
  } else if (request.kind == IoKind::read) {
    const auto got = request.file->read_at(request.offset, bytes);
    completion.result = got ? static_cast<std::int32_t>(*got) : -got.error().code.value();
  } else {
    const auto put = request.file->write_at(request.offset, bytes);
    completion.result = put ? static_cast<std::int32_t>(bytes.size()) : -put.error().code.value();
  }
  if (options_.observer) options_.observer(request, completion.result);
  return completion;
}

}  // namespace tintype::test
