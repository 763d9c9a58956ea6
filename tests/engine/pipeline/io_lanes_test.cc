// What is submitted when: lanes that hold each other up in nothing, and what a limit does to them.
#include "engine/pipeline/io_lanes.h"

#include <gmock/gmock.h>

#include <array>

#include "support/expect_ok.h"
#include "support/sim_queue.h"
#include "support/temp_dir.h"

namespace tintype {
namespace {

using test::must;
using testing::ElementsAre;

constexpr std::uint32_t kBytes = 4096;

struct Lanes {
  explicit Lanes(unsigned in_flight_max)
      : queue(1, {.in_flight_max = in_flight_max, .short_percent = 0}),
        lanes(queue, in_flight_max, &rates,
              [this](const IoOperation& placed) { paid.push_back(placed.needed); }) {
    test::write_file(dir / "file", std::vector<std::byte>(64 * kBytes));
    file = must(File::open_target(dir / "file", Caching::page_cache));
    block.buffer = buffer;
    read_back_block.buffer = buffer;
    read_back_block.read_back = true;
  }

  [[nodiscard]] IoOperation read(std::uint64_t offset, std::uint32_t needed = kBytes) {
    return {.block = &block, .file = &file, .file_offset = offset, .needed = needed};
  }
  [[nodiscard]] IoOperation read_back(std::uint64_t offset) {
    return {.block = &read_back_block, .file = &file, .file_offset = offset, .needed = kBytes};
  }
  [[nodiscard]] IoOperation write(std::uint64_t offset) {
    return {.block = &block,
            .kind = IoKind::write,
            .file = &file,
            .file_offset = offset,
            .bytes = std::span(buffer).first(kBytes)};
  }
  [[nodiscard]] IoOperation placed(std::uint32_t bytes) {
    return {.block = &block, .kind = IoKind::write, .needed = bytes};
  }
  IoOperation complete_one() {
    std::array<IoCompletion, 1> completion;
    EXPECT_EQ(queue.wait(completion), 1u);
    return lanes.completed(completion[0].tag);
  }
  // Where the operations lie, in the order in which the queue takes them one by one.
  std::vector<std::uint64_t> drain() {
    std::vector<std::uint64_t> offsets;
    for (lanes.submit(); lanes.in_queue() != 0; lanes.submit())
      offsets.push_back(complete_one().file_offset);
    return offsets;
  }

  test::TempDir dir;
  File file;
  std::array<std::byte, 4 * kBytes> buffer{};
  Block block, read_back_block;
  RateLimits rates;
  std::vector<std::uint32_t> paid;
  test::SimQueue queue;
  IoLanes lanes;
};

TEST(IoLanes, WhatIsNearestToItsEndGoesFirst) {
  Lanes one(1);
  one.lanes.add(one.read(1 * kBytes));
  one.lanes.add(one.read(2 * kBytes));
  one.lanes.add(one.read_back(3 * kBytes));
  one.lanes.add(one.write(4 * kBytes));
  one.lanes.add(one.write(5 * kBytes));
  EXPECT_EQ(one.lanes.waiting(), 5u);
  EXPECT_THAT(one.drain(), ElementsAre(4 * kBytes, 5 * kBytes, 3 * kBytes, 1 * kBytes, 2 * kBytes));
  EXPECT_EQ(one.lanes.waiting(), 0u);
}

TEST(IoLanes, ALaneThatIsHeldBackHoldsNoOther) {
  Lanes three(3);
  three.rates.read_bytes_per_second = 1;
  three.lanes.add(three.read(0));
  three.lanes.add(three.read_back(kBytes));
  three.lanes.add(three.write(2 * kBytes));
  three.lanes.submit();
  EXPECT_EQ(three.lanes.in_queue(), 2u);
  EXPECT_EQ(three.lanes.waiting(), 1u);
  EXPECT_TRUE(three.lanes.reads_held());
  EXPECT_FALSE(three.lanes.writes_held());
  EXPECT_NE(three.lanes.deadline(), AsyncQueue::kNoDeadline);

  three.rates.read_bytes_per_second = 0;
  three.lanes.submit();
  EXPECT_EQ(three.lanes.in_queue(), 3u);
  EXPECT_FALSE(three.lanes.reads_held());
  EXPECT_EQ(three.lanes.deadline(), AsyncQueue::kNoDeadline);
  EXPECT_EQ(three.drain().size(), 3u);
}

TEST(IoLanes, TheRestOfAShortTransferGoesBeforeWhatWaits) {
  Lanes one(1);
  one.lanes.add(one.read(0));
  one.lanes.add(one.read(8 * kBytes));
  one.lanes.submit();
  IoOperation rest = one.complete_one();
  rest.advance(512);
  EXPECT_EQ(rest.buffer_offset, 512u);
  EXPECT_EQ(rest.needed, kBytes - 512);
  one.lanes.put_back(rest);
  one.lanes.add(one.write(16 * kBytes));
  one.lanes.submit();
  IoOperation write = one.complete_one();
  EXPECT_EQ(write.file_offset, 16 * kBytes);
  write.advance(512);
  EXPECT_EQ(write.bytes.size(), kBytes - 512);
  one.lanes.put_back(write);
  EXPECT_THAT(one.drain(), ElementsAre(16 * kBytes + 512, 512, 8 * kBytes));
}

TEST(IoLanes, WhatAFlowHasWrittenIsPaidForInItsTurn) {
  Lanes lanes(2);
  lanes.rates.write_bytes_per_second = 1;
  lanes.lanes.add(lanes.placed(100));
  lanes.lanes.add(lanes.write(0));
  EXPECT_FALSE(lanes.lanes.owes()) << "nobody has asked";
  lanes.lanes.submit_writes();
  EXPECT_TRUE(lanes.lanes.owes());
  EXPECT_TRUE(lanes.paid.empty());

  lanes.rates.write_bytes_per_second = 0;
  lanes.lanes.submit_writes();
  EXPECT_FALSE(lanes.lanes.owes());
  EXPECT_THAT(lanes.paid, ElementsAre(100));
  EXPECT_EQ(lanes.lanes.in_queue(), 1u) << "it is no request";
  EXPECT_EQ(lanes.drain().size(), 1u);
}

TEST(IoLanes, AReadAloneAsksTheLimitAndNobodyElse) {
  Lanes lanes(2);
  lanes.rates.read_bytes_per_second = 1;
  lanes.lanes.add(lanes.read(8 * kBytes));
  IoOperation alone = lanes.read(0, 512);
  alone.alone = true;
  lanes.lanes.submit_alone(alone, std::span(lanes.buffer).first(512));
  EXPECT_EQ(lanes.lanes.in_queue(), 0u);
  EXPECT_NE(lanes.lanes.deadline(), AsyncQueue::kNoDeadline);

  lanes.rates.read_bytes_per_second = 0;
  lanes.lanes.submit_alone(alone, std::span(lanes.buffer).first(512));
  EXPECT_EQ(lanes.lanes.in_queue(), 1u);
  EXPECT_EQ(lanes.lanes.waiting(), 1u);
  EXPECT_TRUE(lanes.complete_one().alone);
}

TEST(IoLanes, WhatWaitsCanBeForgotten) {
  Lanes lanes(1);
  lanes.rates.write_bytes_per_second = 1;
  lanes.lanes.add(lanes.read(0));
  lanes.lanes.add(lanes.read(kBytes));
  lanes.lanes.add(lanes.placed(100));
  lanes.lanes.submit();
  lanes.lanes.clear_waiting();
  EXPECT_EQ(lanes.lanes.waiting(), 0u);
  EXPECT_EQ(lanes.lanes.deadline(), AsyncQueue::kNoDeadline);
  EXPECT_FALSE(lanes.lanes.owes());
  EXPECT_EQ(lanes.lanes.in_queue(), 1u) << "what is in the queue comes home";
  lanes.rates.write_bytes_per_second = 0;
  EXPECT_THAT(lanes.drain(), ElementsAre(0));
  EXPECT_TRUE(lanes.paid.empty());
}

}  // namespace
}  // namespace tintype
