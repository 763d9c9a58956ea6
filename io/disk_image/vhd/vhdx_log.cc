#include "io/disk_image/vhd/vhdx_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

#include "hashing/counted.h"
#include "hashing/crc32c.h"

namespace tintype {
namespace {

constexpr std::uint64_t kSector = kVhdxLogSectorBytes;
// A file that claims more is none: the largest disk has 64 TiB.
constexpr std::uint64_t kFileBytesMax = std::uint64_t{1} << 48;
// All that a log of the usual size could hold, many times over.
constexpr std::size_t kChangesMax = std::size_t{1} << 18;
// An entry's sum is made over all of it, and each sector may claim to begin one as long as the log:
// the sums of a log that was not made to be slow are over it once or twice.
constexpr std::uint64_t kSummedRoundsMax = 16;

bool has_signature(const char (&signature)[4], std::string_view text) {
  return std::string_view(signature, 4) == text;
}

template <class Record>
Record record_at(std::span<const std::byte> bytes, std::size_t offset) {
  Record record;
  std::memcpy(&record, bytes.data() + offset, sizeof record);
  return record;
}

struct Entry {
  VhdxLogEntry header;
  std::vector<VhdxDescriptor> descriptors;
  std::vector<std::byte> bytes;  // all of it: entries may go over the ring's end
  [[nodiscard]] std::size_t data_begin() const noexcept {
    const std::size_t table = sizeof header + descriptors.size() * sizeof(VhdxDescriptor);
    return (table + kSector - 1) / kSector * kSector;
  }
};

class Log {
 public:
  Log(std::span<const std::byte> bytes, const VhdxGuid& id) : bytes_(bytes), id_(id) {}

  // Where the entries of the newest valid sequence begin, tail first. Empty: there is none.
  std::vector<std::uint64_t> active_sequence() {
    std::vector<std::uint64_t> best;
    std::uint64_t best_number = 0;
    for (std::uint64_t tail = 0; tail < bytes_.size();) {
      std::vector<std::uint64_t> sequence;
      std::uint64_t number = 0, length = 0;
      while (length < bytes_.size()) {
        const std::uint64_t at = (tail + length) % bytes_.size();
        const VhdxLogEntry* const header = header_at(at);
        if (header == nullptr || length + header->bytes > bytes_.size() ||
            (!sequence.empty() && header->sequence != number + 1))
          break;
        sequence.push_back(at);
        number = header->sequence;
        length += header->bytes;
      }
      bool valid = false;
      if (!sequence.empty()) {
        const std::uint64_t from = header_at(sequence.back())->tail;
        const auto begin = std::ranges::find(sequence, from);
        valid = begin != sequence.end();
        if (valid && number > best_number) {
          best.assign(begin, sequence.end());
          best_number = number;
        }
      }
      tail += valid ? length : kSector;
    }
    return best;
  }

  // Of a place where active_sequence() found one.
  [[nodiscard]] Entry entry_at(std::uint64_t at) const { return *parse(at); }
  [[nodiscard]] bool is_too_slow() const noexcept {
    return summed_bytes_ > kSummedRoundsMax * bytes_.size();
  }

 private:
  // Null: no valid entry begins there.
  const VhdxLogEntry* header_at(std::uint64_t at) {
    auto [known, is_new] = headers_.try_emplace(at);
    if (is_new) {
      const auto header = record_at<VhdxLogEntry>(bytes_, at);
      if (looks_like_entry(header) && !is_too_slow()) {
        summed_bytes_ += header.bytes;
        if (parse(at)) known->second = header;
      }
    }
    return known->second ? &*known->second : nullptr;
  }

  [[nodiscard]] bool looks_like_entry(const VhdxLogEntry& header) const {
    return has_signature(header.signature, "loge") && header.log_id == id_ &&
           header.bytes >= kSector && header.bytes % kSector == 0 &&
           header.bytes <= bytes_.size() && header.tail % kSector == 0 &&
           header.tail < bytes_.size() && header.sequence > 0 &&
           header.descriptors <= header.bytes / sizeof(VhdxDescriptor) &&
           header.flushed_bytes <= kFileBytesMax && header.last_bytes <= kFileBytesMax;
  }

  // Nothing unless every part of the entry is as it has to be.
  [[nodiscard]] std::optional<Entry> parse(std::uint64_t at) const {
    Entry entry{record_at<VhdxLogEntry>(bytes_, at), {}, {}};
    entry.bytes.resize(entry.header.bytes);
    const std::size_t first = std::min<std::uint64_t>(entry.bytes.size(), bytes_.size() - at);
    std::ranges::copy(bytes_.subspan(at, first), entry.bytes.begin());
    std::ranges::copy(bytes_.first(entry.bytes.size() - first),
                      entry.bytes.begin() + static_cast<std::ptrdiff_t>(first));
    if (crc32c_without(entry.bytes, offsetof(VhdxLogEntry, checksum)) != entry.header.checksum)
      return std::nullopt;
    entry.descriptors.resize(entry.header.descriptors);
    std::size_t data = entry.data_begin();
    if (data > entry.bytes.size()) return std::nullopt;
    std::memcpy(entry.descriptors.data(), entry.bytes.data() + sizeof entry.header,
                entry.descriptors.size() * sizeof(VhdxDescriptor));
    const std::uint64_t number = entry.header.sequence;
    for (const VhdxDescriptor& descriptor : entry.descriptors) {
      const bool is_zero = has_signature(descriptor.signature, "zero");
      const std::uint64_t length = is_zero ? descriptor.leading.value() : kSector;
      if ((!is_zero && !has_signature(descriptor.signature, "desc")) ||
          descriptor.sequence != number || descriptor.file_offset % kSector != 0 ||
          length % kSector != 0 || descriptor.file_offset > kFileBytesMax || length > kFileBytesMax)
        return std::nullopt;
      if (is_zero) continue;
      if (data + kSector > entry.bytes.size()) return std::nullopt;
      const auto sector = record_at<VhdxDataSector>(entry.bytes, data);
      if (!has_signature(sector.signature, "data") || sector.sequence_high != number >> 32 ||
          sector.sequence_low != (number & 0xFFFFFFFF))
        return std::nullopt;
      data += kSector;
    }
    return entry;
  }

  std::span<const std::byte> bytes_;
  VhdxGuid id_;
  std::map<std::uint64_t, std::optional<VhdxLogEntry>> headers_;
  std::uint64_t summed_bytes_ = 0;
};

// What was written last is what holds.
class Changes {
 public:
  void write(std::uint64_t offset, std::uint64_t length, std::uint64_t from, std::uint32_t file) {
    if (length == 0) return;
    const std::uint64_t end = offset + length;
    auto next = map_.lower_bound(offset);
    if (next != map_.begin()) {
      const auto before = std::prev(next);
      const PatchedVolume::Patch old = before->second;
      if (old.end() > offset) {
        before->second.length = offset - old.offset;
        if (old.end() > end)
          map_[end] = {end, old.end() - end, old.file_offset + (end - old.offset), old.file};
      }
    }
    while (next != map_.end() && next->first < end) {
      const PatchedVolume::Patch old = next->second;
      next = map_.erase(next);
      if (old.end() > end)
        map_[end] = {end, old.end() - end, old.file_offset + (end - old.offset), old.file};
    }
    map_[offset] = {offset, length, from, file};
  }
  [[nodiscard]] PatchList list() const {
    PatchList list;
    for (const auto& [offset, patch] : map_) append(list, patch);
    return list;
  }

 private:
  std::map<std::uint64_t, PatchedVolume::Patch> map_;
};

void apply(const Entry& entry, Changes& changes, std::vector<std::byte>& sectors) {
  std::size_t data = entry.data_begin();
  for (const VhdxDescriptor& descriptor : entry.descriptors) {
    if (has_signature(descriptor.signature, "zero")) {
      changes.write(descriptor.file_offset, descriptor.leading, 0, kZeroPatch);
      continue;
    }
    // The sector's own first 8 and last 4 bytes made room for what marks it as the entry's.
    const std::size_t at = sectors.size();
    sectors.resize(at + kSector);
    std::memcpy(sectors.data() + at, &descriptor.leading, 8);
    std::memcpy(sectors.data() + at + 8, entry.bytes.data() + data + 8, kSector - 12);
    std::memcpy(sectors.data() + at + kSector - 4, &descriptor.trailing, 4);
    changes.write(descriptor.file_offset, kSector, at, 0);
    data += kSector;
  }
}

}  // namespace

Result<VhdxLogReplay> replay_vhdx_log(std::span<const std::byte> bytes, const VhdxGuid& log_id,
                                      std::uint64_t file_bytes) {
  Log log(bytes, log_id);
  const std::vector<std::uint64_t> sequence = log.active_sequence();
  if (log.is_too_slow()) return plain_error("its entries overlap");
  if (sequence.empty()) return plain_error("no whole entry is in it");
  VhdxLogReplay replay;
  Changes changes;
  std::size_t count = 0;
  for (const std::uint64_t at : sequence) {
    const Entry entry = log.entry_at(at);
    if (at == sequence.back()) {
      if (entry.header.flushed_bytes > file_bytes)
        return plain_error(fmt::format("the file had {} when it was written, and has {} now",
                                       counted(entry.header.flushed_bytes.value(), "byte"),
                                       file_bytes));
      replay.file_bytes = entry.header.last_bytes;
    }
    count += entry.descriptors.size();
    if (count > kChangesMax) return plain_error(fmt::format("it has over {} changes", kChangesMax));
    apply(entry, changes, replay.sectors);
  }
  replay.patches = changes.list();
  replay.entries = sequence.size();
  return replay;
}

}  // namespace tintype
