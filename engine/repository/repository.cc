// The folder, its sets, and the two moments that matter: a set begins under a lock and under a name
// that says "unfinished", and it is committed by one rename.
//
// The lock file lies in the set's folder and moves with it. Who takes the lock looks afterwards
// whether the path still leads to the file it locked, so neither a commit nor a removal by another
// process can slip in between.
#include "engine/repository/repository.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <map>
#include <random>
#include <thread>

#include "engine/manifest/set_name.h"
#include "engine/repository/find_set.h"
#include "engine/repository/set_order.h"
#include "engine/store/set_folder.h"
#include "engine/version.h"
#include "hashing/counted.h"
#include "io/file/durable_file.h"
#include "io/file/file_lock.h"
#include "io/file/mount_table.h"
#include "io/in_flight.h"

namespace tintype {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kHeadName = "tintype.json";
constexpr std::string_view kSetsName = "sets";
constexpr int kSameSecondMax = 100;

std::string join(std::string_view folder, std::string_view name) {
  return fmt::format("{}/{}", folder, name);
}

tl::unexpected<Error> system_error(const std::error_code& code, std::string_view operation,
                                   std::string_view path, std::string hint = {}) {
  return tintype::system_error(code.value(), operation, path, std::move(hint));
}

Result<std::string> read_text(const std::string& path, std::uint64_t bytes_max) {
  TINTYPE_TRY(const File file, File::open_source(path, Caching::page_cache));
  if (file.geometry().size_bytes > bytes_max)
    return plain_error(fmt::format("{} is too large to be what its name says", path));
  std::string text(file.geometry().size_bytes, '\0');
  TINTYPE_TRY(const std::size_t got, file.read_at(0, std::as_writable_bytes(std::span(text))));
  text.resize(got);
  return text;
}

std::vector<std::string> names_in(const std::string& folder, std::error_code& code) {
  std::vector<std::string> names;
  for (fs::directory_iterator entry(folder, code), end; !code && entry != end;
       entry.increment(code))
    names.push_back(entry->path().filename());
  return names;
}

// A tintype.json that has not got its name yet.
bool is_aside(std::string_view name) {
  return name.starts_with(fmt::format("{}.", kHeadName));
}

// Whether a repository may be made here: nothing lies here but what a fresh file system or an
// interrupted or simultaneous init leaves.
bool is_fresh(const std::string& path) {
  std::error_code code;
  const std::vector<std::string> names = names_in(path, code);
  return !code && std::all_of(names.begin(), names.end(), [&](const std::string& name) {
    std::error_code ignored;
    return is_name_of_system(name) || is_aside(name) ||
           (name == kSetsName && fs::is_empty(join(path, name), ignored));
  });
}

std::uint64_t bytes_in(const std::string& folder) {
  std::uint64_t sum = 0;
  std::error_code code;
  for (fs::directory_iterator entry(folder, code), end; !code && entry != end;
       entry.increment(code)) {
    std::error_code gone;
    if (!entry->is_symlink(gone) && entry->is_regular_file(gone))
      if (const auto bytes = entry->file_size(gone); !gone) sum += bytes;
  }
  return sum;
}

bool is_held(const Error& error) {
  return error.code == std::errc::resource_unavailable_try_again;
}

bool is_missing(const Error& error) {
  return error.code == std::errc::no_such_file_or_directory;
}

Error foreign_manifest(std::string_view path, std::string_view name) {
  return plain_error(
             fmt::format("{} is the manifest of the set \"{}\", not of this folder", path, name),
             "if the folder was renamed, give it that name back")
      .value();
}

SetEntry read_entry(const std::string& path, int format_min) {
  SetEntry entry{.name = set_name_of(path), .path = path};
  entry.bytes = bytes_in(path);
  if (path.ends_with(kPartialSuffix)) {
    const auto lock = FileLock::try_lock(join(path, kLockName), FileLock::IfMissing::fail);
    entry.running = !lock && is_held(lock.error());
    return entry;
  }
  const std::string manifest_path = join(path, kManifestName);
  const auto text = read_text(manifest_path, kManifestTextBytesMax);
  entry.finished = text || !is_missing(text.error());
  if (!text) {
    entry.problem = text.error().line();
    if (entry.finished) entry.problem_code = text.error().code;
    return entry;
  }
  auto manifest = parse_manifest(*text, manifest_path, format_min);
  if (!manifest)
    entry.problem = manifest.error().line();
  else if (manifest->name != entry.name)
    // A set's name is its time and its type: under another name an old one would pass for new.
    entry.problem = foreign_manifest(manifest_path, manifest->name).line();
  else
    entry.manifest = *std::move(manifest);
  entry.summary = summary_of(entry.manifest);
  return entry;
}

// Where there are sets, and only what makes them a repository is lost.
std::string way_back(const std::string& path) {
  return fmt::format("tintype init {} --adopt writes a new one; the sets stay as they are", path);
}

tl::unexpected<Error> no_repository(const std::string& path) {
  std::error_code ignored;
  if (const auto sets = finished_sets_in(join(path, kSetsName)); sets > 0)
    return plain_error(
        fmt::format("{} has lost its {}, but has {}", path, kHeadName, counted(sets, "backup set")),
        way_back(path));
  if (!fs::exists(path, ignored))
    return plain_error(fmt::format("there is no repository {}", path),
                       fmt::format("is its disk mounted? tintype init {} makes one", path));
  if (!fs::is_directory(path, ignored))
    return plain_error(fmt::format("{} is not a repository: it is no folder", path),
                       "tintype show and tintype verify take a single image, without ::");
  return plain_error(fmt::format("{} is not a repository: it has no {}", path, kHeadName),
                     is_fresh(path) ? fmt::format("tintype init {} makes it one", path)
                                    : "tintype init makes one, in a new or empty folder");
}

tl::unexpected<Error> already_one(const std::string& path) {
  return plain_error(fmt::format("{} is a repository already", path),
                     fmt::format("tintype versions {} shows what is in it", path));
}

// Assigning {} would keep the memory.
template <class T>
void let_go(std::vector<T>& list) {
  std::vector<T>().swap(list);
}

// Only what does not grow with the manifest's lists.
void lighten(SetManifest& manifest) {
  for (VolumeManifest& volume : manifest.volumes) {
    let_go(volume.unreadable);
    let_go(volume.databases);
    let_go(volume.folder_problems.kept);
  }
  let_go(manifest.streams);
  let_go(manifest.gates);
}

}  // namespace

RepositoryHead new_repository_head() {
  std::random_device device;
  std::string id;
  for (int i = 0; i < 4; ++i) id += fmt::format("{:08x}", device());
  return {.id = std::move(id), .program = std::string(program_version())};
}

// Path of the unfinished folder → its lock.
struct Repository::Locks {
  std::map<std::string, FileLock> held;
};

Repository::Repository(std::string path, RepositoryHead head)
    : path_(std::move(path)), head_(std::move(head)), locks_(std::make_shared<Locks>()) {
  while (path_.size() > 1 && path_.ends_with('/')) path_.pop_back();
}

Result<Repository> Repository::open(const std::string& path) {
  const std::string head_path = join(path, kHeadName);
  const InFlightMark mark("opening", path);
  auto text = read_text(head_path, 1 << 20);
  if (!text) {
    if (!is_missing(text.error()) && text.error().code != std::errc::not_a_directory)
      return tl::unexpected(std::move(text).error());
    return no_repository(path);
  }
  auto head = parse_repository_head(*text, head_path);
  if (!head) {
    Error error = std::move(head).error();
    if (!error.code) error.code = std::make_error_code(std::errc::bad_message);
    if (error.hint.find("newer tintype") == std::string::npos &&
        finished_sets_in(join(path, kSetsName)) > 0)
      error.hint += (error.hint.empty() ? "" : "; ") + way_back(path);
    return tl::unexpected(std::move(error));
  }
  return Repository(path, *std::move(head));
}

Result<Repository> Repository::create(const std::string& path, Permissions permissions) {
  const InFlightMark mark("making", path);
  TINTYPE_CHECK(refuse_device_folder(path));
  std::error_code ignored;
  if (fs::exists(path, ignored) && !fs::is_directory(path, ignored))
    return plain_error(fmt::format("{} is no folder", path), "name an empty or new folder");
  // Only the last folder is made: a missing parent is more likely a disk that is not mounted.
  if (auto made = make_folder_durably(path, permissions); !made) {
    if (is_missing(made.error()))
      made.error().hint = "is its disk mounted? only the last folder is made";
    return tl::unexpected(std::move(made).error());
  }
  const std::string head_path = join(path, kHeadName);
  if (!is_fresh(path)) {
    std::error_code code;
    if (fs::exists(fs::symlink_status(head_path, code))) return already_one(path);
    if (code && code != std::errc::no_such_file_or_directory)
      return system_error(code, "look into", path);
    if (finished_sets_in(join(path, kSetsName)) > 0) return no_repository(path);
    return plain_error(fmt::format("{} is neither empty nor a repository", path),
                       "name an empty or new folder");
  }
  // First what lies in it, then the file that makes it one. That is written under a name that
  // nobody else takes and then renamed, so that of several exactly one is the first.
  TINTYPE_CHECK(make_folder_durably(join(path, kSetsName), permissions));
  const RepositoryHead head = new_repository_head();
  const std::string aside = fmt::format("{}.{}", head_path, head.id);
  auto written = write_durably(aside, to_json(head), permissions);
  if (written) written = rename_durably(aside, head_path);
  if (!written) {
    fs::remove(aside, ignored);
    if (fs::exists(head_path, ignored)) return already_one(path);
    return tl::unexpected(std::move(written).error());
  }
  for (const std::string& name : names_in(path, ignored))  // of those who came too late
    if (is_aside(name)) fs::remove(join(path, name), ignored);
  return open(path);
}

Result<std::vector<SetEntry>> Repository::sets() const {
  const InFlightMark mark("listing", sets_path(), 0, Patience::whenever);
  std::vector<SetEntry> entries;
  std::error_code code;
  fs::directory_iterator folder(sets_path(), code);
  if (code == std::errc::no_such_file_or_directory) return entries;
  for (const fs::directory_iterator end; !code && folder != end; folder.increment(code)) {
    if (!is_set_folder(folder->path())) continue;
    entries.push_back(read_entry(folder->path(), head_.sets_format_min));
    lighten(entries.back().manifest);
  }
  if (code) return system_error(code, "list", sets_path());
  sort_sets(entries);
  return entries;
}

Result<SetEntry> Repository::find(const SetQuery& query) const {
  TINTYPE_TRY(const std::vector<SetEntry> all, sets());
  TINTYPE_TRY(const SetEntry* const found, find_set(all, query, path_));
  return read_entry(found->path, head_.sets_format_min);
}

Result<std::string> Repository::begin_set(const std::string& name, Permissions permissions) const {
  const InFlightMark mark("making of a set", sets_path());
  if (!is_plain_name(name) || name.ends_with(kPartialSuffix))
    return plain_error(fmt::format("\"{}\" is no name for a backup set", name));
  TINTYPE_CHECK(make_folder_durably(sets_path(), permissions));  // should somebody have removed it
  for (int attempt = 1; attempt <= kSameSecondMax; ++attempt) {
    const std::string final_path =
        join(sets_path(), attempt == 1 ? name : fmt::format("{}-{}", name, attempt));
    const std::string partial = fmt::format("{}{}", final_path, kPartialSuffix);
    std::error_code code;
    if (fs::exists(final_path, code)) continue;
    const auto made = make_folder_durably(partial, permissions);
    if (!made && made.error().code == std::errc::file_exists) continue;  // and was committed since
    if (!made) return tl::unexpected(made.error());
    if (!*made) continue;  // it is there already
    // Between the two looks another may have begun and finished a set of this name.
    if (fs::exists(final_path, code)) {
      fs::remove(partial, code);
      continue;
    }
    auto lock = FileLock::try_lock(join(partial, kLockName), FileLock::IfMissing::create);
    // Someone who lists the sets holds a new lock for an instant to see whether it is held.
    for (int i = 0; !lock && is_held(lock.error()) && i < 50; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
      lock = FileLock::try_lock(join(partial, kLockName), FileLock::IfMissing::create);
    }
    if (lock && lock->still_named()) {
      locks_->held.insert_or_assign(partial, *std::move(lock));
    } else if (lock || is_held(lock.error()) || is_missing(lock.error())) {
      continue;  // removed as a left-over before we had the lock: take the next name
    }
    // A medium without locks: the backup may run, and says so; nobody will guess whether it does.
    return partial;
  }
  return plain_error(fmt::format("cannot find a free name like {} in {}", name, sets_path()));
}

bool Repository::is_locked(const std::string& unfinished) const {
  return locks_->held.contains(unfinished);
}

Result<std::string> Repository::commit_set(const SetManifest& manifest,
                                           Permissions permissions) const {
  if (!is_plain_name(manifest.name))
    return plain_error(fmt::format("\"{}\" is no name for a backup set", manifest.name));
  if (const std::string fault = contradiction_in(manifest); !fault.empty())
    return plain_error(fmt::format("cannot commit {}: {}", manifest.name, fault));
  const std::string final_path = join(sets_path(), manifest.name);
  const std::string partial = fmt::format("{}{}", final_path, kPartialSuffix);
  const std::string text = to_json(manifest);
  if (text.size() > kManifestTextBytesMax)
    return plain_error(
        fmt::format("cannot commit {}: its manifest would have {} bytes, of at most {}",
                    manifest.name, text.size(), kManifestTextBytesMax));
  TINTYPE_CHECK(write_durably(join(partial, kManifestName), text, permissions));
  TINTYPE_CHECK(rename_durably(partial, final_path));
  // Holds: the set is finished. The lock file is litter now; failing to remove it harms nobody.
  // (Removed before the rename it would expose the set to remove_unfinished for a moment.)
  std::error_code ignored;
  fs::remove(join(final_path, kBegunName), ignored);
  fs::remove(join(final_path, kLockName), ignored);
  locks_->held.erase(partial);
  return final_path;
}

Result<std::vector<std::string>> Repository::remove_unfinished(bool dry_run) const {
  TINTYPE_TRY(const std::vector<SetEntry> all, sets());
  std::vector<std::string> names;
  for (const SetEntry& entry : all) {
    if (!entry.path.ends_with(kPartialSuffix) || entry.running) continue;
    if (!dry_run) {
      TINTYPE_TRY(const bool removed, remove_unfinished_folder(entry.path));
      if (!removed) continue;
    }
    names.push_back(entry.name);
  }
  if (!dry_run && !names.empty()) TINTYPE_CHECK(sync_directory(sets_path()));
  return names;
}

}  // namespace tintype
