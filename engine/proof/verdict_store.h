// The verdicts of a repository: REPO/verdicts/TAG-TIME-KIND-XXXXXXXX.json, where TAG stands for
// set, volume and content. Of an image and a kind the newest few are kept.
//
// What cannot be read, is of another repository or of another file than the one that lies there
// now, counts for nothing: its reader looks at the image again.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/manifest/verdict.h"
#include "engine/repository/repository.h"

namespace tintype {

class VerdictStore {
 public:
  static constexpr std::size_t kKeptMax = 4;

  // Lists the folder once; one that is not there holds none.
  explicit VerdictStore(const Repository& repository);

  // A verdict on this image by this program, now: what was found is for the caller to fill in.
  [[nodiscard]] Verdict about(const SetEntry& set, const VolumeManifest& volume) const;
  // Durably; older ones of the same image and kind go.
  [[nodiscard]] Result<void> keep(const Verdict& verdict) const;
  // Those on the image as it lies there now, newest first; of the same second damage comes first.
  // One of soundness that comes from the future is none; one of damage is believed all the same.
  [[nodiscard]] std::vector<Verdict> of(const SetEntry& set, const VolumeManifest& volume) const;
  // Of the image as it lies there now.
  [[nodiscard]] Result<FileStamp> stamp_of(const SetEntry& set, const VolumeManifest& volume) const;
  // Removes those on a set's images: for who removes the set.
  void forget(const SetEntry& set) const noexcept;

 private:
  std::shared_ptr<const ImageStore> store_;
  std::string repository_id_;
  std::vector<std::string> names_;  // sorted
};

}  // namespace tintype
