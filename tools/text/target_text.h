// What would be lost if a target were written over, for who is asked about it.
#pragma once

#include <string>

namespace tintype {

// "/dev/sdb (Samsung SSD 870, 500 GiB, gpt partition table; /dev/sdb1 100 MiB, vfat)"
// "mail.img (1 GiB, ntfs "Mail", last written 2026-11-22T18:15:00Z)"
[[nodiscard]] std::string target_text(const std::string& target);

}  // namespace tintype
