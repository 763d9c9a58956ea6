#include "engine/survey/check_files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <tuple>

#include "support/damaged_ese_files.h"
#include "support/expect_ok.h"
#include "support/temp_dir.h"
#include "tests/engine/job/recording_monitor.h"
#include "verify/formats/database_formats.h"

namespace tintype {
namespace {

namespace fs = std::filesystem;
using test::must;

// ESE files, others, and such as cannot be read, with either kind of name.
void fill(const test::TempDir& dir, std::uint32_t files, std::uint32_t folders) {
  for (std::uint32_t i = 0; i < files; ++i) {
    const fs::path folder = dir.path() / fmt::format("folder {}", i % folders);
    fs::create_directory(folder);
    const auto file = test::make_damaged_ese_file(i, 18);
    test::write_file(folder / file.name, file.content);
    test::write_file(folder / fmt::format("{} of another program", i),
                     std::vector<std::byte>(100'000, std::byte{7}));
    fs::create_symlink("nowhere", folder / fmt::format("{} of nobody", i));
    fs::create_symlink("nowhere", folder / fmt::format("{}.edb", i));
  }
}

struct Found {
  std::vector<std::tuple<std::string, EseFileKind, std::uint64_t, std::string>> files;
  std::vector<std::string> warnings, details;
  std::uint64_t reads = 0;
  bool operator==(const Found&) const = default;
};

Found find(const std::string& what, unsigned at_once) {
  test::RecordingMonitor monitor;
  const CheckFiles files = must(find_check_files(what, database_formats(), monitor, at_once));
  Found found{.warnings = monitor.warnings, .details = monitor.details, .reads = files.reads};
  for (const CheckFile& file : files.files)
    found.files.emplace_back(file.path, file.kind, file.file_bytes, file.problem);
  return found;
}

TEST(CheckFiles, AreTheSameInTheSameOrderHoweverManyAreLookedIntoAtOnce) {
  const test::TempDir dir;
  fill(dir, 150, 5);
  const Found expected = find(dir.path(), 1);
  EXPECT_EQ(expected.reads, 600u);
  EXPECT_EQ(expected.files.size(), 300u);
  EXPECT_EQ(expected.warnings.size(), 150u);
  EXPECT_EQ(expected.details.size(), 150u);
  EXPECT_TRUE(std::ranges::is_sorted(expected.files));
  for (const unsigned at_once : {2u, 16u, 64u}) EXPECT_EQ(find(dir.path(), at_once), expected);
}

TEST(CheckFiles, ThatFindNoFreeHandleAreLookedIntoAgain) {
  const test::TempDir dir;
  fill(dir, 200, 1);
  const std::string folder = dir / "folder 0";
  const Found expected = find(folder, 1);
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const int free = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  ::close(free);
  rlimit tight = before;
  tight.rlim_cur = static_cast<rlim_t>(free) + 1;  // that one, and no other
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &tight), 0);
  std::vector<Found> found;  // often enough for two to meet on few cores
  for (int i = 0; i < 8; ++i) found.push_back(find(folder, 64));
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  for (const Found& one : found) EXPECT_EQ(one, expected);
}

}  // namespace
}  // namespace tintype
