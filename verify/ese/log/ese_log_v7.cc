#include "verify/ese/log/ese_log_v7.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "verify/ese/ese_error.h"

namespace tintype {
namespace {

constexpr std::uint64_t kRecordBytes = sizeof(EseChecksumRecord);

// XOR of the 32-bit words from the first byte on; a short tail is filled up with zeros.
std::uint32_t fold(std::span<const std::byte> bytes) noexcept {
  std::uint32_t x = 0;
  while (bytes.size() >= 4) {
    x ^= load_le<std::uint32_t>(bytes, 0);
    bytes = bytes.subspan(4);
  }
  std::byte tail[4]{};
  std::ranges::copy(bytes, tail);
  return x ^ load_le<std::uint32_t>(tail, 0);
}

class Chain {
 public:
  Chain(std::span<const std::byte> file, const LogHeader& header) : file_(file), header_(header) {}

  EseLogRecords run() && {
    std::uint64_t at = std::uint64_t{header_.sector_bytes} * header_.header_sectors;
    found_.covered_bytes = at;
    EseChecksumRecord record{};
    while (read(at, record) && check(at, record)) {
      ++found_.checksums;
      found_.covered_bytes = at + kRecordBytes + record.forward_bytes;
      if (record.next_bytes == 0) break;
      at += kRecordBytes + record.next_bytes;  // always onward, so the walk ends
    }
    return std::move(found_);
  }

 private:
  bool read(std::uint64_t at, EseChecksumRecord& record) {
    if (at + kRecordBytes > file_.size())
      return corrupt("RecordMissing", at, "the chain leads behind the end of the file");
    std::memcpy(&record, file_.data() + at, sizeof record);
    if (record.type != EseChecksumRecord::kType)
      return corrupt("RecordMissing", at,
                     fmt::format("no checksum record where one should be (type {})", record.type));
    return true;
  }

  bool check(std::uint64_t at, const EseChecksumRecord& record) {
    const std::uint64_t sector = header_.sector_bytes;
    const std::uint64_t back = record.backward_bytes, forward = record.forward_bytes;
    const bool short_in_use = record.short_use == EseChecksumRecord::kShortInUse;
    if ((!short_in_use && record.short_use != EseChecksumRecord::kShortUnused) ||
        back > sector - kRecordBytes || (back != 0 && (at - back) % sector != 0))
      return corrupt("RecordMalformed", at, "malformed checksum record");
    if (at + kRecordBytes + forward > file_.size())
      return corrupt("RecordMalformed", at, "checksum record covers more than the file");

    const std::uint32_t before = fold(file_.subspan(at - back, back));
    const std::uint32_t fields = record.backward_bytes ^ record.forward_bytes ^ record.next_bytes ^
                                 record.short_use ^
                                 static_cast<std::uint32_t>(header_.generation.value());
    if (short_in_use) {
      const std::uint64_t end = std::min<std::uint64_t>((at / sector + 1) * sector, file_.size());
      // A record that straddles two sectors covers nothing behind itself.
      const std::uint64_t start = std::min(at + kRecordBytes, end);
      const std::uint32_t computed =
          EseChecksumRecord::kShortSeed ^ before ^ fields ^ fold(file_.subspan(start, end - start));
      if (computed != record.short_checksum)
        return mismatch("ShortChecksumMismatch", at, record.short_checksum, computed);
      ++found_.short_checksums;
    } else if (record.short_checksum != 0) {
      return corrupt("RecordMalformed", at, "unused short checksum is not zero");
    }
    const std::uint32_t computed = EseChecksumRecord::kSeed ^ before ^ fields ^
                                   fold(file_.subspan(at + kRecordBytes, forward));
    if (computed == record.checksum) return true;
    if ((computed ^ EseChecksumRecord::kShadowMark) == record.checksum)
      return corrupt("ShadowRecord", at, "shadow record in place of the record itself");
    return mismatch("ChecksumMismatch", at, record.checksum, computed);
  }

  bool mismatch(std::string_view name, std::uint64_t at, std::uint32_t stored,
                std::uint32_t computed) {
    return corrupt(
        name, at,
        fmt::format("checksum mismatch, stored {:#010x}, computed {:#010x}", stored, computed));
  }

  bool corrupt(std::string_view name, std::uint64_t at, const std::string& what) {
    found_.problems.push_back(make_problem(name, FindingKind::bad_checksum, kErrLogFileCorrupt,
                                           fmt::format("record at file offset {}: {}", at, what),
                                           at, kRecordBytes));
    return false;
  }

  std::span<const std::byte> file_;
  const LogHeader& header_;
  EseLogRecords found_;
};

}  // namespace

EseLogRecords check_ese_log_v7(std::span<const std::byte> file, const LogHeader& header) {
  return Chain(file, header).run();
}

}  // namespace tintype
