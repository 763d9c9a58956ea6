#include "verify/ese_unit_check.h"

#include <algorithm>

#include "hashing/zero_block.h"
#include "verify/ese_page_cut.h"

namespace tintype {

// A run's share of one unit.
struct EseUnitCheck::Piece {
  std::uint64_t index = 0;
  std::uint32_t offset = 0;
  std::uint32_t length = 0;
  EsePageSums sums;
  std::vector<std::byte> bytes;  // of a whole unit only if wanted
  bool any_bit_set = false;
  bool unreadable = false;
};

struct EseUnitCheck::Scan final : ScanResult {
  std::vector<Piece> pieces;
};

struct EseUnitCheck::Held {
  Unit unit;
  std::uint32_t bytes_seen = 0;
};

EseUnitCheck::EseUnitCheck(std::uint64_t file_bytes, std::uint32_t unit_bytes,
                           std::shared_ptr<EseByteBudget> budget)
    : file_bytes_(std::min(file_bytes, kFileBytesMax)),
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

std::unique_ptr<ScanResult> EseUnitCheck::scan(std::uint64_t file_offset,
                                               std::span<const std::byte> bytes) const {
  auto scan = std::make_unique<Scan>();
  if (file_offset >= file_bytes_) return scan;
  bytes = bytes.first(std::min<std::uint64_t>(bytes.size(), file_bytes_ - file_offset));
  const PageCut cut = PageCut::of(file_offset, bytes.size(), unit_bytes_, units_);
  scan->pieces.reserve(cut.whole_pages + 2);
  const auto add = [&](std::uint64_t index, std::uint32_t offset, std::uint32_t length) {
    if (length == 0) return;
    const auto part = bytes.first(length);
    bytes = bytes.subspan(length);
    Piece& piece = scan->pieces.emplace_back();
    piece.index = index;
    piece.offset = offset;
    piece.length = length;
    if (length_of(index) == unit_bytes_) {
      piece.sums.add(unit_bytes_, offset, part);
      piece.any_bit_set = piece.sums.any_bit_set;
    } else {
      piece.any_bit_set = !is_zero(part);  // of a short unit there are only the bytes
    }
    const bool whole = length == unit_bytes_;
    if (piece.any_bit_set && (!whole || wants_bytes(index, piece.sums)))
      piece.bytes.assign(part.begin(), part.end());
  };
  add(cut.head.page, cut.head.byte_offset, cut.head.bytes);
  for (std::uint64_t i = 0; i < cut.whole_pages; ++i) add(cut.first_whole + i, 0, unit_bytes_);
  add(cut.tail.page, cut.tail.byte_offset, cut.tail.bytes);
  return scan;
}

void EseUnitCheck::merge(const ScanResult& result) {
  for (const Piece& piece : static_cast<const Scan&>(result).pieces) add_piece(piece);
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
    piece.index = file_offset / unit_bytes_;
    piece.offset = static_cast<std::uint32_t>(file_offset % unit_bytes_);
    piece.length = static_cast<std::uint32_t>(
        std::min<std::uint64_t>(unit_bytes_ - piece.offset, end - file_offset));
    piece.sums.bytes_seen = piece.length;
    piece.unreadable = unreadable;
    add_piece(piece);
    file_offset += piece.length;
  }
}

void EseUnitCheck::add_piece(const Piece& piece) {
  const std::uint32_t length = length_of(piece.index);
  if (piece.length == length) {
    Unit unit{.index = piece.index,
              .sums = piece.sums,
              .unreadable = piece.unreadable,
              .any_bit_set = piece.any_bit_set};
    if (!piece.bytes.empty() && budget_->take(length)) unit.bytes = piece.bytes;
    return deliver(std::move(unit));
  }
  if (held_ == nullptr) held_ = std::make_unique<HeldUnits>();
  const auto [found, is_new] = held_->try_emplace(piece.index);
  Held& held = found->second;
  if (is_new) {
    held.unit.index = piece.index;
    if (budget_->take(length)) held.unit.bytes.resize(length);
  }
  held.unit.sums.merge(piece.sums);
  held.unit.unreadable |= piece.unreadable;
  held.unit.any_bit_set |= piece.any_bit_set;
  if (!piece.bytes.empty() && !held.unit.bytes.empty())
    std::ranges::copy(piece.bytes, held.unit.bytes.begin() + piece.offset);
  held.bytes_seen += piece.length;
  if (held.bytes_seen < length) return;
  Unit unit = std::move(held.unit);
  held_->erase(found);
  if (held_->empty()) held_.reset();
  if (!unit.bytes.empty() && (!unit.any_bit_set || !wants_bytes(unit.index, unit.sums))) {
    budget_->give_back(unit.bytes.size());
    unit.bytes = {};
  }
  deliver(std::move(unit));
}

void EseUnitCheck::deliver(Unit&& unit) {
  ++units_seen_;
  on_unit(std::move(unit));
  if (complete()) on_all();
}

}  // namespace tintype
