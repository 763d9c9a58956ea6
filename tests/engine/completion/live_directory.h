// A live log directory that fits good_stream(): logs 3 to 20, the current one, and everything else
// that lies there and must never be touched.
#pragma once

#include <fmt/format.h>

#include <filesystem>
#include <map>
#include <string>

#include "engine/completion/live_logs.h"
#include "support/ese_log_generator.h"
#include "tests/engine/completion/good_stream.h"
#include "verify/ese/ese_text.h"

namespace tintype::test {

inline std::string live_log_name(std::int64_t generation, unsigned digits = 8) {
  return fmt::format("E00{:0{}X}.log", generation, digits);
}

inline std::string live_signature() {
  const auto log = make_ese_log({.slots = 4, .segments = 1});
  LogHeader header{};
  std::memcpy(&header, log.file.data(), sizeof header);
  return signature_hex(header.log_signature);
}

inline void write_live_checkpoint(const std::filesystem::path& folder, std::int32_t generation,
                                  std::uint32_t log_signature = 0x1234567) {
  LgPos position{};
  position.generation = generation;
  write_file(folder / "E00.chk", make_ese_checkpoint(position, log_signature));
}

inline void write_live_database(const std::filesystem::path& folder, std::uint32_t gen_min) {
  write_file(folder / "DB1.edb", EseDatabaseGenerator({.file_bytes = 32 << 10,
                                                       .page_bytes = 4096,
                                                       .state = EseState::dirty_shutdown,
                                                       .gen_min_required = gen_min,
                                                       .gen_max_required = 20,
                                                       .gen_max_committed = 20})
                                     .whole());
}

inline void fill_live_directory(const std::filesystem::path& folder, unsigned digits = 8) {
  std::filesystem::create_directories(folder);
  const EseLogSpec small{.slots = 4, .segments = 1};
  for (std::int32_t generation = 3; generation <= 20; ++generation) {
    EseLogSpec spec = small;
    spec.generation = generation;
    write_file(folder / live_log_name(generation, digits), make_ese_log(spec).file);
  }
  EseLogSpec current = small;
  current.generation = 21;
  write_file(folder / "E00.log", make_ese_log(current).file);
  current.generation = 4;  // a temporary log may carry any generation
  write_file(folder / "E00tmp.log", make_ese_log(current).file);
  write_file(folder / "E00res00001.jrs", std::vector<std::byte>(4 * 4096));
  write_file(folder / "notes.txt", {});
  write_live_checkpoint(folder, 14);
  write_live_database(folder, 14);
}

// Name → bytes: files only.
inline std::map<std::string, std::vector<std::byte>> content_of(
    const std::filesystem::path& folder) {
  std::map<std::string, std::vector<std::byte>> content;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    if (entry.is_regular_file()) content[entry.path().filename()] = read_file(entry.path());
  return content;
}

inline TruncationPermit make_permit(const TempDir& scratch, unsigned digits = 8) {
  EseStreamReport stream = good_stream(digits);
  stream.log_signature = live_signature();
  return std::move(*judge_completion(EseStream(stream), good_inputs(scratch)).permit);
}

}  // namespace tintype::test
