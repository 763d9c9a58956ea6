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

// No header of any kind is shorter: what is, and does not bear a log's name, is another program's.
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

Result<CheckFiles> one_file(const std::string& path) {
  TINTYPE_TRY(const EseFront front, read_ese_front(path));
  if (front.file_bytes == 0) return plain_error(fmt::format("{} is empty", path));
  const EseFileKind kind = ese_file_kind(file_name_of(path), front.bytes);
  if (kind == EseFileKind::none) return tl::unexpected(not_an_ese_file(path));
  CheckFiles found{.reads = 1};
  found.files.push_back({.path = path, .kind = kind, .file_bytes = front.file_bytes});
  return found;
}

// What a look into a file has shown.
struct Look {
  std::optional<CheckFile> file;
  std::string warning, detail;  // if it is none of the check's
  bool crowded_out = false;     // there were too many handles for one more
};

// A file that cannot be read is a matter of the check only if its name says so.
Look look_into(const std::string& path) {
  Look look;
  const std::string_view name = file_name_of(path);
  const EseFileKind by_name = ese_file_kind(name, {});
  const auto front = read_ese_front(path);
  if (!front) {
    look.crowded_out = front.error().code == std::errc::too_many_files_open ||
                       front.error().code == std::errc::too_many_files_open_in_system;
    if (by_name == EseFileKind::none)
      look.warning = fmt::format("passed by: {}", front.error().line());
    else
      look.file = {.path = path, .kind = by_name, .problem = front.error().line()};
    return look;
  }
  if (front->file_bytes < kShortestBytes && by_name == EseFileKind::none) return look;
  EseFileKind kind = ese_file_kind(name, front->bytes);
  // It may hold an old log; beside the logs of its stream nobody needs it.
  if (by_name == EseFileKind::spare_log && kind == EseFileKind::log) kind = by_name;
  if (kind == EseFileKind::none)
    look.detail = fmt::format("{} is no ESE file: passed by", path);
  else
    look.file = {.path = path, .kind = kind, .file_bytes = front->file_bytes};
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
    pool.for_each(looks.size(), [&](std::size_t i) { looks[i] = look_into(paths[at + i]); });
    for (std::size_t i = 0; i < looks.size(); ++i) {
      Look& look = looks[i];
      if (look.crowded_out) look = look_into(paths[at + i]);  // alone
      ++found.reads;
      if (!look.warning.empty()) monitor.warning(look.warning);
      if (!look.detail.empty()) monitor.detail(look.detail);
      if (look.file) found.files.push_back(*std::move(look.file));
    }
  }
  return {};
}

Result<CheckFiles> in_folder(const std::string& folder, JobMonitor& monitor, unsigned at_once) {
  CheckFiles found{.subject = CheckSubject::folder};
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
  TINTYPE_CHECK(look_into_all(std::move(paths), at_once, found, monitor));
  if (found.files.empty())
    return plain_error(fmt::format("there is no ESE file in {}", folder),
                       "no database, log, checkpoint or flush map");
  return found;
}

// The logs of a base, as eseutil /ml finds them. Nothing else of the folder matters.
Result<CheckFiles> log_set(const std::string& what, JobMonitor& monitor, unsigned at_once) {
  CheckFiles found{.subject = CheckSubject::log_set, .base = std::string(file_name_of(what))};
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

Result<CheckFiles> find_check_files(const std::string& what, JobMonitor& monitor,
                                    unsigned at_once) {
  std::error_code ignored;
  if (fs::is_directory(what, ignored)) return in_folder(what, monitor, at_once);
  // A base has three characters and is no file: E00, not E00.log.
  if (!fs::exists(what, ignored) && is_log_name(fmt::format("{}.log", file_name_of(what)))) {
    TINTYPE_TRY(CheckFiles found, log_set(what, monitor, at_once));
    if (!found.files.empty()) return found;
  }
  return one_file(what);
}

Result<EseFront> read_ese_front(const std::string& path) {
  TINTYPE_TRY(const File file, File::open_source(path, Caching::page_cache));
  EseFront front{.file_bytes = file.geometry().size_bytes};
  front.bytes.resize(std::min<std::uint64_t>(front.file_bytes, kEseFrontBytes));
  TINTYPE_TRY(const std::size_t got, file.read_at(0, front.bytes));
  front.bytes.resize(got);
  return front;
}

Error not_an_ese_file(const std::string& path) {
  return {{},
          fmt::format("{} is not an ESE file", path),
          "neither a database nor a log, checkpoint or flush map"};
}

}  // namespace tintype
