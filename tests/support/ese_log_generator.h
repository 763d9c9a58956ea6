// Makes ESE logs, checkpoints and flush maps, sealed by the code of ese_generator.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "support/ese_generator.h"
#include "verify/ese/log/ese_log_header.h"

namespace tintype::test {

enum class EseLogTail {
  zeros,   // as a fresh file
  shadow,  // the last segment once more, then zeros: as the current log of a live stream
  stale,   // valid segments of generation - 5: as a recycled file
};

struct EseLogSpec {
  std::int32_t generation = 7;
  std::uint16_t slots = 32;  // of 4096 bytes; the first is the header
  std::uint16_t segments = 10;
  EseLogTail tail = EseLogTail::zeros;
  std::uint32_t log_signature = 0x1234567;  // as EseDatabaseSpec
  std::uint64_t previous_checksum = 0;      // accumulated checksum of generation - 1
  std::uint32_t update_minor = 20;
  // Not 0: of a stream that was restored, and went on from this generation with other logs.
  std::int32_t forked_at = 0;
};

struct EseLog {
  std::vector<std::byte> file;
  std::uint64_t accumulated_checksum = 0;
};

// Created at minute `generation` of its day, and says the same of the one before.
[[nodiscard]] EseLog make_ese_log(const EseLogSpec& spec);
[[nodiscard]] LogTime ese_log_create_time(std::int32_t generation, std::int32_t forked_at = 0);

// A log of version 7: 512-byte sectors and a chain of checksum records.
[[nodiscard]] std::vector<std::byte> make_ese_log_v7(std::int32_t generation, std::uint32_t records,
                                                     std::uint64_t seed);

// Seals a log segment (or a page of a flush map) that was changed.
void seal_ese_segment(std::span<std::byte> file, std::uint32_t slot, std::uint32_t number);

[[nodiscard]] std::vector<std::byte> make_ese_checkpoint(LgPos checkpoint,
                                                         std::uint32_t log_signature = 0x1234567);

// Writes the list of attached databases into a log's header (`list_at` 671) or a copy of a
// checkpoint (679), whose first 4096 bytes these are, and seals it.
struct EseAttached {
  std::u16string path;
  Signature db_signature{};
};
void attach_ese_databases(std::span<std::byte> header, std::size_t list_at,
                          const std::vector<EseAttached>& databases);

// A header and so many map pages of random states.
[[nodiscard]] std::vector<std::byte> make_ese_flush_map(std::uint32_t map_pages,
                                                        std::uint64_t seed);

}  // namespace tintype::test
