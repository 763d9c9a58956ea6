#include "engine/proof/set_standing.h"

#include <fmt/format.h>

#include <algorithm>

#include "hashing/counted.h"

namespace tintype {
namespace {

bool is_missing(const std::error_code& code) {
  return code == std::errc::no_such_file_or_directory || code == std::errc::not_a_directory;
}

SetStanding::Volume volume_standing(const VerdictStore& verdicts, const SetEntry& set,
                                    const VolumeManifest& volume) {
  const std::string path = image_in(set, volume).path;
  const auto stamp = verdicts.stamp_of(set, volume);
  if (!stamp)
    return {.problem = is_missing(stamp.error().code) ? fmt::format("{} is missing", path)
                                                      : stamp.error().line(),
            .damaged = is_missing(stamp.error().code)};
  if (stamp->size_bytes != volume.image_bytes)
    return {.problem = fmt::format("{} has {}, its manifest says {}", path,
                                   counted(stamp->size_bytes, "byte"), volume.image_bytes),
            .damaged = true};
  SetStanding::Volume found;
  const std::vector<Verdict> known = verdicts.of(set, volume);
  if (!known.empty() && !known.front().sound) {
    found.damaged = true;
    found.problem = fmt::format("{} was found damaged at {}", path, known.front().time_utc);
  }
  const auto verified = std::ranges::find(known, kVerdictVerified, &Verdict::kind);
  if (verified != known.end()) found.verified = *verified;
  return found;
}

}  // namespace

bool SetStanding::damaged() const noexcept {
  return std::ranges::any_of(volumes, &Volume::damaged);
}

bool SetStanding::unknown() const noexcept {
  return std::ranges::any_of(
      volumes, [](const Volume& volume) { return !volume.problem.empty() && !volume.damaged; });
}

std::string SetStanding::verified_utc() const {
  std::string oldest;
  for (const Volume& volume : volumes) {
    if (!volume.problem.empty() || !volume.verified || !volume.verified->sound) return {};
    if (oldest.empty() || volume.verified->time_utc < oldest) oldest = volume.verified->time_utc;
  }
  return oldest;
}

SetStanding standing_of(const VerdictStore& verdicts, const SetEntry& set) {
  SetStanding standing;
  if (!check_usable(set)) return standing;
  for (const VolumeManifest& volume : set.manifest.volumes)
    standing.volumes.push_back(volume_standing(verdicts, set, volume));
  return standing;
}

}  // namespace tintype
