#include "io/filesystem/ntfs/ntfs_runs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tintype {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr NtfsGeometry kGeometry{.sector_bytes = 512,
                                 .cluster_bytes = 4096,
                                 .record_bytes = 1024,
                                 .total_clusters = 100'000,
                                 .mft_cluster = 4};

class Mapping {
 public:
  Mapping(std::initializer_list<int> bytes) {
    for (const int byte : bytes) bytes_.push_back(static_cast<std::byte>(byte));
  }
  [[nodiscard]] NtfsAttribute piece(std::uint64_t first_vcn, std::uint64_t last_vcn,
                                    std::uint64_t size = 0, std::uint64_t valid = 0) const {
    NtfsAttribute piece;
    piece.type = NtfsAttributeType::data;
    piece.resident = false;
    piece.first_vcn = first_vcn;
    piece.last_vcn = last_vcn;
    piece.data_bytes = size;
    piece.initialized_bytes = valid;
    piece.mapping = bytes_;
    return piece;
  }
  [[nodiscard]] std::string wrong(std::uint64_t first_vcn, std::uint64_t last_vcn) const {
    std::vector<NtfsRun> runs;
    return decode_ntfs_runs(piece(first_vcn, last_vcn), kGeometry.total_clusters, runs);
  }

 private:
  std::vector<std::byte> bytes_;
};

// 0x30 clusters at 0x60, 0x10 clusters 0x20 before that, a hole of 4.
const Mapping kThreeRuns{0x11, 0x30, 0x60, 0x11, 0x10, 0xE0, 0x01, 0x04, 0x00};

TEST(NtfsRuns, DistancesAreSignedAndHolesHaveNone) {
  std::vector<NtfsRun> runs;
  EXPECT_STREQ(decode_ntfs_runs(kThreeRuns.piece(0, 0x43), 100'000, runs), "");
  ASSERT_EQ(runs.size(), 3u);
  EXPECT_EQ(runs[0].lcn, 0x60u);
  EXPECT_EQ(runs[1].lcn, 0x40u);
  EXPECT_EQ(runs[1].vcn, 0x30u);
  EXPECT_TRUE(runs[2].hole);
  EXPECT_EQ(runs[2].clusters, 4u);
}

TEST(NtfsRuns, DamageHasAName) {
  EXPECT_EQ(kThreeRuns.wrong(0, 0x43), "");
  EXPECT_THAT(kThreeRuns.wrong(0, 0x44), HasSubstr("shorter"));
  EXPECT_THAT(kThreeRuns.wrong(0, 0x42), HasSubstr("longer"));
  EXPECT_THAT(kThreeRuns.wrong(9, 4), HasSubstr("impossible"));
  EXPECT_THAT(kThreeRuns.wrong(0, ~std::uint64_t{0} - 1), HasSubstr("impossible"));
  EXPECT_THAT((Mapping{0x11, 0x30, 0x80, 0x00}.wrong(0, 0x2F)), HasSubstr("outside"));
  EXPECT_THAT((Mapping{0x31, 0x30, 0xA0, 0x86, 0x01, 0x00}.wrong(0, 0x2F)), HasSubstr("outside"));
  EXPECT_THAT(
      (Mapping{0x81, 1, 0, 0, 0, 0, 0, 0, 0, 0x7F, 0x81, 1, 0, 0, 0, 0, 0, 0, 0, 0x7F}.wrong(0, 1)),
      HasSubstr("outside"));
  EXPECT_THAT((Mapping{0x11, 0x00, 0x60, 0x00}.wrong(0, 5)), HasSubstr("longer"));
  EXPECT_THAT((Mapping{0x11, 0xFF, 0x60, 0x00}.wrong(0, 5)), HasSubstr("longer"));
  EXPECT_THAT((Mapping{0x10, 0x60, 0x00}.wrong(0, 5)), HasSubstr("damaged"));
  EXPECT_THAT((Mapping{0x19, 0x60, 0x00}.wrong(0, 5)), HasSubstr("damaged"));
  EXPECT_THAT((Mapping{0x91, 0x01, 0x00}.wrong(0, 5)), HasSubstr("damaged"));
  EXPECT_THAT((Mapping{0x11, 0x01}.wrong(0, 5)), HasSubstr("damaged"));
  EXPECT_EQ((Mapping{0x00}.wrong(0, ~std::uint64_t{0})), "");  // an attribute without clusters
}

TEST(NtfsContent, PiecesComeInAnyOrder) {
  NtfsContentBuilder builder(kGeometry);
  builder.add(Mapping{0x21, 0x02, 0x00, 0x10, 0x00}.piece(2, 3));
  builder.add(Mapping{0x21, 0x02, 0x00, 0x20, 0x00}.piece(0, 1, 4 * 4096 - 5, 100));
  const NtfsContent content = builder.finish();
  EXPECT_EQ(content.problem, "");
  EXPECT_TRUE(content.found);
  EXPECT_EQ(content.size_bytes, 4u * 4096 - 5);
  EXPECT_EQ(content.valid_bytes, 100u);
  EXPECT_THAT(content.runs, ElementsAre(FileRun{0, 0x2000 * 4096ull, 8192},
                                        FileRun{8192, 0x1000 * 4096ull, 8192}));
}

std::string problem_of(std::initializer_list<NtfsAttribute> pieces) {
  NtfsContentBuilder builder(kGeometry);
  for (const NtfsAttribute& piece : pieces) builder.add(piece);
  return builder.finish().problem;
}

TEST(NtfsContent, GapsAndOverlapsAreProblems) {
  const Mapping two{0x21, 0x02, 0x00, 0x10, 0x00};
  EXPECT_EQ(problem_of({two.piece(0, 1, 8192, 8192)}), "");
  EXPECT_THAT(problem_of({two.piece(0, 1, 8193, 0)}), HasSubstr("ends at offset 8192"));
  EXPECT_THAT(problem_of({two.piece(0, 1, 100, 101)}), HasSubstr("valid-data"));
  EXPECT_THAT(problem_of({two.piece(0, 1), two.piece(3, 4)}), HasSubstr("gap at offset 8192"));
  EXPECT_THAT(problem_of({two.piece(0, 1), two.piece(1, 2)}), HasSubstr("overlap"));
  EXPECT_THAT(problem_of({two.piece(2, 3)}), HasSubstr("first piece"));
  EXPECT_THAT(problem_of({two.piece(0, 1), two.piece(0, 1)}), HasSubstr("begins twice"));
  NtfsAttribute resident;
  EXPECT_THAT(problem_of({resident, resident}), HasSubstr("two contents"));
  EXPECT_THAT(problem_of({resident, two.piece(0, 1)}), HasSubstr("two contents"));
  EXPECT_THAT(problem_of({two.piece(0, 1), resident}), HasSubstr("two contents"));
}

}  // namespace
}  // namespace tintype
