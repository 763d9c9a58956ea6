// Help of the commands that read a volume and write it elsewhere: backup, copy. Each has a text,
// and examples that stand at its end.
#pragma once

#include <string_view>

namespace tintype {

extern const std::string_view kBackup, kBackupEnd;
extern const std::string_view kCopy, kCopyEnd;

}  // namespace tintype
