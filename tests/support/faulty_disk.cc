#include "support/faulty_disk.h"

#include <signal.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

namespace tintype::test {

namespace fs = std::filesystem;

tl::expected<FaultyDisk, std::string> FaultyDisk::mount(const std::string& file,
                                                        const MediumFaults& faults) {
  if (!fs::exists("/dev/fuse")) return tl::unexpected(std::string("no FUSE here"));
  FaultyDisk disk(std::make_unique<TempDir>());
  const std::string folder = *disk.dir_ / "mount", list = *disk.dir_ / "faults";
  fs::create_directory(folder);
  {
    std::ofstream lines(list);
    for (const Extent& range : faults.bad)
      lines << "bad " << range.offset << ' ' << range.length << '\n';
    for (const Extent& range : faults.hanging)
      lines << "hang " << range.offset << ' ' << range.length << '\n';
  }
  disk.program_ = std::make_unique<ChildProgram>(
      std::vector<std::string>{TINTYPE_FAULTY_DISK, file, list, folder});
  for (int i = 0; i < 400; ++i) {
    std::error_code code;
    if (fs::exists(disk.path(), code)) return disk;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return tl::unexpected("FUSE does not mount here (needs root, or user_allow_other): " +
                        disk.program_->err());
}

FaultyDisk::~FaultyDisk() {
  if (!program_) return;
  program_->signal(SIGKILL);
  program_.reset();
  static_cast<void>(run_command("umount -l '" + (*dir_ / "mount") + "' 2>/dev/null"));
}

}  // namespace tintype::test
