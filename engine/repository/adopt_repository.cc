#include "engine/repository/adopt_repository.h"

#include <fmt/format.h>

#include <filesystem>

#include "engine/manifest/manifest_json.h"
#include "engine/manifest/verdict.h"
#include "engine/store/set_folder.h"
#include "engine/version.h"
#include "io/file/durable_file.h"

namespace tintype {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kVerdictBytesMax = 64 << 10;

// Whether it is the file that is wrong: not the system, which would not give it, nor we, who are
// too old for it.
bool is_damage(const Error& error) {
  return (!error.code || error.code == std::errc::bad_message) &&
         error.hint.find("newer tintype") == std::string::npos;
}

// A name that nothing has yet.
std::string name_aside(const std::string& path) {
  const std::string first = fmt::format("{}/damaged-tintype.json", path);
  std::string name = first;
  std::error_code ignored;
  for (int n = 2; fs::exists(fs::symlink_status(name, ignored)); ++n)
    name = fmt::format("{}-{}", first, n);
  return name;
}

// That of the repository that was here, if what was found out of its images still tells it: those
// verdicts count on. "" if none does, or they differ.
std::string id_in_verdicts(const ImageStore& store) {
  std::string id;
  for (const std::string& name : store.list(kVerdictsName).value_or(std::vector<std::string>())) {
    const std::string object = verdict_object(name);
    const auto text = store.read_text(object, kVerdictBytesMax);
    if (!text) continue;
    const auto verdict = parse_verdict(*text, store.path_of(object));
    if (!verdict || verdict->repository.empty()) continue;
    if (!id.empty() && id != verdict->repository) return {};
    id = verdict->repository;
  }
  return id;
}

// Whether a set there was made before manifests had a checksum: then the repository cannot demand
// one of each.
bool holds_format_1(const ImageStore& store) {
  for (const std::string& key : store.list_sets().value_or(std::vector<std::string>())) {
    const std::string object = set_object(key, kManifestName);
    const auto text = store.read_text(object, kManifestTextBytesMax);
    if (!text) continue;
    if (const auto manifest = parse_manifest(*text, store.path_of(object));
        manifest && manifest->format == 1)
      return true;
  }
  return false;
}

}  // namespace

Result<Adoption> adopt_repository(const std::string& path, Permissions permissions) {
  const auto there = Repository::open(path);
  if (there)
    return plain_error(fmt::format("{} is a repository already", path),
                       "--adopt is for one that lost its tintype.json");
  const std::shared_ptr<ImageStore> store = open_store(path);
  const std::string head_path = store->path_of(kHeadName);
  std::error_code code;
  const fs::file_status head_status = fs::symlink_status(head_path, code);
  if (fs::exists(head_status) && (!fs::is_regular_file(head_status) || !is_damage(there.error())))
    return tl::unexpected(there.error());
  if (code && code != std::errc::no_such_file_or_directory)
    return system_error(code.value(), "look into", path);

  const std::uint64_t sets = store->finished_sets();
  if (sets == 0)
    return plain_error(fmt::format("{} holds no backup set to adopt", path),
                       "without --adopt tintype init makes a repository, in a new or empty folder");
  std::string aside;
  if (fs::exists(head_status)) {
    aside = name_aside(path);
    TINTYPE_CHECK(rename_durably(head_path, aside));
  }
  RepositoryHead head = new_repository_head();
  if (const std::string id = id_in_verdicts(*store); !id.empty()) head.id = id;
  if (holds_format_1(*store)) head.sets_format_min = 1;
  TINTYPE_CHECK(store->write_text(kHeadName, to_json(head), permissions));
  TINTYPE_TRY(Repository repository, Repository::open(path));
  return Adoption{std::move(repository), sets, std::move(aside)};
}

}  // namespace tintype
