// Front door: is this image (or every image of a set) what it was when it was written?
#pragma once

#include "engine/image/image_source.h"
#include "engine/job/job_options.h"
#include "engine/job/pass_outcome.h"
#include "io/result.h"
#include "io/volume/folder_tree.h"

namespace tintype {

struct VerifyOptions {
  ImageSource image;   // a .tint file
  bool decode = true;  // unpack and compare the plain digests, not only the stored ones
  bool pages = false;  // check the database pages again, from the image
  DatabaseOptions databases;
  PassOptions pass;
};

enum class ImageFaultKind : std::uint8_t { head, stored_digest, decode, plain_digest, unreadable };
[[nodiscard]] std::string_view to_string(ImageFaultKind kind) noexcept;

struct ImageFault {
  ImageFaultKind kind{};
  Extent volume_range;  // what a restore would get wrong
  std::uint64_t image_offset = 0;
};

struct VerifyOutcome {
  std::string image;
  std::string level;  // the level reached: "structure, stored bytes, plain bytes, pages"
  std::vector<ImageFault> faults;  // empty = the image is good to that level
  std::uint64_t chunks = 0;
  bool pages = false;  // the pages of its databases were looked at
  FileStamp stamp;     // of the file that was read, before; all zero if it changed meanwhile
  PassOutcome pass;    // databases are filled in if `pages`
};

// "3 of 17 chunks, first bytes 0 to 1048575 of the volume: the stored bytes do not match their
// digest". Hold: there are faults.
[[nodiscard]] std::string fault_summary(const VerifyOutcome& outcome);

// An error: the image cannot be opened at all (message says why).
[[nodiscard]] Result<VerifyOutcome> run_verify(const VerifyOptions& options, JobMonitor& monitor);

}  // namespace tintype
