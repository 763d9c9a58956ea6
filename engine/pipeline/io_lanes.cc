#include "engine/pipeline/io_lanes.h"

namespace tintype {
namespace {

// A read is rounded up to the file's unit: there is room behind it.
std::span<std::byte> bytes_of(const IoOperation& operation) {
  if (operation.kind == IoKind::write) return operation.bytes;
  const std::uint32_t unit = Block::Read::unit_of(*operation.file);
  return operation.block->buffer.subspan(operation.buffer_offset,
                                         (operation.needed + unit - 1) / unit * unit);
}

}  // namespace

void IoOperation::advance(std::uint32_t moved) noexcept {
  file_offset += moved;
  if (kind == IoKind::write) {
    bytes = bytes.subspan(moved);
  } else {
    buffer_offset += moved;
    needed -= moved;
  }
}

IoLanes::IoLanes(AsyncQueue& queue, unsigned in_flight_max, const RateLimits* rates, OnPaid on_paid)
    : queue_(queue), gate_(rates), on_paid_(std::move(on_paid)), operations_(in_flight_max) {
  for (std::uint32_t i = in_flight_max; i-- > 0;) free_slots_.push_back(i);
}

IoLanes::Lane& IoLanes::lane_of(const IoOperation& operation) noexcept {
  if (operation.kind == IoKind::write) return writes_;
  return operation.block->read_back ? read_backs_ : reads_;
}

void IoLanes::add(const IoOperation& operation) {
  if (operation.file == nullptr) ++unpaid_;
  lane_of(operation).waiting.push_back(operation);
}

void IoLanes::put_back(const IoOperation& operation) {
  lane_of(operation).waiting.push_front(operation);
}

void IoLanes::submit() {
  for (Lane* lane : {&writes_, &read_backs_, &reads_}) submit(*lane);
}

void IoLanes::submit(Lane& lane) {
  lane.held = false;
  while (!lane.waiting.empty() && !free_slots_.empty()) {
    const IoOperation operation = lane.waiting.front();
    const bool only_paid = operation.file == nullptr;
    const std::span<std::byte> bytes = only_paid ? std::span<std::byte>() : bytes_of(operation);
    if (!operation.block->read_back &&
        !gate_.lets_through(operation.kind, only_paid ? operation.needed : bytes.size())) {
      lane.held = true;
      return;
    }
    lane.waiting.pop_front();
    if (!only_paid) {
      send(operation, bytes);
      continue;
    }
    --unpaid_;
    on_paid_(operation);
  }
}

void IoLanes::send(const IoOperation& operation, std::span<std::byte> bytes) {
  const std::uint32_t slot = free_slots_.back();
  free_slots_.pop_back();
  queue_.submit({operation.kind, operation.file, operation.file_offset, bytes, slot});
  operations_[slot] = operation;
}

void IoLanes::submit_alone(const IoOperation& operation, std::span<std::byte> bytes) {
  reads_.held = !gate_.lets_through(IoKind::read, bytes.size());
  if (!reads_.held) send(operation, bytes);
}

IoOperation IoLanes::completed(std::uint64_t tag) {
  free_slots_.push_back(static_cast<std::uint32_t>(tag));
  return operations_[tag];
}

void IoLanes::clear_waiting() {
  for (Lane* lane : {&reads_, &writes_, &read_backs_}) {
    lane->waiting.clear();
    lane->held = false;
  }
  unpaid_ = 0;
}

AsyncQueue::Deadline IoLanes::deadline() const noexcept {
  return reads_.held || writes_.held ? gate_.ask_again_at() : AsyncQueue::kNoDeadline;
}

}  // namespace tintype
