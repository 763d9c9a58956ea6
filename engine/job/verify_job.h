// Front door: is this image (or every image of a set) what it was when it was written?
#pragma once

#include "engine/image/read/image_source.h"
#include "engine/job/job_options.h"
#include "engine/job/pass_outcome.h"
#include "engine/proof/image_reading.h"
#include "engine/survey/database_options.h"
#include "io/result.h"

namespace tintype {

struct VerifyOptions {
  ImageSource image;   // a .tint file
  bool decode = true;  // unpack and compare the plain digests, not only the stored ones
  bool pages = false;  // check the database pages again, from the image
  DatabaseOptions databases;
  PassOptions pass;
};

struct VerifyOutcome : ImageReading {
  std::string level;   // the level reached: "structure, stored bytes, plain bytes, pages"
  bool pages = false;  // the pages of its databases were looked at
  PassOutcome pass;    // databases are filled in if `pages`
};

// An error: the image cannot be opened at all (message says why).
[[nodiscard]] Result<VerifyOutcome> run_verify(const VerifyOptions& options, JobMonitor& monitor);

}  // namespace tintype
