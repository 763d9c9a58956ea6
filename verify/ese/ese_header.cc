#include "verify/ese/ese_header.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstring>

#include "verify/ese/ese_error.h"

namespace tintype {
namespace {

constexpr std::size_t kMagicAt = offsetof(DatabaseHeader, magic);
constexpr std::size_t kVersionAt = offsetof(DatabaseHeader, version);
constexpr std::size_t kPageBytesAt = offsetof(DatabaseHeader, page_bytes);

// The copy of the header that starts at `offset` if the page size is `page_bytes`; empty if the
// bytes do not reach that far.
std::span<const std::byte> copy_at(std::span<const std::byte> first_bytes, std::size_t offset,
                                   std::uint32_t page_bytes) noexcept {
  if (first_bytes.size() < offset + page_bytes) return {};
  return first_bytes.subspan(offset, page_bytes);
}

std::uint32_t page_bytes_field(std::span<const std::byte> copy) noexcept {
  const auto field = load_le<std::uint32_t>(copy, kPageBytesAt);
  return field == 0 ? 4096 : field;
}

// Valid only if the checksum over that many bytes holds and the header names that page size. The
// magic is asked for as well: an unused page before a sound one of half the size adds up to a
// valid checksum, and its zeros name 4096.
bool is_valid(std::span<const std::byte> copy) noexcept {
  return !copy.empty() && load_le<std::uint32_t>(copy, kMagicAt) == kEseMagic &&
         load_le<std::uint32_t>(copy, 0) == ese_xor32(copy) &&
         page_bytes_field(copy) == copy.size();
}

bool is_page_size(std::uint32_t bytes) noexcept {
  return std::has_single_bit(bytes) && bytes >= kEsePageBytesMin && bytes <= kEsePageBytesMax;
}

// What a damaged copy still says about the page size, if it can be believed: the copy shows itself
// as a header by its magic or its version, and names a size that exists.
std::uint32_t proposed_page_bytes(std::span<const std::byte> copy) noexcept {
  if (copy.size() < sizeof(DatabaseHeader)) return 0;
  const bool magic = load_le<std::uint32_t>(copy, kMagicAt) == kEseMagic;
  const bool version = load_le<std::uint32_t>(copy, kVersionAt) == kEseVersion;
  const std::uint32_t bytes = page_bytes_field(copy);
  return (magic || version) && is_page_size(bytes) ? bytes : 0;
}

std::uint32_t proposed_page_bytes_of_file(std::span<const std::byte> first_bytes) noexcept {
  if (const std::uint32_t bytes = proposed_page_bytes(first_bytes); bytes != 0) return bytes;
  for (std::uint32_t bytes = kEsePageBytesMin; bytes <= kEsePageBytesMax; bytes *= 2) {
    if (first_bytes.size() <= bytes) break;
    if (proposed_page_bytes(first_bytes.subspan(bytes)) == bytes) return bytes;
  }
  return 0;
}

void refuse(EseHeaderReading& reading, std::string problem, int error_number) {
  reading.status = EseHeaderReading::Status::refused;
  reading.problem = std::move(problem);
  reading.error_number = error_number;
}

// The checksum holds; is it the header of a database we know?
void check_kind(EseHeaderReading& reading) {
  const DatabaseHeader& header = reading.header;
  if (header.version != kEseVersion)
    return refuse(reading,
                  fmt::format("database format version is {:#x}, not {:#x}", header.version.value(),
                              kEseVersion),
                  kErrInvalidDatabaseVersion);
  const auto type = static_cast<EseFileType>(header.file_type.value());
  if (header.attrib != 0)
    return refuse(reading, fmt::format("not a database file (attribute {})", header.attrib.value()),
                  kErrFileInvalidType);
  if (type != EseFileType::unknown && type != EseFileType::database &&
      type != EseFileType::temp_database)
    return refuse(reading,
                  fmt::format("not a database file but a {} file (type {})", to_string(type),
                              header.file_type.value()),
                  kErrFileInvalidType);
  // Some engines leave the type of a temporary database at "database".
  reading.is_temporary = type == EseFileType::temp_database ||
                         (header.dbid == 0 && !header.log_signature.is_set() &&
                          header.state == static_cast<std::uint32_t>(EseState::just_created));
}

}  // namespace

std::uint32_t ese_xor32(std::span<const std::byte> unit) noexcept {
  assert(unit.size() % 4 == 0 && !unit.empty());
  std::uint32_t x = kEseMagic;  // the seed; that it is the magic as well is not used
  for (std::size_t at = 4; at < unit.size(); at += 4) x ^= load_le<std::uint32_t>(unit, at);
  return x;
}

EseHeaderReading read_ese_header(std::span<const std::byte> first_bytes) {
  std::span<const std::byte> primary, shadow;
  for (std::uint32_t bytes = kEsePageBytesMin; bytes <= kEsePageBytesMax; bytes *= 2) {
    if (const auto copy = copy_at(first_bytes, 0, bytes); is_valid(copy)) primary = copy;
    if (const auto copy = copy_at(first_bytes, bytes, bytes); is_valid(copy)) shadow = copy;
  }
  // The primary rules; a shadow of another size is none.
  if (!primary.empty() && shadow.size() != primary.size()) shadow = {};

  EseHeaderReading reading;
  using Status = EseHeaderReading::Status;
  if (primary.empty() && shadow.empty()) {
    reading.status = Status::corrupt;
    reading.page_bytes = proposed_page_bytes_of_file(first_bytes);
    reading.problem = "header and shadow header are both damaged";
    reading.error_number = kErrDatabaseCorrupted;
    return reading;
  }
  const auto used = primary.empty() ? shadow : primary;
  reading.page_bytes = static_cast<std::uint32_t>(used.size());
  std::memcpy(&reading.header, used.data(), sizeof reading.header);
  if (primary.empty()) {
    reading.status = Status::primary_bad;
    reading.problem = "header is damaged, shadow header used";
    reading.error_number = kErrReadVerifyFailure;
  } else if (!shadow.empty() && std::ranges::equal(primary, shadow)) {
    reading.status = Status::sound;
  } else {
    reading.status = Status::shadow_bad;
    const bool valid = !shadow.empty();
    const bool there = first_bytes.size() >= 2 * primary.size();
    reading.problem = valid   ? "shadow header differs from header, header used"
                      : there ? "shadow header is damaged, header used"
                              : "shadow header is missing, header used";
    reading.error_number = valid ? 0 : kErrReadVerifyFailure;
  }
  check_kind(reading);
  return reading;
}

bool looks_like_ese(std::span<const std::byte> first_bytes) noexcept {
  const auto header_at = [&](std::size_t offset) {
    return first_bytes.size() >= offset + kVersionAt + 4 &&
           load_le<std::uint32_t>(first_bytes, offset + kMagicAt) == kEseMagic;
  };
  if (header_at(0)) return true;
  // Behind a damaged header the shadow must show its version as well: a magic anywhere is cheap.
  for (std::uint32_t bytes = kEsePageBytesMin; bytes <= kEsePageBytesMax; bytes *= 2)
    if (header_at(bytes) && load_le<std::uint32_t>(first_bytes, bytes + kVersionAt) == kEseVersion)
      return true;
  return false;
}

std::string_view to_string(EseState state) noexcept {
  switch (state) {
    case EseState::just_created:
      return "Just Created";
    case EseState::dirty_shutdown:
      return "Dirty Shutdown";
    case EseState::clean_shutdown:
      return "Clean Shutdown";
    case EseState::being_converted:
      return "Being Converted";
    case EseState::force_detach:
      return "Force Detach Replay Error";
    case EseState::incremental_reseed:
      return "Incremental Reseed In Progress";
    case EseState::dirty_and_patched:
      return "Dirty and Patched Shutdown";
    case EseState::revert_in_progress:
      return "Database Revert in Progress";
  }
  return "Illegal";
}

bool restorable_by_replay(EseState state) noexcept {
  return state == EseState::dirty_shutdown || state == EseState::clean_shutdown ||
         state == EseState::dirty_and_patched;
}

std::string_view to_string(EseFileType type) noexcept {
  switch (type) {
    case EseFileType::unknown:
      return "unknown";
    case EseFileType::database:
      return "database";
    case EseFileType::streaming_file:
      return "streaming";
    case EseFileType::log:
      return "log";
    case EseFileType::checkpoint:
      return "checkpoint";
    case EseFileType::temp_database:
      return "temporary database";
    case EseFileType::ftl_trace:
      return "trace";
    case EseFileType::flush_map:
      return "flush map";
    case EseFileType::revert_snapshot:
      return "revert snapshot";
    case EseFileType::revert_checkpoint:
      return "revert checkpoint";
  }
  return "unknown";
}

bool operator==(const LgPos& a, const LgPos& b) noexcept {
  return std::is_eq(a <=> b);
}

std::strong_ordering operator<=>(const LgPos& a, const LgPos& b) noexcept {
  if (const auto order = a.generation.value() <=> b.generation.value(); std::is_neq(order))
    return order;
  if (const auto order = a.sector.value() <=> b.sector.value(); std::is_neq(order)) return order;
  return a.byte.value() <=> b.byte.value();
}

bool operator==(const Signature& a, const Signature& b) noexcept {
  return std::memcmp(&a, &b, sizeof a) == 0;
}

bool Signature::is_set() const noexcept {
  return !(*this == Signature{});
}

}  // namespace tintype
