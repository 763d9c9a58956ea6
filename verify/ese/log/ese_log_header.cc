#include "verify/ese/log/ese_log_header.h"

#include <fmt/format.h>

#include <bit>
#include <cstring>

#include "hashing/counted.h"
#include "hashing/zero_block.h"
#include "verify/ese/ese_error.h"
#include "verify/ese/ese_text.h"

namespace tintype {
namespace {

// Version 8 has sectors of 4096 bytes and one of them as header; version 7 has smaller ones.
bool geometry_is_known(const LogHeader& header) noexcept {
  const std::uint32_t sector = header.sector_bytes;
  if (sector * header.header_sectors != kEseLogHeaderBytes) return false;
  if (header.version_major >= 8) return sector == kEseLogHeaderBytes;
  return std::has_single_bit(sector) && sector >= 512;
}

std::string version_text(const LogHeader& header) {
  return fmt::format("{}.{}.{}.{}", header.version_major.value(), header.version_minor.value(),
                     header.update_major.value(), header.update_minor.value());
}

void check_kind(EseLogHeaderReading& reading, std::uint64_t file_bytes) {
  const LogHeader& header = reading.header;
  const auto refuse = [&](std::string_view name, int error_number, std::string text) {
    reading.status = EseLogHeaderReading::Status::refused;
    reading.problems.push_back(
        make_problem(name, FindingKind::not_checked, error_number, std::move(text)));
  };
  const auto type = static_cast<EseFileType>(header.file_type.value());
  if (type != EseFileType::log && type != EseFileType::unknown)
    return refuse("WrongFileType", kErrFileInvalidType,
                  fmt::format("not a log file but a {} file (type {})", to_string(type),
                              header.file_type.value()));
  if (header.version_major != 7 && header.version_major != 8)
    return refuse("UnknownVersion", kErrBadLogVersion,
                  fmt::format("log version {} is not known", version_text(header)));
  if (!geometry_is_known(header))
    return refuse("UnknownGeometry", kErrLogFileCorrupt,
                  fmt::format("{} header sectors of {} bytes do not make a log header",
                              header.header_sectors.value(), header.sector_bytes.value()));
  if (header.generation < 1)
    return refuse("BadGeneration", kErrLogGenerationMismatch,
                  fmt::format("generation {} does not exist", header.generation.value()));
  const std::uint64_t named = std::uint64_t{header.sector_bytes} * header.file_sectors;
  if (named != file_bytes)
    reading.problems.push_back(make_problem(
        "SizeMismatch", FindingKind::incomplete, kErrLogFileSizeMismatch,
        fmt::format("the file has {}, its header says {}", counted(file_bytes, "byte"), named)));
}

}  // namespace

EseLogHeaderReading read_ese_log_header(std::span<const std::byte> first_bytes,
                                        std::uint64_t file_bytes,
                                        std::optional<std::uint32_t> xor32) {
  EseLogHeaderReading reading;
  const auto corrupt = [&](std::string_view name, std::string text) {
    reading.problems.push_back(make_problem(name, FindingKind::header_corrupt, kErrLogFileCorrupt,
                                            std::move(text), 0, kEseLogHeaderBytes));
  };
  if (first_bytes.size() < kEseLogHeaderBytes) {
    corrupt("HeaderMissing",
            fmt::format("a log file of {} has no header", counted(file_bytes, "byte")));
    return reading;
  }
  const auto unit = first_bytes.first(kEseLogHeaderBytes);
  if (is_zero(unit)) {
    reading.status = EseLogHeaderReading::Status::all_zero;
    corrupt("HeaderZero", "the log header is all zero");
    return reading;
  }
  std::memcpy(&reading.header, unit.data(), sizeof reading.header);
  const std::uint32_t computed = xor32 ? *xor32 : ese_xor32(unit);
  if (reading.header.checksum != computed) {
    corrupt("HeaderCorrupt", fmt::format("log header: checksum mismatch, stored {:#010x}, "
                                         "computed {:#010x}",
                                         reading.header.checksum.value(), computed));
    return reading;
  }
  reading.status = EseLogHeaderReading::Status::sound;
  check_kind(reading, file_bytes);
  return reading;
}

bool looks_like_ese_log(std::span<const std::byte> first_bytes) noexcept {
  if (first_bytes.size() < sizeof(LogHeader)) return false;
  LogHeader header{};
  std::memcpy(&header, first_bytes.data(), sizeof header);
  const int signs =
      (header.version_major == 8 || header.version_major == 7 ? 1 : 0) +
      (header.version_minor == 4000 || header.version_minor == 3704 ? 1 : 0) +
      (header.file_type == static_cast<std::uint32_t>(EseFileType::log) ? 1 : 0) +
      (std::uint32_t{header.sector_bytes} * header.header_sectors == kEseLogHeaderBytes ? 1 : 0);
  return signs >= 2;
}

namespace {

std::string_view disk_sector_text(std::uint8_t value) noexcept {
  constexpr std::string_view kTexts[] = {
      " (legacy, unknown actual)",       " (matches)",
      " (actual @ log gen 512)",         " (actual @ log gen 1024)",
      " (actual @ log gen 2048)",        " (actual @ log gen 4096)",
      " (actual @ log gen NON-STANDARD)"};
  return value < std::size(kTexts) ? kTexts[value] : " (Unknown ENUM!)";
}

}  // namespace

std::vector<std::pair<std::string, std::string>> describe(const LogHeader& h) {
  const auto on_off = [](bool on) { return on ? "on" : "off"; };
  std::vector<std::pair<std::string, std::string>> fields;
  fields.emplace_back("lGeneration", fmt::format("{0} (0x{0:X})", h.generation.value()));
  fields.emplace_back("creation time", to_text(h.create_time));
  fields.emplace_back("prev gen time", to_text(h.previous_create_time));
  fields.emplace_back("Format LGVersion", fmt::format("({}) (generated by {})", version_text(h),
                                                      h.generated_by.value()));
  fields.emplace_back("Signature", to_text(h.log_signature));
  fields.emplace_back("Env SystemPath", path_text(h.environment.system_path));
  fields.emplace_back("Env LogFilePath", path_text(h.environment.log_path));
  fields.emplace_back("Env Log Sec size",
                      fmt::format("{}{}", h.sector_bytes.value(), disk_sector_text(h.disk_sector)));
  fields.emplace_back("Env (CircLog,Session,Opentbl,VerPage,Cursors,LogBufs,LogFile,Buffers)",
                      to_text(h.environment));
  fields.emplace_back("Using Reserved Log File",
                      (h.flags & LogHeader::kFromReserve) != 0 ? "true" : "false");
  fields.emplace_back("Circular Logging Flag (current file)",
                      on_off((h.flags & LogHeader::kCircularNow) != 0));
  fields.emplace_back("Circular Logging Flag (past files)",
                      on_off((h.flags & LogHeader::kCircularBefore) != 0));
  fields.emplace_back("Checkpoint at log creation time", to_text(h.checkpoint));
  fields.emplace_back("Previous accumulated segment checksum",
                      fmt::format("0x{:016x}", h.previous_segments_checksum.value()));
  return fields;
}

std::string to_text(const EseEnvironment& environment) {
  const EseEnvironment& e = environment;
  return fmt::format("({},{},{},{},{},{},{},{})", (e.flags & 1) != 0 ? "on" : "off",
                     e.sessions.value(), e.open_tables.value(), e.version_pages.value(),
                     e.cursors.value(), e.log_buffers.value(), e.log_file_sectors.value(),
                     e.cache_pages.value());
}

}  // namespace tintype
