#include "verify/ese/log/ese_checkpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/ese_log_generator.h"
#include "support/samples.h"

namespace tintype {
namespace {

using Status = EseCheckpointReading::Status;
using File = std::vector<std::byte>;

LgPos position(std::int32_t generation) {
  LgPos at{};
  at.generation = generation;
  at.sector = 0x8B;
  at.byte = 0x26;
  return at;
}

std::string problem_of(const EseCheckpointReading& reading) {
  return reading.problems.size() == 1 ? std::string(reading.problems[0].name) : "";
}

TEST(EseCheckpoint, SoundCopiesAgree) {
  const EseCheckpointReading reading = read_ese_checkpoint(test::make_ese_checkpoint(position(6)));
  EXPECT_EQ(reading.status, Status::sound);
  EXPECT_TRUE(reading.problems.empty());
  EXPECT_EQ(reading.header.checkpoint, position(6));
}

TEST(EseCheckpoint, OneDamagedCopyIsAWarning) {
  File file = test::make_ese_checkpoint(position(6));
  file[100] ^= std::byte{1};
  EseCheckpointReading reading = read_ese_checkpoint(file);
  EXPECT_EQ(reading.status, Status::primary_bad);
  EXPECT_EQ(problem_of(reading), "PrimaryBad");
  EXPECT_TRUE(only_warnings(reading.problems));
  EXPECT_EQ(reading.header.checkpoint, position(6));

  file[100] ^= std::byte{1};
  file[4196] ^= std::byte{1};
  reading = read_ese_checkpoint(file);
  EXPECT_EQ(reading.status, Status::shadow_bad);
  EXPECT_EQ(problem_of(reading), "ShadowBad");

  file.resize(4096);
  EXPECT_EQ(read_ese_checkpoint(file).status, Status::shadow_bad);
}

TEST(EseCheckpoint, FirstOfTwoDifferentCopiesRules) {
  File file = test::make_ese_checkpoint(position(6));
  const File older = test::make_ese_checkpoint(position(5));
  std::copy(older.begin(), older.begin() + 4096, file.begin() + 4096);
  const EseCheckpointReading reading = read_ese_checkpoint(file);
  EXPECT_EQ(problem_of(reading), "ShadowDiffers");
  EXPECT_EQ(reading.header.checkpoint, position(6));
}

TEST(EseCheckpoint, NothingUsableIsCorrupt) {
  File file = test::make_ese_checkpoint(position(6));
  file[100] ^= std::byte{1};
  file[4196] ^= std::byte{1};
  EXPECT_EQ(read_ese_checkpoint(file).status, Status::corrupt);
  EXPECT_EQ(read_ese_checkpoint(file).problems.at(0).finding.error_number, -533);
  EXPECT_EQ(read_ese_checkpoint(File(8192)).status, Status::corrupt);
  for (const std::size_t size : {0u, 1u, 4095u})
    EXPECT_EQ(read_ese_checkpoint(File(size)).status, Status::corrupt);
}

TEST(EseCheckpoint, OtherFilesAreRefused) {
  const File log = test::make_ese_log({}).file;
  EXPECT_EQ(read_ese_checkpoint(log).status, Status::refused);
}

TEST(EseCheckpoint, IsDescribedInEseutilsWords) {
  const auto fields = describe(read_ese_checkpoint(test::make_ese_checkpoint(position(6))).header);
  EXPECT_THAT(fields,
              testing::Contains(std::pair<std::string, std::string>("Checkpoint", "(0x6,8B,26)")));
  EXPECT_EQ(fields.front().first, "LastFullBackupCheckpoint");
  EXPECT_EQ(fields.back().second, "(off,1227,0,0,0,0,0,0)");
}

TEST(EseCheckpoint, RealOnesAreSoundAndBelongToTheirLogs) {
  TINTYPE_NEED_SAMPLES(samples);
  for (const char* folder : {"srum-dirty", "srum-clean"}) {
    const auto reading =
        read_ese_checkpoint(test::read_sample(samples / "ese" / folder / "SRU.chk"));
    EXPECT_EQ(reading.status, Status::sound) << folder;
    const File log = test::read_sample(samples / "ese" / folder / "SRU.log");
    EXPECT_EQ(reading.header.log_signature,
              read_ese_log_header(log, log.size()).header.log_signature);
  }
}

}  // namespace
}  // namespace tintype
