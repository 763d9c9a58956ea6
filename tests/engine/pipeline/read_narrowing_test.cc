#include "engine/pipeline/read_narrowing.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <functional>

#include "support/expect_ok.h"
#include "support/random_bytes.h"
#include "support/temp_dir.h"

namespace tintype {
namespace {

using test::must;

constexpr std::uint32_t kBytes = 64 * 1024;

struct Narrowed {
  explicit Narrowed(std::uint32_t needed = kBytes) : buffer(kBytes, std::byte{7}) {
    test::write_file(dir / "file", test::random_bytes(kBytes));
    file = must(File::open_source(dir / "file", Caching::page_cache));
    block.buffer = buffer;
    narrowing.add(block, {&file, 0, 0, needed});
  }
  // `answer`: an errno or 0 for a part, which is the n-th read, counted from 1.
  Result<void> run(const std::function<int(const Block::Read&, std::uint64_t n)>& answer,
                   double seconds = 0) {
    while (!narrowing.empty()) {
      const ReadNarrowing::Part part = narrowing.next();
      const int error_number = answer(part.read, ++reads);
      const auto over =
          narrowing.took(error_number == 0 ? static_cast<int>(part.bytes().size()) : -error_number,
                         seconds, counters);
      if (!over) return tl::unexpected(over.error());
      EXPECT_EQ(*over != nullptr, narrowing.empty());
    }
    return {};
  }
  test::TempDir dir;
  File file;
  std::vector<std::byte> buffer;
  Block block;
  ReadNarrowing narrowing;
  PassCounters counters;
  std::uint64_t reads = 0;
};

TEST(ReadNarrowing, WhatCanBeReadAloneIsNoFinding) {
  Narrowed narrowed;
  ASSERT_TRUE(test::ok(narrowed.run([](auto&, std::uint64_t) { return 0; })));
  EXPECT_EQ(narrowed.reads, 1u);
  EXPECT_TRUE(narrowed.block.unreadable.empty());
  EXPECT_EQ(narrowed.counters.read_bytes, kBytes);
}

TEST(ReadNarrowing, ASectorIsTriedThreeTimesBeforeItIsGivenUp) {
  for (const unsigned failures : {1u, 2u, 3u}) {
    Narrowed narrowed;
    unsigned tries = 0;
    ASSERT_TRUE(test::ok(narrowed.run([&](const Block::Read& read, std::uint64_t) {
      const bool bad = read.file_offset <= 5120 && 5120 < read.file_offset + read.length;
      if (bad && read.length == 512) return ++tries <= failures ? EIO : 0;
      return bad ? EIO : 0;
    })));
    EXPECT_EQ(narrowed.counters.read_bytes, kBytes);
    if (failures < 3) {
      EXPECT_TRUE(narrowed.block.unreadable.empty());
      continue;
    }
    ASSERT_EQ(narrowed.block.unreadable.size(), 1u);
    EXPECT_EQ(narrowed.block.unreadable[0].buffer_offset, 5120u);
    EXPECT_EQ(narrowed.block.unreadable[0].length, 512u);
    for (std::size_t i = 0; i < kBytes; ++i)
      ASSERT_EQ(narrowed.buffer[i], i / 512 == 10 ? std::byte{0} : std::byte{7}) << i;
  }
}

TEST(ReadNarrowing, ARangeThatIsBadThroughoutCostsFourReadsASector) {
  Narrowed narrowed;
  ASSERT_TRUE(test::ok(narrowed.run([](auto&, std::uint64_t) { return EIO; })));
  EXPECT_EQ(narrowed.counters.unreadable_bytes, kBytes);
  EXPECT_EQ(narrowed.reads, kBytes / 512 * 4 - 1);
}

TEST(ReadNarrowing, AMediumThatGivesNothingForHalfAnHourEndsThePass) {
  Narrowed narrowed;
  const auto result = narrowed.run([](auto&, std::uint64_t) { return EIO; }, 10);
  ASSERT_FALSE(result);
  EXPECT_EQ(narrowed.reads, 181u);
  EXPECT_NE(result.error().line().find("30 minutes nothing"), std::string::npos)
      << result.error().line();

  // One sector that can be read now and then is a medium worth going on with.
  Narrowed patient;
  EXPECT_TRUE(test::ok(patient.run(
      [](const Block::Read& read, std::uint64_t) {
        return read.file_offset % 16384 == 0 && read.length == 512 ? 0 : EIO;
      },
      10)));
}

TEST(ReadNarrowing, AnErrorThatIsNotTheMediumsEndsThePass) {
  Narrowed narrowed;
  const auto result = narrowed.run([](auto&, std::uint64_t n) { return n == 3 ? EACCES : EIO; });
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code.value(), EACCES);
}

}  // namespace
}  // namespace tintype
