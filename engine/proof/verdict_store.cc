#include "engine/proof/verdict_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <random>
#include <span>

#include "engine/manifest/set_name.h"
#include "engine/version.h"
#include "hashing/xxh3.h"

namespace tintype {
namespace {

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

// Folders that cannot be listed hold none.
std::vector<std::string> names_in(const ImageStore& store) {
  auto names = store.list(kVerdictsName);
  if (!names) return {};
  std::erase_if(*names, [](const std::string& name) { return !name.ends_with(kSuffix); });
  return *std::move(names);
}

std::optional<Verdict> read(const ImageStore& store, std::string_view name) {
  const auto text = store.read_text(verdict_object(name), kVerdictBytesMax);
  if (!text) return std::nullopt;
  auto verdict = parse_verdict(*text, store.path_of(verdict_object(name)));
  if (!verdict) return std::nullopt;
  return *std::move(verdict);
}

}  // namespace

VerdictStore::VerdictStore(const Repository& repository)
    : store_(repository.store()), repository_id_(repository.id()), names_(names_in(*store_)) {}

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
  const std::string tag = tag_of(verdict.set, verdict.volume, verdict.content_digest);
  const std::string kind = "-" + compact(verdict.kind) + "-";
  const std::string name = fmt::format("{}{}{}{:08x}{}", tag, compact(verdict.time_utc), kind,
                                       std::random_device{}(), kSuffix);
  TINTYPE_CHECK(store_->write_beside_sets(verdict_object(name), to_json(verdict)));
  std::vector<std::string> same = names_in(*store_);
  // This one stays whatever its time: a clock may have gone back.
  std::erase_if(same, [&](const std::string& other) {
    return other == name || !other.starts_with(tag) || other.find(kind) == std::string::npos;
  });
  for (std::size_t i = 0; i + kKeptMax < same.size() + 1; ++i)
    store_->discard(verdict_object(same[i]));
  return {};
}

void VerdictStore::forget(const SetEntry& set) const noexcept {
  for (const VolumeManifest& volume : set.manifest.volumes) {
    const std::string tag = tag_of(set.name, volume.name, volume.content_digest);
    for (auto name = std::ranges::lower_bound(names_, tag);
         name != names_.end() && name->starts_with(tag); ++name)
      store_->discard(verdict_object(*name));
  }
}

Result<FileStamp> VerdictStore::stamp_of(const SetEntry& set, const VolumeManifest& volume) const {
  return store_->stamp_of(set.object(volume.image));
}

std::vector<Verdict> VerdictStore::of(const SetEntry& set, const VolumeManifest& volume) const {
  std::vector<Verdict> found;
  const std::string tag = tag_of(set.name, volume.name, volume.content_digest);
  auto name = std::ranges::lower_bound(names_, tag);
  if (name == names_.end() || !name->starts_with(tag)) return found;
  const auto stamp = stamp_of(set, volume);
  if (!stamp) return found;
  const std::string now = utc_text(std::chrono::system_clock::now());
  for (; name != names_.end() && name->starts_with(tag); ++name) {
    auto verdict = read(*store_, *name);
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
