#include "support/vshadow.h"

#include <stdlib.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <stdexcept>
#include <thread>
#include <utility>

#include "support/temp_dir.h"

namespace tintype::test {

using namespace std::chrono_literals;

tl::expected<VshadowMount, std::string> VshadowMount::open(const std::string& image) {
  if (::geteuid() != 0 || !std::filesystem::exists("/dev/fuse"))
    return tl::unexpected(std::string("mounting needs root and FUSE"));
  if (run_command("command -v vshadowmount").exit_code != 0)
    return tl::unexpected(std::string("vshadowmount is not here (libvshadow-utils)"));
  std::string path = (std::filesystem::temp_directory_path() / "tintype-vss-XXXXXX").string();
  if (::mkdtemp(path.data()) == nullptr) throw std::runtime_error("cannot make " + path);
  VshadowMount mount(path);
  const CommandOutcome outcome =
      run_command("vshadowmount '" + image + "' '" + path + "' </dev/null");
  if (outcome.exit_code != 0) throw std::runtime_error("vshadowmount: " + outcome.output);
  for (int tries = 0; tries < 1000; ++tries) {
    if (std::filesystem::exists(mount.copy(1))) return mount;
    std::this_thread::sleep_for(5ms);
  }
  throw std::runtime_error("vshadowmount shows nothing in " + path);
}

VshadowMount::VshadowMount(VshadowMount&& other) noexcept : path_(std::exchange(other.path_, {})) {}

VshadowMount::~VshadowMount() {
  if (path_.empty()) return;
  for (int tries = 0; tries < 200; ++tries) {
    if (run_command("umount '" + path_ + "'").exit_code == 0) break;
    if (!std::filesystem::exists(copy(1))) break;
    std::this_thread::sleep_for(10ms);
  }
  ::rmdir(path_.c_str());
}

std::string VshadowMount::copy(unsigned number) const {
  return path_ + "/vss" + std::to_string(number);
}

}  // namespace tintype::test
