// Killed at every system call that changes something, and run again: no log that a restore needs is
// ever gone, there is never a hole, and the final state is always the same.
#include <gtest/gtest.h>

#include "support/changed_environment.h"
#include "support/strace.h"
#include "tests/engine/completion/live_directory.h"
#include "verify/ese/ese_stream_names.h"

namespace tintype {
namespace {

namespace fs = std::filesystem;

// A kill strikes before the call is made: so this is also "after each call before it".
constexpr const char* kCalls[] = {"openat",    "write",  "pwrite64",  "fdatasync", "fsync",
                                  "renameat2", "rename", "link",      "unlink",    "unlinkat",
                                  "ftruncate", "flock",  "exit_group"};

TEST(TruncateKill, AtEveryCallThenAgain) {
  if (const auto refusal = test::strace_refusal()) GTEST_SKIP() << *refusal;
  const test::TempDir dir;
  // For the helper's own, which it leaves when it is killed.
  const test::ChangedEnvironment temporary("TMPDIR", dir.path());
  const std::string live = dir / "live", repository = dir / "repository",
                    set = repository + "/sets/s";
  const std::string command =
      "'" + std::string(TINTYPE_TRUNCATE_HELPER) + "' '" + live + "' '" + repository + "'";
  test::fill_live_directory(dir / "fresh");
  const auto before = test::content_of(dir / "fresh");
  auto finished = before;
  for (std::int64_t generation = 3; generation < 12; ++generation)
    finished.erase(test::live_log_name(generation));

  int kills = 0;
  for (const char* call : kCalls) {
    for (int n = 1;; ++n) {
      SCOPED_TRACE(fmt::format("{} number {}", call, n));
      fs::remove_all(live);
      fs::remove_all(set);
      fs::copy(dir / "fresh", live);
      fs::create_directories(set);
      const auto killed = test::run_under_strace(
          fmt::format("-e trace={} -e inject={}:signal=SIGKILL:when={}", call, call, n), command);
      if (killed.exit_code == 0) break;  // it never came to the n-th call
      ++kills;
      const auto now = test::content_of(live);
      bool gap_allowed = true;
      for (const auto& [name, bytes] : before) {
        const auto parsed = parse_ese_stream_name(name);
        const bool archived = parsed && parsed->kind == EseStreamFileKind::archived_log;
        if (!now.contains(name)) {
          ASSERT_TRUE(archived && parsed->generation < 12) << name << " is gone";
          ASSERT_TRUE(gap_allowed) << name << " is gone, but not what is before it";
        } else {
          ASSERT_EQ(now.at(name), bytes) << name;
          if (archived) gap_allowed = false;
        }
      }
      ASSERT_TRUE(now == before || fs::exists(set + "/truncation-1.json")) << "journal first";

      const auto again = test::run_command(command);
      ASSERT_EQ(again.exit_code, 0) << again.output;
      ASSERT_EQ(test::content_of(live), finished);
      ASSERT_TRUE(fs::exists(set + "/truncation-1.done.json"));
    }
  }
  EXPECT_GT(kills, 30);  // it was really killed in the middle: nine deletions, two journals
}

}  // namespace
}  // namespace tintype
