#include "support/loop_device.h"

#include <utility>

#include "support/temp_dir.h"

namespace tintype::test {

tl::expected<LoopDevice, std::string> LoopDevice::attach(const std::string& backing_file,
                                                         unsigned sector_bytes) {
  const CommandOutcome outcome =
      run_command("losetup --find --show --direct-io=on --sector-size " +
                  std::to_string(sector_bytes) + " '" + backing_file + "'");
  std::string line = outcome.output.substr(0, outcome.output.find('\n'));
  if (outcome.exit_code != 0) return tl::unexpected("no loop device (needs root): " + line);
  return LoopDevice(std::move(line));
}

LoopDevice::LoopDevice(LoopDevice&& other) noexcept : path_(std::exchange(other.path_, {})) {}

LoopDevice::~LoopDevice() {
  if (!path_.empty()) static_cast<void>(run_command("losetup --detach " + path_));
}

}  // namespace tintype::test
