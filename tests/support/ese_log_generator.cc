#include "support/ese_log_generator.h"

#include <algorithm>
#include <cstring>
#include <random>

#include "verify/ese/log/ese_checkpoint.h"
#include "verify/ese/log/ese_flush_map.h"
#include "verify/ese/log/ese_log_v7.h"

namespace tintype::test {
namespace {

constexpr std::size_t kSlot = 4096;

Signature signature(std::uint32_t random) {
  Signature sign{};
  sign.random = random;
  sign.creation = {.second = 26, .minute = 47, .hour = 18, .day = 18, .month = 3, .year = 113};
  return sign;
}

LogHeader log_header(std::int32_t generation, std::uint32_t log_signature,
                     std::int32_t forked_at = 0) {
  LogHeader header{};
  header.generation = generation;
  header.create_time = ese_log_create_time(generation, forked_at);
  if (generation > 1) header.previous_create_time = ese_log_create_time(generation - 1, forked_at);
  header.log_signature = signature(log_signature);
  header.checkpoint.generation = 1;
  header.file_type = static_cast<std::uint32_t>(EseFileType::log);
  return header;
}

void make_segment(std::vector<std::byte>& file, std::uint32_t slot, std::int32_t generation) {
  const auto segment = std::span(file).subspan(slot * kSlot, kSlot);
  std::mt19937_64 random(slot * 1000003ull + static_cast<std::uint64_t>(generation));
  for (std::size_t at = 0; at < kSlot; at += 8) store_le<std::uint64_t>(segment, at, random());
  std::ranges::fill(segment.first(40), std::byte{0});
  LgPos position{};
  position.sector = static_cast<std::uint16_t>(slot);
  position.generation = generation;
  std::memcpy(segment.data() + 8, &position, sizeof position);
  seal_ese_page(segment, slot);
}

std::uint32_t fold(std::span<const std::byte> bytes) {
  std::uint32_t x = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i)
    x ^= std::to_integer<std::uint32_t>(bytes[i]) << (8 * (i % 4));
  return x;
}

}  // namespace

LogTime ese_log_create_time(std::int32_t generation, std::int32_t forked_at) {
  return {.second = static_cast<std::uint8_t>(forked_at > 0 && generation >= forked_at ? 2 : 1),
          .minute = static_cast<std::uint8_t>(generation % 60),
          .hour = 12,
          .day = 2,
          .month = 4,
          .year = 120,
          .utc_and_ms = 1};
}

EseLog make_ese_log(const EseLogSpec& spec) {
  EseLog log;
  log.file.resize(spec.slots * kSlot);
  LogHeader header = log_header(spec.generation, spec.log_signature, spec.forked_at);
  header.sector_bytes = kSlot;
  header.header_sectors = 1;
  header.file_sectors = spec.slots;
  header.version_major = 8;
  header.version_minor = 4000;
  header.update_major = 4;
  header.update_minor = spec.update_minor;
  header.previous_segments_checksum = spec.previous_checksum;
  std::memcpy(log.file.data(), &header, sizeof header);
  seal_ese_header(std::span(log.file).first(kSlot));

  if (spec.tail == EseLogTail::stale)
    for (std::uint32_t slot = 1; slot + 1 < spec.slots; ++slot)
      make_segment(log.file, slot, spec.generation - 5);
  for (std::uint32_t slot = 1; slot <= spec.segments; ++slot) {
    make_segment(log.file, slot, spec.generation);
    log.accumulated_checksum ^= load_le<std::uint64_t>(log.file, slot * kSlot);
  }
  if (spec.tail == EseLogTail::shadow)
    std::ranges::copy(std::span(log.file).subspan(spec.segments * kSlot, kSlot),
                      log.file.begin() + (spec.segments + 1) * std::ptrdiff_t{kSlot});
  return log;
}

void seal_ese_segment(std::span<std::byte> file, std::uint32_t slot, std::uint32_t number) {
  seal_ese_page(file.subspan(slot * kSlot, kSlot), number);
}

std::vector<std::byte> make_ese_log_v7(std::int32_t generation, std::uint32_t records,
                                       std::uint64_t seed) {
  constexpr std::uint32_t kSector = 512;
  constexpr std::uint32_t kRecord = sizeof(EseChecksumRecord);
  std::mt19937_64 random(seed);
  std::vector<std::byte> file(std::size_t{64} * kSector + records * 4096);
  for (std::byte& b : file) b = static_cast<std::byte>(random());  // pattern behind the end
  std::fill(file.begin(), file.begin() + 4096, std::byte{0});
  LogHeader header = log_header(generation, 0x1234567);
  header.sector_bytes = kSector;
  header.header_sectors = 8;
  header.file_sectors = static_cast<std::uint16_t>(file.size() / kSector);
  header.version_major = 7;
  header.version_minor = 3704;
  header.update_major = 16;
  std::memcpy(file.data(), &header, sizeof header);
  seal_ese_header(std::span(file).first(4096));

  std::uint32_t at = 4096;
  for (std::uint32_t i = 0; i < records; ++i) {
    EseChecksumRecord record{};
    record.type = EseChecksumRecord::kType;
    const std::uint32_t in_sector = at % kSector;
    record.backward_bytes = in_sector <= kSector - kRecord ? in_sector : 0;
    record.forward_bytes = static_cast<std::uint32_t>(random() % 3000);
    record.next_bytes = i + 1 == records
                            ? 0u
                            : record.forward_bytes + static_cast<std::uint32_t>(random() % 50) + 1;
    const std::uint32_t start = at + kRecord;
    const std::uint32_t sector_end = std::max(start, (at / kSector + 1) * kSector);
    // A short checksum would cover a next record in its sector, which covers it in turn.
    const bool alone = record.next_bytes == 0 || start + record.next_bytes >= sector_end;
    const bool in_use = alone && random() % 2 == 0;
    record.short_use = in_use ? EseChecksumRecord::kShortInUse : EseChecksumRecord::kShortUnused;
    const auto bytes = std::span(file);
    // The record itself is not covered, so its place may be written after the sums are taken.
    const std::uint32_t fields = record.backward_bytes ^ record.forward_bytes ^ record.next_bytes ^
                                 record.short_use ^ static_cast<std::uint32_t>(generation);
    const std::uint32_t before =
        fold(bytes.subspan(at - record.backward_bytes, record.backward_bytes));
    record.checksum =
        0xFEEDBEAF ^ before ^ fields ^ fold(bytes.subspan(start, record.forward_bytes));
    record.short_checksum =
        in_use ? 0xDEADC0DE ^ before ^ fields ^ fold(bytes.subspan(start, sector_end - start)) : 0u;
    std::memcpy(file.data() + at, &record, sizeof record);
    at = start + record.next_bytes;
  }
  return file;
}

std::vector<std::byte> make_ese_checkpoint(LgPos checkpoint, std::uint32_t log_signature) {
  std::vector<std::byte> file(2 * kSlot);
  CheckpointHeader header{};
  header.checkpoint = checkpoint;
  header.database_consistency = checkpoint;
  header.log_signature = signature(log_signature);
  header.environment.sessions = 1227;
  header.version = 1;
  header.file_type = static_cast<std::uint32_t>(EseFileType::checkpoint);
  for (const std::size_t at : {std::size_t{0}, kSlot}) {
    std::memcpy(file.data() + at, &header, sizeof header);
    seal_ese_header(std::span(file).subspan(at, kSlot));
  }
  return file;
}

void attach_ese_databases(std::span<std::byte> header, std::size_t list_at,
                          const std::vector<EseAttached>& databases) {
  std::size_t at = list_at;
  for (const EseAttached& database : databases) {
    header[at] = std::byte{1};
    header[at + 1] = std::byte{0x20};  // the name is UTF-16
    store_le<std::uint16_t>(header, at + 2,
                            static_cast<std::uint16_t>(2 * (database.path.size() + 1)));
    std::memcpy(header.data() + at + 36, &database.db_signature, sizeof(Signature));
    at += 64;
    for (const char16_t unit : database.path + u'\0') {
      store_le<std::uint16_t>(header, at, static_cast<std::uint16_t>(unit));
      at += 2;
    }
  }
  seal_ese_header(header.first(kSlot));
}

std::vector<std::byte> make_ese_flush_map(std::uint32_t map_pages, std::uint64_t seed) {
  constexpr std::size_t kPage = kEseFlushMapPageBytes;
  std::mt19937_64 random(seed);
  std::vector<std::byte> file((map_pages + 1) * kPage);
  FlushMapHeader header{};
  header.version_major = 3;
  header.flags = 0x2001u;  // clean
  header.flush_map_header_flush = signature(77);
  header.file_type = static_cast<std::uint32_t>(EseFileType::flush_map);
  std::memcpy(file.data(), &header, sizeof header);
  seal_ese_header(std::span(file).first(kPage));
  for (std::uint32_t index = 0; index < map_pages; ++index) {
    const auto page = std::span(file).subspan((index + 1) * kPage, kPage);
    for (std::size_t at = 64; at < kPage; at += 8) store_le<std::uint64_t>(page, at, random());
    store_le<std::uint64_t>(page, 8, 5000);  // highest dbtime
    store_le(page, 16, index);
    seal_ese_page(page, index);
  }
  return file;
}

}  // namespace tintype::test
