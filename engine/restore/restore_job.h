// Front door: image → file or device. Every chunk is checked before it is written.
#pragma once

#include <optional>

#include "engine/image/read/image_source.h"
#include "engine/job/job_options.h"
#include "engine/job/pass_outcome.h"
#include "io/result.h"

namespace tintype {

struct RestoreOptions {
  ImageSource image;                       // a .tint file
  std::optional<std::uint32_t> partition;  // of it only this one, as sfdisk numbers it
  std::string target;                      // a new file (made sparse), or a block device
  bool overwrite = false;                  // allow an existing file; a device always needs it
  bool in_place = false;                   // write into an existing file, not aside
  std::uint64_t file_bytes = 0;  // size of a file; 0: the volume's. A disk's GPT is fitted to it
  // An existing target is read and compared with the index first, and only what differs is read
  // from the image and written. The end is the same as without. Of a file it means in_place.
  bool only_different = false;
  // The same with what an earlier, broken run left: the device, the file aside, or the file that it
  // wrote in place.
  bool resume = false;
  // After an error that another try may get over, the file aside is kept, and the error says so.
  bool keep_unfinished = false;
  bool read_back = true;
  bool dry_run = false;
  Permissions permissions = Permissions::owner_only;  // of a new file
  PassOptions pass;
};

// A damaged chunk is an error with code std::errc::bad_message: the target is not finished. (A file
// is written aside and only a complete restore gets its name.)
[[nodiscard]] Result<PassOutcome> run_restore(const RestoreOptions& options, JobMonitor& monitor);

}  // namespace tintype
