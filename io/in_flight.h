// What this process is waiting for from disks and file systems, noted where another process can
// read it: a request that is never answered may hold its thread in the kernel for ever, and then
// only somebody else can tell which device it was.
//
// The board lies in memory that is shared with that process. Whoever is about to wait makes a mark;
// where nobody looks (no board, or all slots taken) a mark costs nothing and does nothing.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <string_view>
#include <vector>

namespace tintype {

// How long a request may rightly take. `soon`: reads, writes, names. `whenever`: what grows with
// the data behind it, such as syncing a file that went through the page cache.
enum class Patience : std::uint8_t { soon, whenever };

// A request in flight, as it is read from the board.
struct InFlight {
  std::uint64_t number = 0;  // of this request alone
  unsigned slot = 0;
  const char* verb = "";  // a literal: "read"
  std::string_view path;  // the end of it, if it is long
  std::uint64_t offset = 0;
  Patience patience{};
};

class InFlightBoard {
 public:
  static constexpr unsigned kSlots = 512;  // more than a pass and its readers have in flight

  // For the process that works. A slot, or kSlots.
  [[nodiscard]] unsigned begin(const char* verb, std::string_view path, std::uint64_t offset,
                               Patience patience) noexcept;
  void end(unsigned slot) noexcept;
  // For the process that looks on.
  struct Seen {
    InFlight request;
    std::array<char, 256> path;
  };
  void read(std::vector<Seen>& seen) const;

 private:
  static constexpr std::uint64_t kFree = 0, kBeingWritten = ~std::uint64_t{0};
  struct Slot {
    std::atomic<std::uint64_t> number{kFree};
    const char* verb = "";
    std::uint64_t offset = 0;
    Patience patience{};
    std::uint8_t path_bytes = 0;
    std::array<char, 255> path{};
  };
  std::atomic<std::uint64_t> next_number_{1};
  std::atomic<unsigned> free_hint_{0};  // a slot that is probably free
  std::array<Slot, kSlots> slots_;
};

// From here on marks are made on this board; null: nobody looks.
void use_board(InFlightBoard* board) noexcept;

// A request in flight for as long as this lives.
class InFlightMark {
 public:
  InFlightMark(const char* verb, std::string_view path, std::uint64_t offset = 0,
               Patience patience = Patience::soon) noexcept;
  InFlightMark(InFlightMark&& other) noexcept;
  InFlightMark& operator=(InFlightMark&& other) noexcept;
  ~InFlightMark();
  InFlightMark() = default;

 private:
  InFlightBoard* board_ = nullptr;
  unsigned slot_ = 0;
};

}  // namespace tintype
