#include "engine/completion/live_logs.h"

#include <fmt/format.h>

#include <filesystem>
#include <optional>

#include "engine/completion/generation_text.h"
#include "io/file/file.h"
#include "verify/ese/ese_stream_names.h"
#include "verify/ese/ese_text.h"
#include "verify/ese/log/ese_checkpoint.h"
#include "verify/ese/log/ese_file_kind.h"
#include "verify/ese/log/ese_log_header.h"
#include "verify/ese/log/ese_log_identity.h"
#include "verify/ese/log/ese_log_link.h"

namespace tintype {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kDatabaseFrontBytes = 64 * 1024;  // both headers of the largest page size

std::string path_of(const LiveLogs& live, std::string_view name) {
  return fmt::format("{}/{}", live.directory, name);
}

tl::unexpected<Error> disagree(std::string what) {
  return plain_error(std::move(what), "nothing was deleted");
}

// The first bytes of a regular file; a link is none, whatever it leads to.
Result<std::vector<std::byte>> read_front(const std::string& path, std::size_t bytes_max,
                                          std::uint64_t& file_bytes) {
  std::error_code code;
  if (const auto status = fs::symlink_status(path, code); !fs::is_regular_file(status))
    return plain_error(
        fmt::format("{} is {}", path, fs::exists(status) ? "not a regular file" : "missing"));
  TINTYPE_TRY(const File file, File::open_source(path, Caching::page_cache));
  file_bytes = file.geometry().size_bytes;
  std::vector<std::byte> bytes(std::min<std::uint64_t>(file_bytes, bytes_max));
  TINTYPE_TRY(const std::size_t got, file.read_at(0, bytes));
  bytes.resize(got);
  return bytes;
}

Result<void> check_checkpoint(const LiveLogs& live, const TruncationPermit& permit) {
  if (live.checkpoint.empty())
    return disagree(fmt::format("{} holds no checkpoint file of {}", live.directory, live.base));
  const std::string path = path_of(live, live.checkpoint);
  std::uint64_t file_bytes = 0;
  TINTYPE_TRY(const auto bytes, read_front(path, 2 * kEseCheckpointCopyBytes, file_bytes));
  const EseCheckpointReading reading = read_ese_checkpoint(bytes);
  using Status = EseCheckpointReading::Status;
  if (reading.status == Status::corrupt || reading.status == Status::refused)
    return disagree(fmt::format("the checkpoint {} cannot be used", path));
  const CheckpointHeader& header = reading.header;
  if (signature_hex(header.log_signature) != permit.log_signature())
    return disagree(fmt::format("{} belongs to another log stream than the backup", path));
  if ((header.environment.flags & 1) != 0)
    return disagree(fmt::format("{} says that circular logging is on", path));
  if (const std::int64_t now = header.checkpoint.generation; now < permit.below())
    return disagree(fmt::format("the live checkpoint {} stands at generation {}, before {}", path,
                                hex_generation(now), hex_generation(permit.below())));
  return {};
}

// A database that happens to lie beside its logs has its say too. A file that is none is passed by.
Result<void> check_neighbour(const LiveLogs& live, const std::string& name,
                             const TruncationPermit& permit) {
  const std::string path = path_of(live, name);
  std::uint64_t file_bytes = 0;
  const auto bytes = read_front(path, kDatabaseFrontBytes, file_bytes);
  if (!bytes) return disagree(bytes.error().line());
  if (ese_file_kind(name, *bytes) != EseFileKind::database) return {};
  const EseHeaderReading reading = read_ese_header(*bytes);
  if (reading.is_temporary) return {};
  using Status = EseHeaderReading::Status;
  if (reading.status == Status::corrupt)
    return disagree(fmt::format("the header of {} is damaged", path));
  if (reading.status == Status::refused) return {};  // no database: a kind without log needs
  const DatabaseHeader& header = reading.header;
  if (signature_hex(header.log_signature) != permit.log_signature()) return {};
  const auto state = static_cast<EseState>(header.state.value());
  if (state == EseState::clean_shutdown) return {};
  if (const std::int64_t needs = header.gen_min_required.value();
      needs > 0 && needs < permit.below())
    return disagree(
        fmt::format("{} needs the logs from generation {} on", path, hex_generation(needs)));
  return {};
}

// [lowest, X) goes, X stays: both ends must be what the permit thinks, and nothing missing between.
Result<void> check_run(const LiveLogs& live, const TruncationPermit& permit, bool hole_explained) {
  const auto end = live.archived.lower_bound(permit.below());
  if (live.archived.begin() == end) return {};  // all gone
  if (const std::int64_t lowest = live.archived.begin()->first; lowest < permit.from())
    return disagree(fmt::format("{} is older than anything in the backup",
                                path_of(live, live.archived.begin()->second.front())));
  std::int64_t expected = live.archived.begin()->first;
  for (auto log = live.archived.begin(); log != end; ++log) {
    if (log->second.size() != 1)
      return disagree(
          fmt::format("{} and {} are the same generation", log->second[0], log->second[1]));
    if (log->first != expected && !hole_explained)
      return disagree(fmt::format("generation {} is missing in {}, between others",
                                  hex_generation(expected), live.directory));
    expected = log->first + 1;
  }
  if (expected != permit.below() && !hole_explained)
    return disagree(fmt::format("generation {} is missing in {}, between others",
                                hex_generation(expected), live.directory));
  if (end == live.archived.end() || end->first != permit.below())
    return disagree(fmt::format("generation {}, which has to stay, is missing in {}",
                                hex_generation(permit.below()), live.directory));
  return {};
}

Result<EseLogIdentity> read_live_log(const LiveLogs& live, const TruncationPermit::Log& log,
                                     const std::string& log_signature) {
  const std::string path = path_of(live, log.name);
  std::uint64_t file_bytes = 0;
  TINTYPE_TRY(const auto bytes, read_front(path, kEseLogHeaderBytes, file_bytes));
  const EseLogHeaderReading reading = read_ese_log_header(bytes, file_bytes);
  if (reading.status != EseLogHeaderReading::Status::sound)
    return plain_error(fmt::format("{} has no usable log header", path));
  if (reading.header.generation.value() != log.generation)
    return plain_error(fmt::format("{} holds generation {}", path,
                                   hex_generation(reading.header.generation.value())));
  if (signature_hex(reading.header.log_signature) != log_signature)
    return plain_error(fmt::format("{} belongs to another log stream than the backup", path));
  if ((reading.header.flags & LogHeader::kCircularNow) != 0)
    return plain_error(fmt::format("{} was written with circular logging on", path));
  return reading.header;
}

// The logs that the backup holds, and not others of the same numbers: a stream that was restored
// and went on keeps its signature. Each log says when the one before it was created, so the newest
// of the backup speaks for all.
Result<void> check_same_logs(const LiveLogs& live, const TruncationPermit& permit) {
  const auto end = live.archived.lower_bound(permit.below());
  if (live.archived.begin() == end) return {};  // all gone
  std::optional<EseLogIdentity> before;
  for (auto log = live.archived.begin();
       log != live.archived.end() && log->first <= permit.last_closed(); ++log) {
    const auto& [generation, names] = *log;
    if (generation < permit.below())
      if (const auto& known = permit.logs()[static_cast<std::size_t>(generation - permit.from())];
          known.name != names.front())
        return disagree(fmt::format("{} was called {} in the backup", names.front(), known.name));
    const auto here = read_live_log(live, {generation, names.front()}, permit.log_signature());
    if (!here) return disagree(here.error().line());
    // Behind a hole, which a broken deletion may have left below, the chain begins anew.
    if (before && generation == std::int64_t{before->generation} + 1)
      if (const auto problems = check_ese_log_link(*before, std::nullopt, *here); !problems.empty())
        return disagree(fmt::format("{} does not follow the log before it: {}",
                                    path_of(live, names.front()), problems.front().finding.text));
    before = *here;
  }
  const std::string newest = hex_generation(permit.last_closed());
  if (!before || before->generation != permit.last_closed())
    return disagree(fmt::format("generation {}, the newest in the backup, is missing in {}", newest,
                                live.directory));
  if (log_time_hex(before->create_time) != permit.last_closed_created())
    return disagree(fmt::format(
        "generation {} in {} is another log than the one in the backup: it was created {}", newest,
        live.directory, to_text(before->create_time)));
  return {};
}

}  // namespace

Result<LiveLogs> list_live_logs(const std::string& directory, const std::string& base) {
  LiveLogs live{.directory = directory, .base = upper_ascii(base)};
  while (live.directory.size() > 1 && live.directory.ends_with('/')) live.directory.pop_back();
  std::error_code code;
  fs::directory_iterator entry(directory, code);
  for (const fs::directory_iterator end; !code && entry != end; entry.increment(code)) {
    const std::string name = entry->path().filename();
    const auto parsed = parse_ese_stream_name(name);
    if (!parsed) {
      std::error_code gone;
      if (entry->symlink_status(gone).type() == fs::file_type::regular) live.others.push_back(name);
      continue;
    }
    if (parsed->base != live.base) continue;
    if (parsed->kind == EseStreamFileKind::archived_log)
      live.archived[parsed->generation].push_back(name);
    else if (parsed->kind == EseStreamFileKind::checkpoint)
      live.checkpoint = name;
  }
  if (code)
    return system_error(code.value(), "list the log directory", directory,
                        "is it mounted? it must be writable, too");
  return live;
}

Result<void> check_live_log(const LiveLogs& live, const TruncationPermit::Log& log,
                            const std::string& log_signature) {
  TINTYPE_CHECK(read_live_log(live, log, log_signature));
  return {};
}

Result<void> check_live_logs(const LiveLogs& live, const TruncationPermit& permit,
                             bool hole_explained) {
  if (permit.log_signature().empty())
    return disagree("the backup does not record the signature of its log stream");
  if (permit.last_closed_created().empty())
    return disagree("the backup does not record when its logs were created");
  TINTYPE_CHECK(check_checkpoint(live, permit));
  for (const std::string& name : live.others) TINTYPE_CHECK(check_neighbour(live, name, permit));
  TINTYPE_CHECK(check_run(live, permit, hole_explained));
  return check_same_logs(live, permit);
}

}  // namespace tintype
