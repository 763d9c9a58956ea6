// Unpacked chunks of an image, as many as a fixed amount of memory holds, for any number of
// readers.
//
//   * No lock is held while a chunk is read, checked and unpacked: different chunks are loaded side
//   by
//     side, and those who want the same one wait for one loading.
//   * Not a byte is given out before the chunk's digests were right. A chunk that is not is an
//   error
//     each time somebody asks for it, and harms no other.
//   * Who reads on where a reader has been (the chunk before is here) is read ahead of, by threads
//   of
//     the cache's own. Read-ahead never waits for room and is never an error.
//   * All memory is within the budget; a budget too small for three chunks counts as three chunks.
//     Memory that was never needed is never taken.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <mutex>
#include <optional>
#include <span>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <vector>

#include "engine/image/read/image_reader.h"
#include "io/aligned_buffer.h"

namespace tintype {

inline constexpr std::uint64_t kChunkCacheBytesDefault = 64ULL << 20;
// In the message about a damaged chunk: who gets it from another process knows it by this.
inline constexpr std::string_view kChunkDamageWords = " is damaged at offset ";

class ChunkCache {
 public:
  // `image` outlives the cache. Starts threads: in a program that forks, after that.
  ChunkCache(const ImageReader& image, std::uint64_t budget_bytes);
  ~ChunkCache();  // nobody may be inside copy() any more
  ChunkCache(const ChunkCache&) = delete;
  ChunkCache& operator=(const ChunkCache&) = delete;

  // Fills `out` with the plain bytes of chunk `record` (not a run) from `begin` on; all lie in it.
  // A damaged chunk is an error with the code std::errc::bad_message. Thread-safe.
  [[nodiscard]] Result<void> copy(std::size_t record, std::uint64_t begin,
                                  std::span<std::byte> out);

  struct Counts {
    std::uint64_t loaded = 0;        // chunks, read-ahead included
    std::uint64_t loaded_ahead = 0;  // chunks that no reader had asked for yet
  };
  [[nodiscard]] Counts counts() const;
  [[nodiscard]] std::uint64_t memory_bytes_max() const noexcept;

 private:
  enum class State : std::uint8_t { empty, loading, loaded, failed };
  struct Slot {
    AlignedBuffer plain;
    std::size_t record = 0;  // meaningless while empty
    State state = State::empty;
    bool touched = false;              // by a reader, since it was loaded
    unsigned users = 0;                // who may not lose it
    std::list<Slot*>::iterator place;  // in idle_ or busy_
    std::condition_variable settled;   // no longer loading
    Error fault;                       // if failed
  };
  struct Shape {
    std::size_t buffer_bytes, slots, scratch, read_ahead;
  };
  [[nodiscard]] static Shape shape_of(std::size_t buffer_bytes, std::uint64_t budget_bytes);

  // With mutex_ held:
  [[nodiscard]] Slot* find(std::size_t record) const;
  Slot& claim(std::size_t record);  // makes the longest idle slot the record's; it is loading now
  void take(Slot& slot);
  void release(Slot& slot);
  void settle(Slot& slot, Result<void> result);
  void touch(Slot& slot);
  void read_ahead_after(std::size_t record);

  // Without:
  [[nodiscard]] Result<void> load(Slot& slot) noexcept;
  [[nodiscard]] Result<void> read_and_open(Slot& slot);
  void run_read_ahead();

  class Scratch;  // room for a packed chunk, as long as it lives

  const ImageReader& image_;
  const Shape shape_;
  mutable std::mutex mutex_;
  std::vector<Slot> slots_;
  std::list<Slot*> idle_;  // without users, the longest idle first
  std::list<Slot*> busy_;
  std::unordered_map<std::size_t, Slot*> resident_;  // by record: loading or loaded
  std::condition_variable slot_idle_;
  std::vector<AlignedBuffer> scratch_;  // not in use
  std::condition_variable scratch_free_;
  std::deque<std::size_t> wanted_ahead_;
  std::condition_variable ahead_wanted_;
  bool stopping_ = false;
  Counts counts_;
  std::vector<std::thread> threads_;
};

}  // namespace tintype
