#include "engine/repository/repository.h"

#include <fmt/format.h>

#include <filesystem>
#include <random>

#include "engine/manifest/set_name.h"
#include "engine/repository/find_set.h"
#include "engine/repository/set_order.h"
#include "engine/store/set_folder.h"
#include "engine/version.h"
#include "io/in_flight.h"

namespace tintype {
namespace {

constexpr std::uint64_t kHeadBytesMax = 1 << 20;

bool is_missing(const Error& error) {
  return error.code == std::errc::no_such_file_or_directory;
}

Error foreign_manifest(std::string_view path, std::string_view name) {
  return plain_error(
             fmt::format("{} is the manifest of the set \"{}\", not of this folder", path, name),
             "if the folder was renamed, give it that name back")
      .value();
}

SetEntry read_entry(std::shared_ptr<const ImageStore> store, const std::string& key,
                    int format_min) {
  SetEntry entry{.name = set_name_of(key), .path = store->path_of(set_object(key))};
  entry.bytes = store->sizes_of(key).bytes;
  entry.store = std::move(store);
  if (key.ends_with(kPartialSuffix)) {
    entry.running = entry.store->life_of(key) == ImageStore::Life::running;
    return entry;
  }
  const std::string manifest_object = set_object(key, kManifestName);
  const std::string manifest_path = entry.store->path_of(manifest_object);
  const auto text = entry.store->read_text(manifest_object, kManifestTextBytesMax);
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

std::string without_slashes_behind(std::string path) {
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  return path;
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

std::string SetEntry::key() const {
  return std::filesystem::path(path).filename();
}

std::string SetEntry::object(std::string_view object_name) const {
  return set_object(key(), object_name);
}

RepositoryHead new_repository_head() {
  std::random_device device;
  std::string id;
  for (int i = 0; i < 4; ++i) id += fmt::format("{:08x}", device());
  return {.id = std::move(id), .program = std::string(program_version())};
}

Repository::Repository(std::shared_ptr<ImageStore> store, RepositoryHead head)
    : store_(std::move(store)), head_(std::move(head)) {}

Result<Repository> Repository::open(const std::string& path) {
  const std::shared_ptr<ImageStore> store = open_store(path);
  const InFlightMark mark("opening", path);
  auto text = store->read_text(kHeadName, kHeadBytesMax);
  if (!text) {
    if (!is_missing(text.error()) && text.error().code != std::errc::not_a_directory)
      return tl::unexpected(std::move(text).error());
    return tl::unexpected(store->why_no_repository());
  }
  auto head = parse_repository_head(*text, store->path_of(kHeadName));
  if (!head) {
    Error error = std::move(head).error();
    if (!error.code) error.code = std::make_error_code(std::errc::bad_message);
    if (error.hint.find("newer tintype") == std::string::npos && store->finished_sets() > 0)
      error.hint += (error.hint.empty() ? "" : "; ") + adoption_hint(path);
    return tl::unexpected(std::move(error));
  }
  return Repository(open_store(without_slashes_behind(path)), *std::move(head));
}

Result<Repository> Repository::create(const std::string& path, Permissions permissions) {
  const InFlightMark mark("making", path);
  const RepositoryHead head = new_repository_head();
  TINTYPE_CHECK(create_store(path, to_json(head), head.id, permissions));
  return open(path);
}

Result<std::vector<SetEntry>> Repository::sets() const {
  const InFlightMark mark("listing", sets_path(), 0, Patience::whenever);
  TINTYPE_TRY(const std::vector<std::string> keys, store_->list_sets());
  std::vector<SetEntry> entries;
  for (const std::string& key : keys) {
    entries.push_back(read_entry(store_, key, head_.sets_format_min));
    lighten(entries.back().manifest);
  }
  sort_sets(entries);
  return entries;
}

Result<SetEntry> Repository::find(const SetQuery& query) const {
  TINTYPE_TRY(const std::vector<SetEntry> all, sets());
  TINTYPE_TRY(const SetEntry* const found, find_set(all, query, path()));
  return read_entry(store_, found->key(), head_.sets_format_min);
}

Result<std::string> Repository::begin_set(const std::string& name, Permissions permissions) const {
  const InFlightMark mark("making of a set", sets_path());
  if (!is_plain_name(name) || name.ends_with(kPartialSuffix))
    return plain_error(fmt::format("\"{}\" is no name for a backup set", name));
  TINTYPE_TRY(const std::string key, store_->begin_set(name, permissions));
  return store_->path_of(set_object(key));
}

bool Repository::is_locked(const std::string& unfinished) const {
  return store_->is_locked(std::filesystem::path(unfinished).filename());
}

Result<std::string> Repository::commit_set(const SetManifest& manifest,
                                           Permissions permissions) const {
  if (!is_plain_name(manifest.name))
    return plain_error(fmt::format("\"{}\" is no name for a backup set", manifest.name));
  if (const std::string fault = contradiction_in(manifest); !fault.empty())
    return plain_error(fmt::format("cannot commit {}: {}", manifest.name, fault));
  const std::string text = to_json(manifest);
  if (text.size() > kManifestTextBytesMax)
    return plain_error(
        fmt::format("cannot commit {}: its manifest would have {} bytes, of at most {}",
                    manifest.name, text.size(), kManifestTextBytesMax));
  TINTYPE_CHECK(store_->commit_set(manifest.name, text, permissions));
  return store_->path_of(set_object(manifest.name));
}

Result<std::vector<std::string>> Repository::remove_unfinished(bool dry_run) const {
  TINTYPE_TRY(const std::vector<SetEntry> all, sets());
  std::vector<std::string> names;
  for (const SetEntry& entry : all) {
    if (!entry.path.ends_with(kPartialSuffix) || entry.running) continue;
    if (!dry_run) {
      TINTYPE_TRY(const bool removed, store_->remove_unfinished(entry.key()));
      if (!removed) continue;
    }
    names.push_back(entry.name);
  }
  return names;
}

}  // namespace tintype
