// What the in-line checks of logs, checkpoints and flush maps share: a file cut into units of one
// size that come by in pieces, in any order. A unit that comes whole is summed at once; the pieces
// of a cut one are joined, sums and bytes. Whoever derives from it is told of each unit once, and
// keeps of it what it needs; bytes are kept within a budget that all checks share.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "verify/ese/log/ese_log_segments.h"
#include "verify/stream_check.h"

namespace tintype {

// Belongs to the thread that merges.
class EseByteBudget {
 public:
  static constexpr std::uint64_t kBytesDefault = std::uint64_t{32} << 20;
  explicit EseByteBudget(std::uint64_t bytes = kBytesDefault) : left_(bytes) {}
  [[nodiscard]] bool take(std::uint64_t bytes) noexcept {
    if (bytes > left_) return false;
    left_ -= bytes;
    return true;
  }
  void give_back(std::uint64_t bytes) noexcept { left_ += bytes; }
  [[nodiscard]] std::uint64_t left() const noexcept { return left_; }

 private:
  std::uint64_t left_;
};

class EseUnitCheck : public StreamCheck {
 public:
  // 24 bytes a unit are kept of a log in flight, so a file has to have an end.
  static constexpr std::uint64_t kFileBytesMax = std::uint64_t{256} << 20;

  EseUnitCheck(std::uint64_t file_bytes, std::uint32_t unit_bytes,
               std::shared_ptr<EseByteBudget> budget);
  ~EseUnitCheck() override;
  EseUnitCheck(const EseUnitCheck&) = delete;
  EseUnitCheck& operator=(const EseUnitCheck&) = delete;

  [[nodiscard]] std::unique_ptr<ScanResult> scan(std::uint64_t file_offset,
                                                 std::span<const std::byte> bytes) const final;
  void merge(ScanResult& result) final;
  void merge_zeros(std::uint64_t file_offset, std::uint64_t length) final;
  void merge_unreadable(std::uint64_t file_offset, std::uint64_t length) final;

  [[nodiscard]] std::uint64_t file_bytes() const noexcept { return file_bytes_; }

 protected:
  struct Unit {
    std::uint64_t index = 0;
    EsePageSums sums;              // not of a short last unit
    std::vector<std::byte> bytes;  // all of them, if they were wanted and there was room; else none
    bool unreadable = false;
    bool any_bit_set = false;
  };
  // What is asked of a unit's sums, and thread-safe: nearly all units of a log are reduced to a
  // slot by the task that sums them, so that little has to come to the one thread that merges.
  [[nodiscard]] virtual std::optional<EseLogSlot> reduced(std::uint64_t index,
                                                          const EsePageSums& sums) const;
  // Whether the bytes of a unit that is not reduced are to be kept. Thread-safe.
  [[nodiscard]] virtual bool wants_bytes(std::uint64_t index) const = 0;
  // For each unit one of the two is called once. Bytes that are kept are paid with take() and
  // give_back().
  virtual void on_slot(std::uint64_t index, const EseLogSlot& slot);
  virtual void on_unit(Unit&& unit) = 0;
  // Called once, when all units were seen.
  virtual void on_all() = 0;

  [[nodiscard]] EseByteBudget& budget() noexcept { return *budget_; }
  [[nodiscard]] std::uint32_t unit_bytes() const noexcept { return unit_bytes_; }
  [[nodiscard]] std::uint64_t units() const noexcept { return units_; }
  [[nodiscard]] std::uint64_t units_seen() const noexcept { return units_seen_; }
  [[nodiscard]] bool complete() const noexcept { return units_seen_ == units_; }
  // The file is larger than kFileBytesMax: bytes come that are not looked at.
  [[nodiscard]] bool cut_short() const noexcept { return cut_short_; }

 private:
  struct Piece;
  struct Slot;
  struct Scan;
  struct Held;
  using HeldUnits = std::map<std::uint64_t, Held>;
  [[nodiscard]] std::uint32_t length_of(std::uint64_t index) const noexcept;
  void add_piece(Piece&& piece);
  void declare(std::uint64_t file_offset, std::uint64_t length, bool unreadable);
  [[nodiscard]] std::optional<EseLogSlot> reduced(const Unit& unit) const;
  void deliver(Unit&& unit);
  void deliver(std::uint64_t index, const EseLogSlot& slot);
  void count_unit();

  std::uint64_t file_bytes_;
  bool cut_short_;
  std::uint32_t unit_bytes_;
  std::shared_ptr<EseByteBudget> budget_;
  std::uint64_t units_;  // the last one may be short
  std::uint64_t units_seen_ = 0;
  std::unique_ptr<HeldUnits> held_;  // of which only a part was seen; null if there is none
};

}  // namespace tintype
