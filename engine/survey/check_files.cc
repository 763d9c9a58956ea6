#include "engine/survey/check_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <optional>

#include "io/file/file.h"
#include "io/tasks/task_pool.h"
#include "verify/ese/ese_stream_names.h"

namespace tintype {
namespace {

namespace fs = std::filesystem;

// No header of a log stream's is shorter: what is, and nobody knows, is not worth a word.
constexpr std::uint64_t kShortestBytes = 2048;
// So few are looked into before threads for it have begun.
constexpr std::size_t kFewFiles = 16;

bool is_log_name(std::string_view name, std::string_view upper_base = {}) {
  const auto parsed = parse_ese_stream_name(name);
  return parsed &&
         (parsed->kind == EseStreamFileKind::archived_log ||
          parsed->kind == EseStreamFileKind::current_log) &&
         (upper_base.empty() || parsed->base == upper_base);
}

// What of a log stream it is, or a database of which format, or neither. `front` is empty if it
// cannot be read.
CheckFile recognised(const std::string& path, std::span<const std::byte> front,
                     const DatabaseSurvey& databases) {
  CheckFile file{.path = path, .kind = ese_file_kind(file_name_of(path), front)};
  if (file.kind != EseFileKind::none && file.kind != EseFileKind::database) return file;
  file.database = databases.format_of(path, front);
  file.kind = file.database != nullptr ? EseFileKind::database : EseFileKind::none;
  return file;
}

Result<CheckFiles> one_file(const std::string& path, CheckFiles found) {
  TINTYPE_TRY(const FileFront front, read_file_front(path));
  if (front.file_bytes == 0) return plain_error(fmt::format("{} is empty", path));
  CheckFile file = recognised(path, front.bytes, found.databases);
  if (file.kind == EseFileKind::none)
    return tl::unexpected(not_a_file_of(found.databases.names(), path));
  file.file_bytes = front.file_bytes;
  found.reads = 1;
  found.files.push_back(std::move(file));
  return found;
}

// What a look into a file has shown.
struct Look {
  std::optional<CheckFile> file;
  std::string warning, detail;  // if it is none of the check's
  bool crowded_out = false;     // there were too many handles for one more
};

// A file that cannot be read is a matter of the check only if its name says so.
Look look_into(const std::string& path, const DatabaseSurvey& databases) {
  Look look;
  CheckFile by_name = recognised(path, {}, databases);
  const auto front = read_file_front(path);
  if (!front) {
    look.crowded_out = front.error().code == std::errc::too_many_files_open ||
                       front.error().code == std::errc::too_many_files_open_in_system;
    by_name.problem = front.error().line();
    if (by_name.kind == EseFileKind::none)
      look.warning = fmt::format("passed by: {}", by_name.problem);
    else
      look.file = std::move(by_name);
    return look;
  }
  CheckFile file = recognised(path, front->bytes, databases);
  file.file_bytes = front->file_bytes;
  // It may hold an old log; beside the logs of its stream nobody needs it.
  if (by_name.kind == EseFileKind::spare_log && file.kind == EseFileKind::log)
    file.kind = by_name.kind;
  if (file.kind != EseFileKind::none)
    look.file = std::move(file);
  else if (file.file_bytes >= kShortestBytes)
    look.detail = fmt::format("{} is no {} file: passed by", path, databases.names());
  return look;
}

Error stopped() {
  return {std::make_error_code(std::errc::operation_canceled), "stopped on request", {}};
}

// In the order of the paths, whatever the order in which the disk answers.
Result<void> look_into_all(std::vector<std::string> paths, unsigned at_once, CheckFiles& found,
                           JobMonitor& monitor) {
  constexpr std::size_t kLooksMax = 512;  // what is kept at once, and done before a stop
  std::ranges::sort(paths);
  TaskPool pool(paths.size() < kFewFiles ? 0 : at_once - 1);
  for (std::size_t at = 0; at < paths.size(); at += kLooksMax) {
    if (monitor.stop_requested.load(std::memory_order_relaxed)) return tl::unexpected(stopped());
    std::vector<Look> looks(std::min(kLooksMax, paths.size() - at));
    pool.for_each(looks.size(),
                  [&](std::size_t i) { looks[i] = look_into(paths[at + i], found.databases); });
    for (std::size_t i = 0; i < looks.size(); ++i) {
      Look& look = looks[i];
      if (look.crowded_out) look = look_into(paths[at + i], found.databases);  // alone
      ++found.reads;
      if (!look.warning.empty()) monitor.warning(look.warning);
      if (!look.detail.empty()) monitor.detail(look.detail);
      if (look.file) found.files.push_back(*std::move(look.file));
    }
  }
  return {};
}

// Of a file in the folder that tells something about databases in it.
void learn_from(const std::string& path, const std::string& folder, CheckFiles& found) {
  const std::string below = "/" + fs::path(path).lexically_relative(folder).generic_string();
  if (!found.databases.is_companion(below)) return;
  const auto front = read_file_front(path);
  ++found.reads;
  found.databases.learn(below, front ? front->bytes : std::vector<std::byte>{});
}

Result<CheckFiles> in_folder(const std::string& folder, CheckFiles found, JobMonitor& monitor,
                             unsigned at_once) {
  found.subject = CheckSubject::folder;
  std::error_code code;
  fs::recursive_directory_iterator entry(folder, code);
  std::vector<std::string> paths;
  for (const fs::recursive_directory_iterator end; !code && entry != end; entry.increment(code)) {
    if (monitor.stop_requested.load(std::memory_order_relaxed)) return tl::unexpected(stopped());
    // A link that leads nowhere is a file that cannot be read, if its name is that of one.
    std::error_code ignored;
    if (entry->is_regular_file(ignored) || (entry->is_symlink(ignored) && !entry->exists(ignored)))
      paths.push_back(entry->path());
  }
  // A folder below that may not be looked into is no reason to call the rest all there is.
  if (code)
    return system_error(code.value(), "list the folder", folder, "or one of the folders in it");
  std::ranges::sort(paths);
  for (const std::string& path : paths) learn_from(path, folder, found);
  TINTYPE_CHECK(look_into_all(std::move(paths), at_once, found, monitor));
  if (found.files.empty())
    return plain_error(fmt::format("there is no {} file in {}", found.databases.names(), folder),
                       "no database, log, checkpoint or flush map");
  return found;
}

// The logs of a base, as eseutil /ml finds them. Nothing else of the folder matters.
Result<CheckFiles> log_set(const std::string& what, DatabaseFormats formats, JobMonitor& monitor,
                           unsigned at_once) {
  CheckFiles found{.subject = CheckSubject::log_set,
                   .base = std::string(file_name_of(what)),
                   .databases = DatabaseSurvey(formats)};
  const std::string upper_base = upper_ascii(found.base);
  const fs::path folder = fs::path(what).parent_path();
  std::error_code code;
  std::vector<std::string> paths;
  fs::directory_iterator entry(folder.empty() ? "." : folder, code);
  for (const fs::directory_iterator end; !code && entry != end; entry.increment(code)) {
    const std::string name = entry->path().filename();
    if (is_log_name(name, upper_base)) paths.push_back(folder / name);
  }
  TINTYPE_CHECK(look_into_all(std::move(paths), at_once, found, monitor));
  std::erase_if(found.files, [](const CheckFile& file) {
    return file.problem.empty() && file.kind != EseFileKind::log;
  });
  return found;
}

}  // namespace

std::string_view to_string(CheckSubject subject) noexcept {
  switch (subject) {
    case CheckSubject::file:
      return "file";
    case CheckSubject::log_set:
      return "log set";
    case CheckSubject::folder:
      return "folder";
  }
  return {};
}

Result<CheckFiles> find_check_files(const std::string& what, DatabaseFormats formats,
                                    JobMonitor& monitor, unsigned at_once) {
  CheckFiles none{.databases = DatabaseSurvey(formats)};
  std::error_code ignored;
  if (fs::is_directory(what, ignored)) return in_folder(what, std::move(none), monitor, at_once);
  // A base has three characters and is no file: E00, not E00.log.
  if (!fs::exists(what, ignored) && is_log_name(fmt::format("{}.log", file_name_of(what)))) {
    TINTYPE_TRY(CheckFiles found, log_set(what, formats, monitor, at_once));
    if (!found.files.empty()) return found;
  }
  return one_file(what, std::move(none));
}

Result<FileFront> read_file_front(const std::string& path) {
  TINTYPE_TRY(const File file, File::open_source(path, Caching::page_cache));
  FileFront front{.file_bytes = file.geometry().size_bytes};
  front.bytes.resize(std::min<std::uint64_t>(front.file_bytes, kDatabaseFrontBytes));
  TINTYPE_TRY(const std::size_t got, file.read_at(0, front.bytes));
  front.bytes.resize(got);
  return front;
}

Error not_a_file_of(std::string_view formats, const std::string& path) {
  return {{},
          fmt::format("{} is not an {} file", path, formats),
          "neither a database nor a log, checkpoint or flush map"};
}

}  // namespace tintype
