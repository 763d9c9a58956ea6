#include "verify/ese/log/ese_unit_check.h"

#include <algorithm>
#include <utility>

#include "hashing/zero_block.h"
#include "verify/page_cut.h"

namespace tintype {

// A run's share of one unit that is not reduced.
struct EseUnitCheck::Piece {
  Unit unit;  // a part has its bytes; of a whole one they are here if they are wanted
  std::uint32_t offset = 0;
  std::uint32_t length = 0;
};

struct EseUnitCheck::Slot {
  std::uint64_t index;
  EseLogSlot slot;
};

struct EseUnitCheck::Scan final : ScanResult {
  std::vector<Slot> slots;
  std::vector<Piece> pieces;
};

struct EseUnitCheck::Held {
  Unit unit;
  std::uint32_t bytes_seen = 0;
};

EseUnitCheck::EseUnitCheck(std::uint64_t file_bytes, std::uint32_t unit_bytes,
                           std::shared_ptr<EseByteBudget> budget)
    : file_bytes_(std::min(file_bytes, kFileBytesMax)),
      cut_short_(file_bytes > kFileBytesMax),
      unit_bytes_(unit_bytes),
      budget_(std::move(budget)),
      units_((file_bytes_ + unit_bytes - 1) / unit_bytes) {}

EseUnitCheck::~EseUnitCheck() {
  if (held_ == nullptr) return;
  for (const auto& [index, held] : *held_) budget_->give_back(held.unit.bytes.size());
}

std::uint32_t EseUnitCheck::length_of(std::uint64_t index) const noexcept {
  return static_cast<std::uint32_t>(
      std::min<std::uint64_t>(unit_bytes_, file_bytes_ - index * unit_bytes_));
}

std::optional<EseLogSlot> EseUnitCheck::reduced(std::uint64_t, const EsePageSums&) const {
  return std::nullopt;
}

void EseUnitCheck::on_slot(std::uint64_t, const EseLogSlot&) {}

// Of a short last unit there are no sums.
std::optional<EseLogSlot> EseUnitCheck::reduced(const Unit& unit) const {
  if (unit.unreadable || length_of(unit.index) != unit_bytes_) return std::nullopt;
  return reduced(unit.index, unit.sums);
}

std::unique_ptr<ScanResult> EseUnitCheck::scan(std::uint64_t file_offset,
                                               std::span<const std::byte> bytes) const {
  auto scan = std::make_unique<Scan>();
  if (file_offset >= file_bytes_) return scan;
  bytes = bytes.first(std::min<std::uint64_t>(bytes.size(), file_bytes_ - file_offset));
  const PageCut cut = PageCut::of(file_offset, bytes.size(), unit_bytes_, units_);
  scan->slots.reserve(cut.whole_pages);
  const auto add = [&](std::uint64_t index, std::uint32_t offset, std::uint32_t length) {
    if (length == 0) return;
    const auto part = bytes.first(length);
    bytes = bytes.subspan(length);
    const bool is_short = length_of(index) != unit_bytes_;  // of it there are only the bytes
    const bool whole = length == length_of(index);
    EsePageSums sums;
    if (!is_short) sums.add(unit_bytes_, offset, part);
    if (const auto slot = whole && !is_short ? reduced(index, sums) : std::nullopt) {
      scan->slots.push_back({index, *slot});
      return;
    }
    const bool any_bit_set = is_short ? !is_zero(part) : sums.any_bit_set;
    Piece& piece = scan->pieces.emplace_back();
    piece.offset = offset;
    piece.length = length;
    piece.unit.index = index;
    piece.unit.sums = sums;
    piece.unit.any_bit_set = any_bit_set;
    if (any_bit_set && (!whole || wants_bytes(index)))
      piece.unit.bytes.assign(part.begin(), part.end());
  };
  add(cut.head.page, cut.head.byte_offset, cut.head.bytes);
  for (std::uint64_t i = 0; i < cut.whole_pages; ++i) add(cut.first_whole + i, 0, unit_bytes_);
  add(cut.tail.page, cut.tail.byte_offset, cut.tail.bytes);
  return scan;
}

void EseUnitCheck::merge(ScanResult& result) {
  auto& scan = static_cast<Scan&>(result);
  // The header's unit is a piece: it tells first whether the bytes of the others are needed.
  for (Piece& piece : scan.pieces) add_piece(std::move(piece));
  for (const Slot& slot : scan.slots) deliver(slot.index, slot.slot);
}

void EseUnitCheck::merge_zeros(std::uint64_t file_offset, std::uint64_t length) {
  declare(file_offset, length, false);
}

void EseUnitCheck::merge_unreadable(std::uint64_t file_offset, std::uint64_t length) {
  declare(file_offset, length, true);
}

void EseUnitCheck::declare(std::uint64_t file_offset, std::uint64_t length, bool unreadable) {
  if (file_offset >= file_bytes_) return;
  const std::uint64_t end = file_offset + std::min(length, file_bytes_ - file_offset);
  while (file_offset < end) {
    Piece piece;  // zeros add nothing to a sum
    Unit& unit = piece.unit;
    unit.index = file_offset / unit_bytes_;
    piece.offset = static_cast<std::uint32_t>(file_offset % unit_bytes_);
    piece.length = static_cast<std::uint32_t>(
        std::min<std::uint64_t>(unit_bytes_ - piece.offset, end - file_offset));
    unit.sums.bytes_seen = piece.length;
    unit.unreadable = unreadable;
    file_offset += piece.length;
    add_piece(std::move(piece));
  }
}

void EseUnitCheck::add_piece(Piece&& piece) {
  Unit& part = piece.unit;
  const std::uint32_t length = length_of(part.index);
  if (piece.length == length) {
    if (const auto slot = reduced(part)) return deliver(part.index, *slot);
    if (!part.bytes.empty() && !budget_->take(length)) part.bytes = {};
    return deliver(std::move(part));
  }
  if (held_ == nullptr) held_ = std::make_unique<HeldUnits>();
  const auto [found, is_new] = held_->try_emplace(part.index);
  Held& held = found->second;
  if (is_new) {
    held.unit.index = part.index;
    if (budget_->take(length)) held.unit.bytes.resize(length);
  }
  held.unit.sums.merge(part.sums);
  held.unit.unreadable |= part.unreadable;
  held.unit.any_bit_set |= part.any_bit_set;
  if (!part.bytes.empty() && !held.unit.bytes.empty())
    std::ranges::copy(part.bytes, held.unit.bytes.begin() + piece.offset);
  held.bytes_seen += piece.length;
  if (held.bytes_seen < length) return;
  Unit unit = std::move(held.unit);
  held_->erase(found);
  if (held_->empty()) held_.reset();
  const auto slot = reduced(unit);
  if (!unit.bytes.empty() && (slot || !unit.any_bit_set || !wants_bytes(unit.index))) {
    budget_->give_back(unit.bytes.size());
    unit.bytes = {};
  }
  if (slot) return deliver(unit.index, *slot);
  deliver(std::move(unit));
}

void EseUnitCheck::deliver(Unit&& unit) {
  on_unit(std::move(unit));
  count_unit();
}

void EseUnitCheck::deliver(std::uint64_t index, const EseLogSlot& slot) {
  on_slot(index, slot);
  count_unit();
}

void EseUnitCheck::count_unit() {
  ++units_seen_;
  if (complete()) on_all();
}

}  // namespace tintype
