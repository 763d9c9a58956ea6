#include "engine/image/read/chunk_cache.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

#include "io/invariant.h"
#include "io/start_threads.h"

namespace tintype {
namespace {

constexpr std::size_t kReadAheadChunksMax = 8;
// Packed chunks in memory at once. More than there are cores: most of the time they wait for the
// medium, which may be at the end of a network.
constexpr std::size_t kScratchBuffersMax = 8;

std::size_t rounded_up(std::size_t bytes) noexcept {
  return (bytes + kImageAlignmentBytes - 1) / kImageAlignmentBytes * kImageAlignmentBytes;
}

bool is_run(const ImageRecord& record) noexcept {
  return (record.flags & kRecordRun) != 0;
}

}  // namespace

// A packed chunk needs room of its own beside the slot. That is taken from a few buffers for all,
// so that a hundred readers do not need a hundred of them.
class ChunkCache::Scratch {
 public:
  explicit Scratch(ChunkCache& cache) : cache_(cache) {
    std::unique_lock lock(cache_.mutex_);
    cache_.scratch_free_.wait(lock, [&] { return !cache_.scratch_.empty(); });
    buffer_ = std::move(cache_.scratch_.back());
    cache_.scratch_.pop_back();
  }
  ~Scratch() {
    {
      const std::lock_guard lock(cache_.mutex_);
      cache_.scratch_.push_back(std::move(buffer_));  // has the room: it was there before
    }
    cache_.scratch_free_.notify_one();
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  [[nodiscard]] std::span<std::byte> bytes() {
    const std::size_t bytes = cache_.shape_.buffer_bytes;
    if (buffer_.size() < bytes) buffer_ = AlignedBuffer(bytes);
    return buffer_.bytes();
  }

 private:
  ChunkCache& cache_;
  AlignedBuffer buffer_;
};

ChunkCache::Shape ChunkCache::shape_of(std::size_t buffer_bytes, std::uint64_t budget_bytes) {
  const auto chunks =
      static_cast<std::size_t>(std::max<std::uint64_t>(budget_bytes / buffer_bytes, 3));
  Shape shape{.buffer_bytes = buffer_bytes};
  // At most a quarter of the memory: it holds nothing that could be asked for again.
  shape.scratch = std::clamp<std::size_t>(chunks / 4, 1, kScratchBuffersMax);
  shape.slots = chunks - shape.scratch;
  // What is read ahead must not push out what a few other readers are at.
  shape.read_ahead = std::min(shape.slots / 4, kReadAheadChunksMax);
  return shape;
}

ChunkCache::ChunkCache(const ImageReader& image, std::uint64_t budget_bytes)
    : image_(image),
      shape_(shape_of(payload_room_bytes(image.geometry()), budget_bytes)),
      slots_(std::min(shape_.slots, std::max<std::size_t>(image.records().size(), 1))),
      scratch_(shape_.scratch) {
  for (Slot& slot : slots_) slot.place = idle_.insert(idle_.end(), &slot);
  resident_.reserve(slots_.size());
  start_threads(threads_, static_cast<unsigned>(std::min(shape_.scratch, shape_.read_ahead)),
                [this](unsigned) { return std::thread([this] { run_read_ahead(); }); });
}

ChunkCache::~ChunkCache() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  ahead_wanted_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

ChunkCache::Counts ChunkCache::counts() const {
  const std::lock_guard lock(mutex_);
  return counts_;
}

std::uint64_t ChunkCache::memory_bytes_max() const noexcept {
  return std::uint64_t{shape_.buffer_bytes} * (shape_.slots + shape_.scratch);
}

ChunkCache::Slot* ChunkCache::find(std::size_t record) const {
  const auto found = resident_.find(record);
  return found == resident_.end() ? nullptr : found->second;
}

void ChunkCache::take(Slot& slot) {
  if (slot.users++ == 0) busy_.splice(busy_.end(), idle_, slot.place);
}

void ChunkCache::release(Slot& slot) {
  if (--slot.users > 0) return;
  // A slot with nothing in it is the first to be used again.
  if (slot.state == State::failed) slot.state = State::empty;
  idle_.splice(slot.state == State::empty ? idle_.begin() : idle_.end(), busy_, slot.place);
  slot_idle_.notify_one();
}

ChunkCache::Slot& ChunkCache::claim(std::size_t record) {
  Slot& slot = *idle_.front();
  if (slot.state == State::loaded) resident_.erase(slot.record);
  slot.state = State::empty;
  resident_.emplace(record, &slot);
  take(slot);
  slot.record = record;
  slot.state = State::loading;
  slot.touched = false;
  return slot;
}

void ChunkCache::settle(Slot& slot, Result<void> result) {
  if (result) {
    slot.state = State::loaded;
    ++counts_.loaded;
  } else {
    slot.state = State::failed;  // for those who wait; who comes later tries again
    slot.fault = std::move(result).error();
    resident_.erase(slot.record);
  }
  slot.settled.notify_all();
}

void ChunkCache::touch(Slot& slot) {
  if (std::exchange(slot.touched, true) || threads_.empty()) return;
  // Two runs never stand side by side, so the chunk before is one or two records back.
  const auto& records = image_.records();
  for (std::size_t back = 1; back <= std::min<std::size_t>(slot.record, 2); ++back) {
    if (is_run(records[slot.record - back])) continue;
    if (find(slot.record - back) != nullptr) read_ahead_after(slot.record);
    return;
  }
}

void ChunkCache::read_ahead_after(std::size_t record) {
  const auto& records = image_.records();
  std::size_t chunks = 0;
  for (std::size_t next = record + 1; next < records.size() && chunks < shape_.read_ahead; ++next) {
    if (is_run(records[next])) continue;
    ++chunks;
    if (find(next) != nullptr ||
        std::find(wanted_ahead_.begin(), wanted_ahead_.end(), next) != wanted_ahead_.end())
      continue;
    wanted_ahead_.push_back(next);
    ahead_wanted_.notify_one();
  }
  // What has waited longest is no longer ahead of anybody.
  while (wanted_ahead_.size() > 2 * shape_.read_ahead) wanted_ahead_.pop_front();
}

Result<void> ChunkCache::copy(std::size_t record, std::uint64_t begin, std::span<std::byte> out) {
  invariant(record < image_.records().size() && !is_run(image_.records()[record]) &&
                begin <= image_.records()[record].plain_bytes &&
                out.size() <= image_.records()[record].plain_bytes - begin,
            "a reader asked for bytes outside a chunk");
  std::unique_lock lock(mutex_);
  Slot* slot = find(record);
  while (slot == nullptr && idle_.empty()) {
    slot_idle_.wait(lock);
    slot = find(record);
  }
  if (slot != nullptr) {
    take(*slot);
    touch(*slot);
    slot->settled.wait(lock, [&] { return slot->state != State::loading; });
  } else {
    slot = &claim(record);
    touch(*slot);
    lock.unlock();
    Result<void> result = load(*slot);
    lock.lock();
    settle(*slot, std::move(result));
  }
  if (slot->state == State::failed) {
    const Error fault = slot->fault;
    release(*slot);
    return tl::unexpected(fault);
  }
  // Loaded, and with a user it stays so: copied without the lock.
  lock.unlock();
  std::memcpy(out.data(), slot->plain.data() + begin, out.size());
  lock.lock();
  release(*slot);
  return {};
}

Result<void> ChunkCache::load(Slot& slot) noexcept {
  try {
    return read_and_open(slot);
  } catch (const std::bad_alloc&) {
    return tl::unexpected(Error{std::make_error_code(std::errc::not_enough_memory), "out of memory",
                                "a smaller --cache needs less"});
  }
}

Result<void> ChunkCache::read_and_open(Slot& slot) {
  const ImageRecord& record = image_.records()[slot.record];
  if (slot.plain.size() < shape_.buffer_bytes) slot.plain = AlignedBuffer(shape_.buffer_bytes);
  const auto plain = slot.plain.bytes().first(record.plain_bytes);
  const std::size_t request_bytes = rounded_up(record.stored_bytes);
  const ChunkPlace place = image_.chunks().place_of(record);
  const auto read_into = [&](std::span<std::byte> room) -> Result<std::span<std::byte>> {
    TINTYPE_TRY(const std::size_t got,
                place.file->read_at(place.payload_offset, room.first(request_bytes)));
    return room.first(std::min<std::size_t>(got, record.stored_bytes));
  };
  ChunkFault fault = ChunkFault::none;
  if ((record.flags & kRecordStoredPlain) != 0) {
    TINTYPE_TRY(const auto payload, read_into(slot.plain.bytes()));
    fault = image_.open_chunk(record, payload, plain);
  } else {
    Scratch scratch(*this);
    TINTYPE_TRY(const auto payload, read_into(scratch.bytes()));
    fault = image_.open_chunk(record, payload, plain);
  }
  if (fault == ChunkFault::none) return {};
  return tl::unexpected(
      Error{std::make_error_code(std::errc::bad_message),
            fmt::format("{}{}{}: {}; bytes {} to {} of the volume are lost", place.file->path(),
                        kChunkDamageWords, place.payload_offset, to_string(fault),
                        record.volume_offset, record.volume_offset + record.plain_bytes - 1),
            "use another backup set, or `tintype verify` to see all the damage"});
}

void ChunkCache::run_read_ahead() {
  std::unique_lock lock(mutex_);
  for (;;) {
    ahead_wanted_.wait(lock, [&] { return stopping_ || !wanted_ahead_.empty(); });
    if (stopping_) return;
    const std::size_t record = wanted_ahead_.front();
    wanted_ahead_.pop_front();
    if (find(record) != nullptr || idle_.empty()) continue;
    Slot& slot = claim(record);
    lock.unlock();
    Result<void> result = load(slot);
    lock.lock();
    if (result) ++counts_.loaded_ahead;
    settle(slot, std::move(result));
    release(slot);
  }
}

}  // namespace tintype
