// When `--compress auto` compresses.
#include <gtest/gtest.h>

#include "engine/flow/backup_flow.h"

namespace tintype {
namespace {

constexpr unsigned kTasks = 2;

TEST(AutomaticCompression, CompressesWhileTasksAreFree) {
  for (const unsigned computing : {1u, 2u, 3u})
    EXPECT_TRUE(is_time_to_compress({.tasks_max = kTasks, .computing = computing}));
}

TEST(AutomaticCompression, StoresWhenBlocksQueueForTheTasks) {
  EXPECT_FALSE(is_time_to_compress({.tasks_max = kTasks, .computing = 4}));
  EXPECT_FALSE(is_time_to_compress({.tasks_max = kTasks,
                                    .computing = 12,
                                    .writing = 3,
                                    .computing_recently = 10,
                                    .writing_recently = 4}));
}

TEST(AutomaticCompression, CompressesABurstThatASlowTargetLetThrough) {
  EXPECT_TRUE(is_time_to_compress({.tasks_max = kTasks,
                                   .computing = 12,
                                   .writing = 2,
                                   .computing_recently = 1.5,
                                   .writing_recently = 14}));
}

TEST(AutomaticCompression, StoresAgainWhenTheTargetHasCaughtUp) {
  EXPECT_FALSE(is_time_to_compress({.tasks_max = kTasks,
                                    .computing = 8,
                                    .writing = 8,
                                    .computing_recently = 6,
                                    .writing_recently = 6}));
}

}  // namespace
}  // namespace tintype
