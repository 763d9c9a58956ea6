// Front door: after the commit. Confirms completion for the log streams of a finished set and
// truncates their logs. Everything is decided anew from what lies in the repository under its final
// name, so it is the same whether it runs at the end of a backup, later, or after a crash.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/completion/completion_gate.h"
#include "engine/completion/truncate_logs.h"
#include "engine/job/image_proof.h"
#include "engine/repository/repository.h"

namespace tintype {

struct ConfirmOptions {
  std::vector<std::string> truncate_directories;  // live log directories
  std::string on_confirm;                         // a shell command, once a stream; "" = none
  bool dry_run = false;
  // What is believed of the images instead of reading them again, and how they are read.
  std::chrono::seconds trust_verified{0};
  PassOptions pass;

  [[nodiscard]] bool asked() const noexcept {
    return !truncate_directories.empty() || !on_confirm.empty();
  }
};

struct StreamConfirmation {
  GateRecord gate;
  bool confirmed = false;  // the command ran and succeeded
  std::string directory;   // truncated; "" if none was named for it
  std::optional<TruncationOutcome> truncation;
  std::string problem;  // why it was not confirmed or not truncated; "" if all went well
};

struct ConfirmOutcome {
  std::vector<StreamConfirmation> streams;
  std::string problem;                // of the whole: no stream, a directory that fits none
  std::vector<std::string> damage;    // images that are not what they were: the backup is not good
  std::vector<std::string> not_read;  // images that could not be looked at

  [[nodiscard]] bool ok() const noexcept {
    if (!damage.empty() || !not_read.empty()) return false;
    for (const StreamConfirmation& stream : streams)
      if (!stream.problem.empty()) return false;
    return problem.empty();
  }
};

// The gate over all streams of a set, in their order. Without their tokens images are not durable.
[[nodiscard]] std::vector<GateDecision> judge_set(const SetManifest& manifest,
                                                  const std::vector<DurableImage>& images);

// `set` is finished and usable, and in `repository`. Before a permit exists every image of it is
// proved to hold what was written (image_proof.h); `own` are the images of this very run. Failures
// are in the outcome: unless it tells of damage the backup is good all the same.
[[nodiscard]] ConfirmOutcome confirm_set(const Repository& repository, const SetEntry& set,
                                         const ConfirmOptions& options, JobMonitor& monitor,
                                         std::span<const DurableImage> own = {});

}  // namespace tintype
