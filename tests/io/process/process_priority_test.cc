#include "io/process/process_priority.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>

#include "support/temp_dir.h"

namespace tintype {
namespace {

// What ionice and ps say of a thread that a process with these priorities starts. In a child: there
// is no way back up.
std::string seen_from_outside(const std::vector<ProcessPriority>& priorities) {
  int words[2];
  if (::pipe(words) != 0) return "no pipe";
  const pid_t child = ::fork();
  if (child == 0) {
    for (const ProcessPriority& priority : priorities)
      if (!lower_priority(priority)) ::_exit(1);
    std::jthread([&] {
      const std::string self = std::to_string(::gettid());
      const std::string text =
          test::run_command("ionice -p " + self).output + "nice " +
          std::to_string(::getpriority(PRIO_PROCESS, static_cast<id_t>(::gettid())));
      static_cast<void>(!::write(words[1], text.data(), text.size()));
    }).join();
    ::_exit(0);
  }
  ::close(words[1]);
  std::string text(200, '\0');
  text.resize(static_cast<std::size_t>(std::max<ssize_t>(::read(words[0], text.data(), 200), 0)));
  ::close(words[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  return status == 0 ? text : "failed";
}

TEST(ProcessPriority, ThreadsStartedLaterHaveIt) {
  EXPECT_EQ(seen_from_outside({{.nice = 10}}), "best-effort: prio 6\nnice 10");
  EXPECT_EQ(seen_from_outside({{.nice = 19, .idle_io = true}}), "idle\nnice 19");
}

TEST(ProcessPriority, IsNeverRaised) {
  EXPECT_EQ(seen_from_outside({{.nice = 19, .idle_io = true}, {.nice = 5}}), "idle\nnice 19");
  EXPECT_EQ(seen_from_outside({{.nice = 15}, {}}), "best-effort: prio 7\nnice 15");
}

}  // namespace
}  // namespace tintype
