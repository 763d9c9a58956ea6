// Is a set's image, as it lies there now, still what was written? Answered by the run that wrote
// it, by a record that is young enough, or by reading it again; and the answer is recorded.
#pragma once

#include <chrono>
#include <span>

#include "engine/job/verify_job.h"
#include "engine/monitor/job_monitor.h"
#include "engine/proof/durable_image.h"
#include "engine/proof/verdict_store.h"

namespace tintype {

struct ProofOptions {
  // How old a recorded verdict may be that is believed instead of reading again; 0: none is.
  std::chrono::seconds trust_verified{0};
  bool keep_verdicts = true;
  PassOptions pass;
};

// `own`: the images that this very run committed. Code std::errc::bad_message: damaged.
[[nodiscard]] Result<DurableImage> prove_image(const VerdictStore& verdicts, const SetEntry& set,
                                               const VolumeManifest& volume,
                                               std::span<const DurableImage> own,
                                               const ProofOptions& options, JobMonitor& monitor);

// What a verification found, into a verdict on a volume's image. False: it says nothing about that
// image (it could not be read, was changed meanwhile, is not there).
[[nodiscard]] bool fill_verdict(Verdict& verdict, const VerdictStore& verdicts, const SetEntry& set,
                                const VolumeManifest& volume, const Result<VerifyOutcome>& outcome);

// A repository that cannot be written to is no error: the next one will read again.
void keep_verdict(const VerdictStore& verdicts, const Verdict& verdict, JobMonitor& monitor);

}  // namespace tintype
