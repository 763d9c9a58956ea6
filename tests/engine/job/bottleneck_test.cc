// Each stage of a real copy is made the slow one in turn, and the pass must say so. What is slow
// is slow by far: the word must not depend on the machine that runs the test. (Too few cores:
// tests/engine/pipeline/rate_limits_test.cc.)
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <memory>
#include <optional>
#include <thread>

#include "engine/job/copy_job.h"
#include "support/child_program.h"
#include "support/expect_ok.h"
#include "support/loop_device.h"
#include "support/nbd_server.h"
#include "support/random_bytes.h"
#include "support/temp_dir.h"
#include "tests/engine/job/recording_monitor.h"

namespace tintype {
namespace {

using test::ChildProgram;
using test::NbdServer;
using test::ok;
using test::RecordingMonitor;
using test::TempDir;

// In memory, where the system offers that: then no disk can be what limits.
std::string memory_folder() {
  const std::string folder = "/dev/shm/tintype-bottleneck." + std::to_string(::getpid());
  std::error_code code;
  std::filesystem::create_directory(folder, code);
  return code ? std::string() : folder;
}

class Bottleneck : public testing::Test {
 protected:
  void SetUp() override {
    if (memory_.empty()) GTEST_SKIP() << "no /dev/shm";
    const auto content = test::random_bytes(32 << 20);
    test::write_file(volume_, content);
  }
  ~Bottleneck() override {
    if (!memory_.empty()) std::filesystem::remove_all(memory_);
  }

  Stage copied(const std::string& source, RecordingMonitor& monitor, PassOptions pass = {}) {
    std::filesystem::remove(memory_ + "/target");
    const auto outcome =
        run_copy({.source = source, .target = memory_ + "/target", .pass = pass}, monitor);
    EXPECT_TRUE(ok(outcome));
    return outcome ? outcome->limiting : Stage::none;
  }

  std::string memory_ = memory_folder();
  std::string volume_ = memory_ + "/volume";
};

TEST_F(Bottleneck, ALimitOnReading) {
  for (const bool serial : {false, true}) {
    RecordingMonitor monitor;
    monitor.limits.read_bytes_per_second = 64 << 20;
    EXPECT_EQ(copied(volume_, monitor, {.serial = serial}), Stage::read_limit);
    // The progress says so as well. Not of each moment: the last report may be of the last few.
    const auto told = std::ranges::count(monitor.limiting, Stage::read_limit);
    EXPECT_GT(2 * told, std::ssize(monitor.limiting));
  }
}

TEST_F(Bottleneck, ALimitOnWriting) {
  for (const bool serial : {false, true}) {
    RecordingMonitor monitor;
    monitor.limits.write_bytes_per_second = 64 << 20;
    EXPECT_EQ(copied(volume_, monitor, {.serial = serial}), Stage::write_limit);
  }
}

TEST_F(Bottleneck, ASlowSource) {
  const NbdServer server({"--filter=rate", "file", volume_, "rate=128M"});  // bits: 16 MiB/s
  for (const unsigned depth : {1u, 16u}) {
    RecordingMonitor monitor;
    EXPECT_EQ(copied(server.uri(), monitor, {.io_depth = depth}), Stage::read) << depth;
  }
}

TEST_F(Bottleneck, ASourceThatAnswersLate) {
  const NbdServer server({"--filter=delay", "file", volume_, "rdelay=30ms"});
  RecordingMonitor monitor;
  EXPECT_EQ(copied(server.uri(), monitor, {.io_depth = 2}), Stage::read);
}

// A device whose reads or writes take their time: a loop device over nbdfuse over nbdkit.
class LateDevice {
 public:
  static tl::expected<LateDevice, std::string> attach(const std::string& parameter) {
    LateDevice device;
    const std::string folder = device.dir_->path();
    device.server_ = std::make_unique<NbdServer>(
        std::vector<std::string>{"--filter=delay", "memory", "64M", parameter}, true);
    // One connection would do one request after the other.
    device.mount_ = std::make_unique<ChildProgram>(
        std::vector<std::string>{"/usr/bin/nbdfuse", "-C", "8", folder, device.server_->uri()});
    for (int i = 0; !std::filesystem::exists(folder + "/nbd"); ++i) {
      if (i == 1000) return tl::unexpected("nbdfuse does not work here: " + folder);
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    auto loop = test::LoopDevice::attach(folder + "/nbd");
    if (!loop) return tl::unexpected(loop.error());
    const auto direct = test::run_command("losetup --direct-io=on " + loop->path());
    if (direct.exit_code != 0) return tl::unexpected(direct.output);
    device.loop_.emplace(*std::move(loop));
    return device;
  }
  LateDevice(LateDevice&&) = default;
  LateDevice& operator=(LateDevice&&) = delete;
  ~LateDevice() {
    loop_.reset();
    if (dir_) static_cast<void>(test::run_command("fusermount3 -u " + dir_->path().string()));
  }
  [[nodiscard]] const std::string& path() const { return loop_->path(); }

 private:
  LateDevice() = default;
  std::unique_ptr<TempDir> dir_ = std::make_unique<TempDir>();
  std::unique_ptr<NbdServer> server_;
  std::unique_ptr<ChildProgram> mount_;
  std::optional<test::LoopDevice> loop_;
};

TEST_F(Bottleneck, ATargetThatIsSlowToWriteOrToReadBack) {
  for (const auto& [parameter, expected] :
       {std::pair{"wdelay=30ms", Stage::write}, std::pair{"rdelay=30ms", Stage::read_back}}) {
    const auto device = LateDevice::attach(parameter);
    if (!device) GTEST_SKIP() << device.error();
    RecordingMonitor monitor;
    // FUSE takes requests of 128 KiB, about ten at once: if more of either kind were in flight,
    // they would take the places of the other, and a late read make the writes late as well.
    const auto outcome = run_copy({.source = volume_,
                                   .target = device->path(),
                                   .overwrite = true,
                                   .chunk_bytes = 128 << 10,
                                   .pass = {.io_depth = 4}},
                                  monitor);
    ASSERT_TRUE(ok(outcome));
    EXPECT_EQ(outcome->limiting, expected) << parameter << ' ' << to_string(outcome->limiting);
  }
}

}  // namespace
}  // namespace tintype
