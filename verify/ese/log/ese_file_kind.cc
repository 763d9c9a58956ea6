#include "verify/ese/log/ese_file_kind.h"

#include <algorithm>

#include "hashing/endian.h"
#include "verify/ese/ese_stream_names.h"
#include "verify/ese/log/ese_checkpoint.h"
#include "verify/ese/log/ese_flush_map.h"
#include "verify/ese/log/ese_log_header.h"

namespace tintype {
namespace {

constexpr std::size_t kTextLookBytes = 4096;

bool looks_like_checkpoint(std::span<const std::byte> first_bytes) {
  using Status = EseCheckpointReading::Status;
  const EseCheckpointReading reading = read_ese_checkpoint(first_bytes);
  return reading.status != Status::corrupt &&
         reading.header.file_type == static_cast<std::uint32_t>(EseFileType::checkpoint);
}

// A damaged header still names the file's type, or its version, which has been 3 from the start.
bool looks_like_flush_map(std::span<const std::byte> first_bytes) {
  if (first_bytes.size() < kEseFlushMapPageBytes) return false;
  const bool type = load_le<std::uint32_t>(first_bytes, kEseFileTypeAt) ==
                    static_cast<std::uint32_t>(EseFileType::flush_map);
  const auto header = first_bytes.first(kEseFlushMapPageBytes);
  return type && (load_le<std::uint32_t>(header, 0) == ese_xor32(header) ||
                  load_le<std::uint32_t>(header, offsetof(FlushMapHeader, version_major)) == 3);
}

// Every ESE header has zero bytes; text, which other programs keep in files called *.log, has none
// of the bytes below a blank but a few that move the cursor.
bool is_text(std::span<const std::byte> first_bytes) {
  const auto look = first_bytes.first(std::min(first_bytes.size(), kTextLookBytes));
  return !look.empty() && std::ranges::none_of(look, [](std::byte b) {
    const auto c = std::to_integer<unsigned char>(b);
    return c == 0xFF || (c < ' ' && (c < '\t' || c > '\r') && c != 0x1B);
  });
}

// Other programs' databases are called *.mdb too: Access's, and those of LMDB, whose name is always
// data.mdb.
bool is_another_programs(std::string_view upper_name, std::span<const std::byte> first_bytes) {
  constexpr std::size_t kAccessAt = 4, kLmdbAt = 16;
  constexpr std::uint32_t kLmdbMagic = 0xBEEFC0DE;
  if (!upper_name.ends_with(".MDB") || first_bytes.size() < 32) return false;
  const std::string_view text(reinterpret_cast<const char*>(first_bytes.data()) + kAccessAt, 15);
  return text == "Standard Jet DB" || text == "Standard ACE DB" ||
         (upper_name == "DATA.MDB" && load_le<std::uint32_t>(first_bytes, kLmdbAt) == kLmdbMagic);
}

EseFileKind kind_of_name(std::string_view name) {
  const std::string upper = upper_ascii(name);
  if (upper.ends_with(".EDB") || upper.ends_with(".MDB") || upper == "NTDS.DIT")
    return EseFileKind::database;
  const auto parsed = parse_ese_stream_name(name);
  if (!parsed) return EseFileKind::none;
  switch (parsed->kind) {
    case EseStreamFileKind::archived_log:
    case EseStreamFileKind::current_log:
      return EseFileKind::log;
    case EseStreamFileKind::temp_log:
    case EseStreamFileKind::reserve_log:
      return EseFileKind::spare_log;
    case EseStreamFileKind::checkpoint:
      return EseFileKind::checkpoint;
    case EseStreamFileKind::flush_map:
      return EseFileKind::flush_map;
  }
  return EseFileKind::none;
}

}  // namespace

std::string_view to_string(EseFileKind kind) noexcept {
  switch (kind) {
    case EseFileKind::none:
      return "unknown";
    case EseFileKind::database:
      return "database";
    case EseFileKind::log:
      return "log";
    case EseFileKind::checkpoint:
      return "checkpoint";
    case EseFileKind::flush_map:
      return "flush map";
    case EseFileKind::spare_log:
      return "spare log";
  }
  return "unknown";
}

EseFileKind ese_file_kind(std::string_view name, std::span<const std::byte> first_bytes) {
  if (looks_like_ese(first_bytes)) return EseFileKind::database;
  if (looks_like_ese_log(first_bytes)) return EseFileKind::log;
  if (looks_like_checkpoint(first_bytes)) return EseFileKind::checkpoint;
  if (looks_like_flush_map(first_bytes)) return EseFileKind::flush_map;
  const EseFileKind by_name = kind_of_name(name);
  if (by_name == EseFileKind::database)
    return is_another_programs(upper_ascii(name), first_bytes) ? EseFileKind::none : by_name;
  return is_text(first_bytes) ? EseFileKind::none : by_name;
}

}  // namespace tintype
