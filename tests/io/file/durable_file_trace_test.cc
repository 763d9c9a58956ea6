// The order of system calls that makes a file durable, and what is left when one fails or the
// program dies at it. A helper program writes a file under strace.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "support/strace.h"
#include "support/temp_dir.h"

namespace tintype {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr const char* kCalls =
    "-y -e trace=openat,pwrite64,fdatasync,fsync,renameat2,link,unlink,rename";

class DurableFileTrace : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const auto refusal = test::strace_refusal()) GTEST_SKIP() << *refusal;
  }
  test::CommandOutcome write_under(const std::string& strace_options = "") {
    const std::string helper = TINTYPE_DURABLE_FILE_HELPER;
    return test::run_under_strace(kCalls + (" " + strace_options),
                                  "'" + helper + "' '" + final_ + "' content", dir_ / "trace");
  }
  // The calls that touch our folder, in their order: what was called, and on which handle's file.
  [[nodiscard]] std::vector<std::string> calls() const {
    std::vector<std::string> found;
    std::ifstream trace(dir_ / "trace");
    const std::string folder = dir_ / "set";
    for (std::string line; std::getline(trace, line);) {  // 4711  fsync(3</tmp/x/set>) = 0
      const std::size_t open = line.find('('), place = line.find(folder);
      if (open == std::string::npos || place == std::string::npos) continue;
      const std::size_t name = line.find_last_of(' ', open) + 1;
      const std::string call = line.substr(name, open - name);
      if (call == "openat") {
        if (line.find("O_CREAT") != std::string::npos) found.push_back("create");
      } else if (line[place - 1] == '<') {
        const std::size_t begin = place + folder.size();
        found.push_back(call + " ." + line.substr(begin, line.find('>', begin) - begin));
      } else {
        found.push_back(call);
      }
    }
    return found;
  }
  [[nodiscard]] std::string final_content() const {
    if (!fs::exists(final_)) return "absent";
    const auto bytes = test::read_file(final_);
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }
  [[nodiscard]] bool partial_exists() const { return fs::exists(final_ + ".partial"); }

  test::TempDir dir_;
  bool made_ = fs::create_directory(dir_ / "set");
  std::string final_ = dir_ / "set/final";
};

TEST_F(DurableFileTrace, WriteSyncRenameSyncTheFolder) {
  ASSERT_EQ(write_under().exit_code, 0);
  EXPECT_THAT(calls(), ElementsAre("create", "pwrite64 ./final.partial",
                                   "fdatasync ./final.partial", "renameat2", "fsync ."));
  EXPECT_EQ(final_content(), "content");
}

TEST_F(DurableFileTrace, AFailedSyncIsAFailedFile) {
  const auto outcome = write_under("-e inject=fdatasync:error=EIO");
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.output, HasSubstr("cannot sync " + final_ + ".partial: Input/output error"));
  EXPECT_THAT(calls(), ElementsAre("create", "pwrite64 ./final.partial",
                                   "fdatasync ./final.partial", "unlink"))
      << "it is not synced a second time";
  EXPECT_EQ(final_content(), "absent");
  EXPECT_FALSE(partial_exists());
}

TEST_F(DurableFileTrace, AFailedSyncOfTheFolderIsTold) {
  const auto outcome = write_under("-e inject=fsync:error=EIO");
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.output, HasSubstr("cannot sync the folder " + (dir_ / "set")));
  EXPECT_EQ(final_content(), "content");
}

TEST_F(DurableFileTrace, AFolderThatCannotBeSyncedAtAllIsNoError) {
  EXPECT_EQ(write_under("-e inject=fsync:error=EINVAL").exit_code, 0);
  EXPECT_EQ(final_content(), "content");
}

TEST_F(DurableFileTrace, AFullDiskLeavesNothing) {
  const auto outcome = write_under("-e inject=pwrite64:error=ENOSPC");
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.output, HasSubstr("No space left on device (free some space there)"));
  EXPECT_EQ(final_content(), "absent");
  EXPECT_FALSE(partial_exists());
}

TEST_F(DurableFileTrace, AFileSystemWithoutNoReplaceGetsALink) {
  for (const char* error : {"EINVAL", "ENOSYS"}) {
    ASSERT_EQ(write_under("-e inject=renameat2:error=" + std::string(error)).exit_code, 0);
    EXPECT_THAT(calls(),
                ElementsAre("create", "pwrite64 ./final.partial", "fdatasync ./final.partial",
                            "renameat2", "link", "unlink", "fsync ."));
    EXPECT_EQ(final_content(), "content");
    EXPECT_FALSE(partial_exists());
    fs::remove(final_);
  }
}

TEST_F(DurableFileTrace, WithoutLinksEitherItLooksAndRenames) {
  ASSERT_EQ(write_under("-e inject=renameat2:error=EINVAL -e inject=link:error=EPERM").exit_code,
            0);
  EXPECT_THAT(calls(),
              ElementsAre("create", "pwrite64 ./final.partial", "fdatasync ./final.partial",
                          "renameat2", "link", "rename", "fsync ."));
  EXPECT_EQ(final_content(), "content");
}

TEST_F(DurableFileTrace, ARefusedRenameIsAFailedFile) {
  const auto outcome = write_under("-e inject=renameat2:error=EACCES");
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.output, HasSubstr("Permission denied"));
  EXPECT_EQ(final_content(), "absent");
  EXPECT_FALSE(partial_exists());
}

// Killed on entry to each call: the final name is absent, or the file is whole.
TEST_F(DurableFileTrace, KilledAnywhereTheFinalFileIsWholeOrAbsent) {
  for (const char* call : {"pwrite64", "fdatasync", "renameat2", "fsync"}) {
    const auto outcome = write_under("-e inject=" + std::string(call) + ":signal=SIGKILL");
    EXPECT_NE(outcome.exit_code, 0) << call;
    const bool renamed = std::string_view(call) == "fsync" || std::string_view(call) == "renameat2";
    EXPECT_THAT(final_content(), ::testing::AnyOf("absent", "content")) << call;
    EXPECT_TRUE(renamed || final_content() == "absent") << call;
    EXPECT_FALSE(fs::exists(final_) && partial_exists()) << call;
    fs::remove(final_);
    ASSERT_EQ(write_under().exit_code, 0) << "the next run is not hindered by what was left";
    EXPECT_EQ(final_content(), "content");
    fs::remove(final_);
  }
}

TEST_F(DurableFileTrace, ANameWithoutAFolderIsInThisOne) {
  const std::string helper = TINTYPE_DURABLE_FILE_HELPER;
  const auto outcome =
      test::run_command("cd '" + (dir_ / "set") + "' && '" + helper + "' final content");
  EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
  EXPECT_EQ(final_content(), "content");
}

}  // namespace
}  // namespace tintype
