#include "io/filesystem/file_runs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "io/safe_component.h"
#include "support/expect_ok.h"
#include "support/memory_volume.h"
#include "support/random_bytes.h"

namespace tintype {
namespace {

using test::ok;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(FileRuns, JoinWhereBothSidesGoOn) {
  std::vector<FileRun> runs;
  append_run(runs, {0, 1000, 10});
  append_run(runs, {10, 1010, 5});
  append_run(runs, {15, 1015, 0});
  append_run(runs, {20, 1015, 5});  // a hole in the file
  append_run(runs, {25, 3000, 5});  // a jump on the volume
  EXPECT_THAT(runs, ElementsAre(FileRun{0, 1000, 15}, FileRun{20, 1015, 5}, FileRun{25, 3000, 5}));
  clip_runs(runs, 22);
  EXPECT_THAT(runs, ElementsAre(FileRun{0, 1000, 15}, FileRun{20, 1015, 2}));
  clip_runs(runs, 20);
  EXPECT_THAT(runs, ElementsAre(FileRun{0, 1000, 15}));
  clip_runs(runs, 0);
  EXPECT_THAT(runs, ElementsAre());
}

TEST(FileRuns, ReadZerosWhereNoRunIs) {
  const test::MemoryVolume volume(test::random_bytes(100));
  const std::vector<FileRun> runs{{5, 50, 10}, {20, 10, 4}};
  std::vector<std::byte> expected(30, std::byte{0});
  std::copy_n(volume.bytes.begin() + 50, 10, expected.begin() + 5);
  std::copy_n(volume.bytes.begin() + 10, 4, expected.begin() + 20);
  for (std::size_t offset = 0; offset <= 30; ++offset) {
    for (std::size_t length = 0; length <= 30 - offset; ++length) {
      std::vector<std::byte> bytes(length, std::byte{0xEE});
      ASSERT_TRUE(ok(read_runs(volume, runs, 30, offset, bytes)));
      ASSERT_TRUE(std::equal(bytes.begin(), bytes.end(),
                             expected.begin() + static_cast<std::ptrdiff_t>(offset)))
          << offset << " " << length;
    }
  }
  std::byte one[1];
  EXPECT_FALSE(read_runs(volume, runs, 30, 30, one));
  EXPECT_FALSE(read_runs(volume, runs, 30, ~std::uint64_t{0}, one));
}

TEST(FileRuns, BytesOfTwoFilesAreAProblemOfBoth) {
  std::vector<FileEntry> files(4);
  files[0] = {.path = "/a", .runs = {{0, 0, 100}, {100, 500, 100}}};
  files[1] = {.path = "/b", .runs = {{0, 100, 100}}};
  files[2] = {.path = "/c", .runs = {{0, 550, 10}}};
  files[3] = {.path = "/d", .runs = {{0, 1000, 20}, {20, 1010, 20}}};
  report_shared_bytes(files);
  EXPECT_THAT(files[0].problem, HasSubstr("/c"));
  EXPECT_EQ(files[1].problem, "");
  EXPECT_EQ(files[1].runs.size(), 1u);
  EXPECT_THAT(files[2].problem, HasSubstr("/a"));
  EXPECT_THAT(files[2].problem, HasSubstr("550"));
  EXPECT_THAT(files[3].problem, HasSubstr("another place in it"));
  EXPECT_TRUE(files[0].runs.empty());
}

TEST(FileRuns, NamesNeverLeadOutOfAFolder) {
  EXPECT_EQ(safe_component("DB1.edb"), "DB1.edb");
  EXPECT_EQ(safe_component("a/b"),
            "a\xEF\xBF\xBD"
            "b");
  EXPECT_EQ(safe_component(std::string("a\0b", 3)),
            "a\xEF\xBF\xBD"
            "b");
  for (const char* name : {"", ".", ".."}) EXPECT_NE(safe_component(name), name);
  EXPECT_EQ(safe_component("..."), "...");
}

}  // namespace
}  // namespace tintype
