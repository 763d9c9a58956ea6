// The first pass over an NTFS volume: what is allocated, which folders there are, whether the
// volume itself doubts its metadata.
#pragma once

#include <string>

#include "io/filesystem/ntfs/ntfs_folders.h"
#include "io/filesystem/ntfs/ntfs_table.h"

namespace tintype {

struct NtfsSurvey {
  // $Bitmap, and every run list of every record in use: a file that grew after $Bitmap was last
  // written is in here all the same.
  ExtentList allocated;
  NtfsFolders folders;
  std::string label;
  std::string unreliable;
  std::string disagreement;  // between $Bitmap and files; "" if there is none
};

[[nodiscard]] Result<NtfsSurvey> survey_ntfs(const NtfsTable& table);

}  // namespace tintype
