#include "io/in_flight.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace tintype {
namespace {

std::atomic<InFlightBoard*> g_board{nullptr};

}  // namespace

unsigned InFlightBoard::begin(const char* verb, std::string_view path, std::uint64_t offset,
                              Patience patience) noexcept {
  const unsigned first = free_hint_.load(std::memory_order_relaxed);
  for (unsigned i = 0; i < kSlots; ++i) {
    const unsigned at = (first + i) % kSlots;
    Slot& slot = slots_[at];
    std::uint64_t free = kFree;
    if (!slot.number.compare_exchange_strong(free, kBeingWritten, std::memory_order_acquire))
      continue;
    free_hint_.store((at + 1) % kSlots, std::memory_order_relaxed);
    slot.verb = verb;
    slot.offset = offset;
    slot.patience = patience;
    const std::size_t bytes = std::min(path.size(), slot.path.size());
    slot.path_bytes = static_cast<std::uint8_t>(bytes);
    std::memcpy(slot.path.data(), path.data() + path.size() - bytes, bytes);
    slot.number.store(next_number_.fetch_add(1, std::memory_order_relaxed),
                      std::memory_order_release);
    return at;
  }
  return kSlots;
}

void InFlightBoard::end(unsigned slot) noexcept {
  if (slot >= kSlots) return;
  slots_[slot].number.store(kFree, std::memory_order_release);
  free_hint_.store(slot, std::memory_order_relaxed);  // its line is in this core's cache
}

void InFlightBoard::read(std::vector<Seen>& seen) const {
  seen.clear();
  for (unsigned at = 0; at < kSlots; ++at) {
    const Slot& slot = slots_[at];
    const std::uint64_t number = slot.number.load(std::memory_order_acquire);
    if (number == kFree || number == kBeingWritten) continue;
    Seen& found = seen.emplace_back();
    found.request = {number, at, slot.verb, {}, slot.offset, slot.patience};
    found.path.fill('\0');
    std::memcpy(found.path.data(), slot.path.data(), slot.path_bytes);
    std::atomic_thread_fence(std::memory_order_acquire);
    // Over, and perhaps another one, while it was read.
    if (slot.number.load(std::memory_order_relaxed) != number) seen.pop_back();
  }
  for (Seen& found : seen) found.request.path = found.path.data();
}

void use_board(InFlightBoard* board) noexcept {
  g_board.store(board);
}

InFlightMark::InFlightMark(const char* verb, std::string_view path, std::uint64_t offset,
                           Patience patience) noexcept
    : board_(g_board.load(std::memory_order_relaxed)) {
  if (board_ != nullptr) slot_ = board_->begin(verb, path, offset, patience);
}

InFlightMark::InFlightMark(InFlightMark&& other) noexcept
    : board_(std::exchange(other.board_, nullptr)), slot_(other.slot_) {}

InFlightMark& InFlightMark::operator=(InFlightMark&& other) noexcept {
  std::swap(board_, other.board_);
  std::swap(slot_, other.slot_);
  return *this;
}

InFlightMark::~InFlightMark() {
  if (board_ != nullptr) board_->end(slot_);
}

}  // namespace tintype
