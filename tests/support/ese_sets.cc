#include "support/ese_sets.h"

#include <fmt/format.h>

#include <filesystem>

#include "support/ese_generator.h"
#include "support/ese_log_generator.h"
#include "support/temp_dir.h"

namespace tintype::test {
namespace {

constexpr std::uint32_t kFirstSignature = 0x1111111, kSecondSignature = 0x2222222;

void write_logs(const std::string& folder, const std::string& base, std::int32_t low,
                std::int32_t high, std::uint32_t signature) {
  std::uint64_t sum = 0;
  for (std::int32_t generation = low; generation <= high; ++generation) {
    const bool current = generation == high;
    const EseLog log = make_ese_log({.generation = generation,
                                     .slots = 64,
                                     .segments = static_cast<std::uint16_t>(current ? 30 : 62),
                                     .tail = current ? EseLogTail::shadow : EseLogTail::zeros,
                                     .log_signature = signature,
                                     .previous_checksum = sum});
    sum = log.accumulated_checksum;
    write_file(current ? fmt::format("{}/{}.log", folder, base)
                       : fmt::format("{}/{}{:08X}.log", folder, base, generation),
               log.file);
  }
}

}  // namespace

void make_ese_sets(const std::string& folder, std::uint64_t database_bytes) {
  for (const char* name : {"/Mailbox", "/Clean", "/Second", "/Logs"})
    std::filesystem::create_directories(folder + name);
  EseDatabaseSpec spec{.file_bytes = database_bytes, .uninitialised_percent = 10};
  const auto write_database = [&](const std::string& path, EseState state, std::uint32_t required,
                                  std::uint32_t committed, std::uint32_t signature) {
    ++spec.seed;
    spec.state = state;
    spec.gen_min_required = required;
    spec.gen_max_required = spec.gen_max_committed = committed;
    spec.log_signature = signature;
    write_file(folder + path, EseDatabaseGenerator(spec).whole());
  };
  write_database("/Mailbox/DB1.edb", EseState::dirty_shutdown, 3, 5, kFirstSignature);
  write_database("/Mailbox/DB2.edb", EseState::dirty_shutdown, 2, 6, kFirstSignature);
  write_database("/Clean/DB3.edb", EseState::clean_shutdown, 0, 0, kFirstSignature);
  write_database("/Second/DB4.edb", EseState::dirty_shutdown, 8, 9, kSecondSignature);
  write_logs(folder + "/Logs", "E00", 1, 7, kFirstSignature);
  write_logs(folder + "/Second", "E01", 6, 9, kSecondSignature);
  write_file(folder + "/Logs/E00.chk",
             make_ese_checkpoint({.byte = 8, .sector = 3, .generation = 2}, kFirstSignature));
  write_file(folder + "/Second/E01.chk",
             make_ese_checkpoint({.byte = 8, .sector = 3, .generation = 8}, kSecondSignature));
}

}  // namespace tintype::test
