#include "engine/proof/verdict_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <random>
#include <span>

#include "engine/manifest/set_name.h"
#include "engine/store/image_stamp.h"
#include "engine/version.h"
#include "hashing/xxh3.h"
#include "io/file/durable_file.h"

namespace tintype {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kVerdictBytesMax = 64 << 10;
constexpr std::string_view kSuffix = ".json";

// Set and volume are plain names: a slash parts them.
std::string tag_of(std::string_view set, std::string_view volume, std::string_view digest) {
  const std::string text = fmt::format("{}/{}/{}", set, volume, digest);
  return fmt::format("{:016x}-", xxh3_64(std::as_bytes(std::span(text))));
}

std::string compact(std::string text) {
  std::erase_if(text, [](char c) { return c == '-' || c == ':' || c == ' '; });
  return text;
}

std::vector<std::string> names_in(const std::string& folder) {
  std::vector<std::string> names;
  std::error_code code;
  for (fs::directory_iterator entry(folder, code), end; !code && entry != end;
       entry.increment(code))
    if (std::string name = entry->path().filename(); name.ends_with(kSuffix))
      names.push_back(std::move(name));
  std::ranges::sort(names);
  return names;
}

std::optional<Verdict> read(const std::string& path) {
  const auto file = File::open_source(path, Caching::page_cache);
  if (!file || file->geometry().size_bytes > kVerdictBytesMax) return std::nullopt;
  std::string text(file->geometry().size_bytes, '\0');
  const auto got = file->read_at(0, std::as_writable_bytes(std::span(text)));
  if (!got || *got != text.size()) return std::nullopt;
  auto verdict = parse_verdict(text, path);
  if (!verdict) return std::nullopt;
  return *std::move(verdict);
}

}  // namespace

VerdictStore::VerdictStore(const Repository& repository)
    : folder_(repository.path() + "/verdicts"),
      repository_path_(repository.path()),
      repository_id_(repository.id()),
      names_(names_in(folder_)) {}

Verdict VerdictStore::about(const SetEntry& set, const VolumeManifest& volume) const {
  return {.repository = repository_id_,
          .set = set.name,
          .volume = volume.name,
          .content_digest = volume.content_digest,
          .time_utc = utc_text(std::chrono::system_clock::now()),
          .program = std::string(program_version()),
          .host = this_host()};
}

Result<void> VerdictStore::keep(const Verdict& verdict) const {
  std::error_code code;
  // Who may read the sets may read this.
  if (fs::create_directory(folder_, repository_path_ + "/sets", code))
    TINTYPE_CHECK(sync_directory(repository_path_));
  if (code) return system_error(code.value(), "make", folder_);
  const std::string tag = tag_of(verdict.set, verdict.volume, verdict.content_digest);
  const std::string kind = "-" + compact(verdict.kind) + "-";
  const std::string name = fmt::format("{}{}{}{:08x}{}", tag, compact(verdict.time_utc), kind,
                                       std::random_device{}(), kSuffix);
  const bool open =
      (fs::status(folder_, code).permissions() & fs::perms::group_read) == fs::perms::group_read;
  TINTYPE_CHECK(write_durably(fmt::format("{}/{}", folder_, name), to_json(verdict),
                              open ? Permissions::by_umask : Permissions::owner_only));
  std::vector<std::string> same = names_in(folder_);
  // This one stays whatever its time: a clock may have gone back.
  std::erase_if(same, [&](const std::string& other) {
    return other == name || !other.starts_with(tag) || other.find(kind) == std::string::npos;
  });
  for (std::size_t i = 0; i + kKeptMax < same.size() + 1; ++i)
    fs::remove(fmt::format("{}/{}", folder_, same[i]), code);  // one more does no harm
  return {};
}

void VerdictStore::forget(const SetEntry& set) const noexcept {
  std::error_code ignored;
  for (const VolumeManifest& volume : set.manifest.volumes) {
    const std::string tag = tag_of(set.name, volume.name, volume.content_digest);
    for (auto name = std::ranges::lower_bound(names_, tag);
         name != names_.end() && name->starts_with(tag); ++name)
      fs::remove(fmt::format("{}/{}", folder_, *name), ignored);
  }
}

std::vector<Verdict> VerdictStore::of(const SetEntry& set, const VolumeManifest& volume) const {
  std::vector<Verdict> found;
  const std::string tag = tag_of(set.name, volume.name, volume.content_digest);
  auto name = std::ranges::lower_bound(names_, tag);
  if (name == names_.end() || !name->starts_with(tag)) return found;
  const auto stamp = image_stamp(image_in(set, volume).path);
  if (!stamp) return found;
  const std::string now = utc_text(std::chrono::system_clock::now());
  for (; name != names_.end() && name->starts_with(tag); ++name) {
    auto verdict = read(fmt::format("{}/{}", folder_, *name));
    if (!verdict || verdict->repository != repository_id_ || verdict->set != set.name ||
        verdict->volume != volume.name || verdict->content_digest != volume.content_digest ||
        verdict->image != *stamp || !parse_utc_text(verdict->time_utc) ||
        (verdict->kind != kVerdictReadBack && verdict->kind != kVerdictVerified) ||
        (verdict->sound && verdict->time_utc > now))
      continue;
    found.push_back(*std::move(verdict));
  }
  // The read-back comes before all other looks at an image, whatever the clocks of then said.
  std::ranges::stable_sort(found, [](const Verdict& a, const Verdict& b) {
    if (a.kind != b.kind) return b.kind == kVerdictReadBack;
    return a.time_utc != b.time_utc ? a.time_utc > b.time_utc : a.sound < b.sound;
  });
  return found;
}

}  // namespace tintype
