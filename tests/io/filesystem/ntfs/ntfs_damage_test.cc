// One field at a time: what a damaged NTFS volume must come out as.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "io/filesystem/ntfs/ntfs_map.h"
#include "support/expect_ok.h"
#include "support/random_bytes.h"
#include "support/temp_dir.h"
#include "support/volume_maker.h"
#include "tests/io/filesystem/map_checks.h"
#include "tests/io/filesystem/ntfs/ntfs_editor.h"

namespace tintype {
namespace {

using test::must;
using test::NtfsEditor;
using test::ok;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr std::uint64_t kMiB = 1 << 20;
constexpr std::uint32_t kFileName = 0x30, kVolumeInformation = 0x70, kData = 0x80;

class NtfsDamage : public ::testing::Test {
 protected:
  NtfsDamage() : volume_(make()), editor_(volume_) {
    const auto map = open();
    file_ = test::only_file(*map, "DB1.edb");
    other_ = test::only_file(*map, "DB2.edb");
  }
  static std::vector<std::byte> make() {
    const test::TempDir dir;
    test::make_ntfs(dir / "image", {.bytes = 8 * kMiB});
    test::write_file(dir / "file", test::random_bytes(300'000));
    test::put_into_ntfs(dir / "image", dir / "file", "/DB1.edb");
    test::put_into_ntfs(dir / "image", dir / "file", "/DB2.edb");
    return test::read_file(dir / "image");
  }
  [[nodiscard]] std::unique_ptr<FilesystemMap> open() const { return must(open_ntfs_map(volume_)); }
  [[nodiscard]] FileEntry reread() const { return test::only_file(*open(), "*DB1.edb"); }

  // Changes the header of the file's $DATA.
  template <class T>
  void set_data(std::size_t offset, T value) {
    editor_.edit(file_.id, [&](std::span<std::byte> record) {
      store_le(record, NtfsEditor::find(record, kData) + offset, value);
    });
  }

  test::MemoryVolume volume_;
  NtfsEditor editor_;
  FileEntry file_, other_;
};

TEST_F(NtfsDamage, SizesThatDoNotFitAreTheFilesProblem) {
  EXPECT_EQ(file_.problem, "");
  set_data<std::uint64_t>(0x30, 400'000);
  EXPECT_THAT(reread().problem, HasSubstr("ends at offset"));
  EXPECT_TRUE(reread().runs.empty());
  EXPECT_FALSE(open()->read(reread(), 0, std::span<std::byte>{}));
  set_data<std::uint64_t>(0x30, ~std::uint64_t{0});
  EXPECT_NE(reread().problem, "");
  set_data<std::uint64_t>(0x30, 299'999);
  EXPECT_THAT(reread().problem, HasSubstr("valid-data"));
  EXPECT_EQ(open()->unreliable(), "");
}

TEST_F(NtfsDamage, RunsThatDoNotFitAreTheFilesProblem) {
  set_data<std::uint64_t>(0x18, 1000);
  EXPECT_THAT(reread().problem, HasSubstr("shorter"));
  set_data<std::uint64_t>(0x18, 3);
  EXPECT_THAT(reread().problem, HasSubstr("longer"));
  set_data<std::uint64_t>(0x10, 1);
  EXPECT_NE(reread().problem, "");
  EXPECT_EQ(open()->unreliable(), "");
}

TEST_F(NtfsDamage, TwoFilesInTheSamePlaceAreBothDoubted) {
  std::vector<std::byte> attribute;
  editor_.edit(other_.id, [&](std::span<std::byte> record) {
    const std::size_t at = NtfsEditor::find(record, kData);
    attribute.assign(
        record.begin() + static_cast<std::ptrdiff_t>(at),
        record.begin() + static_cast<std::ptrdiff_t>(at + load_le<std::uint32_t>(record, at + 4)));
  });
  editor_.edit(file_.id, [&](std::span<std::byte> record) {
    const std::size_t at = NtfsEditor::find(record, kData);
    ASSERT_EQ(load_le<std::uint32_t>(record, at + 4), attribute.size());
    std::copy(attribute.begin(), attribute.end(), record.begin() + static_cast<std::ptrdiff_t>(at));
  });
  const auto files = must(open()->find({"*.edb"}));
  ASSERT_THAT(files, SizeIs(2));
  EXPECT_THAT(files[0].problem, HasSubstr("DB2.edb"));
  EXPECT_THAT(files[1].problem, HasSubstr("DB1.edb"));
}

TEST_F(NtfsDamage, ATornRecordIsTheFilesProblem) {
  editor_.raw(file_.id)[1022] ^= std::byte{1};
  EXPECT_THAT(reread().problem, HasSubstr("torn"));
  EXPECT_EQ(open()->unreliable(), "");
}

TEST_F(NtfsDamage, ARecordThatNamesNoFileMakesTheMapUnreliable) {
  std::memcpy(editor_.raw(file_.id).data(), "BAAD", 4);
  const auto map = open();
  EXPECT_THAT(map->unreliable(), HasSubstr("the first is " + std::to_string(file_.id)));
  EXPECT_THAT(must(map->find({"DB1.edb"})), SizeIs(0));
  // $Bitmap has it still.
  for (const FileRun& run : file_.runs)
    EXPECT_TRUE(test::covers(map->allocated(), {run.volume_offset, run.length}));
}

TEST_F(NtfsDamage, AnUnreadableRecordHidesNoOther) {
  volume_.unreadable = {{editor_.offset_of(file_.id), 512}};
  const auto map = open();
  EXPECT_THAT(map->unreliable(), HasSubstr("1 record "));
  EXPECT_THAT(must(map->find({"DB1.edb"})), SizeIs(0));
  EXPECT_EQ(test::only_file(*map, "DB2.edb").runs, other_.runs);
}

TEST_F(NtfsDamage, AnUnreadableBitmapMeansAllIsAllocated) {
  editor_.edit(6, [&](std::span<std::byte> record) {  // one run: its first cluster
    const std::size_t at = NtfsEditor::find(record, kData);
    const std::size_t run = at + load_le<std::uint16_t>(record, at + 0x20);
    ASSERT_EQ(load_le<std::uint8_t>(record, run), 0x21);
    volume_.unreadable = {{load_le<std::uint16_t>(record, run + 2) * std::uint64_t{4096}, 512}};
  });
  EXPECT_THAT(open()->allocated(), ElementsAre(Extent{0, volume_.size_bytes()}));
  EXPECT_EQ(reread().runs, file_.runs);
}

TEST_F(NtfsDamage, AFileWhoseFolderIsGoneIsAnOrphan) {
  editor_.edit(file_.id, [&](std::span<std::byte> record) {
    const std::size_t value = NtfsEditor::find(record, kFileName) + 0x18;
    store_le<std::uint64_t>(record, value, std::uint64_t{1} << 48 | 60);
  });
  EXPECT_EQ(reread().path, "/$Orphan/DB1.edb");
  EXPECT_EQ(reread().runs, file_.runs);
  editor_.edit(file_.id, [&](std::span<std::byte> record) {  // the root, but an earlier one
    const std::size_t value = NtfsEditor::find(record, kFileName) + 0x18;
    store_le<std::uint64_t>(record, value, std::uint64_t{77} << 48 | 5);
  });
  EXPECT_EQ(reread().path, "/$Orphan/DB1.edb");
}

TEST_F(NtfsDamage, NamesDoNotEscape) {
  editor_.edit(file_.id, [&](std::span<std::byte> record) {
    const std::size_t name = NtfsEditor::find(record, kFileName) + 0x18 + 0x42;
    store_le<std::uint16_t>(record, name, '.');
    store_le<std::uint16_t>(record, name + 2, '.');
    store_le<std::uint16_t>(record, name + 4, '/');
  });
  EXPECT_EQ(must(open()->find({"*.edb"})).front().path, "/..\xEF\xBF\xBD.edb");
}

TEST_F(NtfsDamage, AFolderThatIsItsOwnAncestorEndsInAnOrphan) {
  editor_.edit(other_.id, [&](std::span<std::byte> record) {  // DB2.edb becomes a folder in itself
    store_le<std::uint16_t>(record, 0x16, 3);
    store_le<std::uint64_t>(record, NtfsEditor::find(record, kFileName) + 0x18, other_.id);
  });
  editor_.edit(file_.id, [&](std::span<std::byte> record) {
    store_le<std::uint64_t>(record, NtfsEditor::find(record, kFileName) + 0x18, other_.id);
  });
  EXPECT_EQ(reread().path, "/$Orphan/DB1.edb");
}

TEST_F(NtfsDamage, TheVolumesOwnDoubtsAreTold) {
  const auto set_information = [&](std::size_t offset, int value) {
    editor_.edit(3, [&](std::span<std::byte> record) {
      store_le(record, NtfsEditor::find(record, kVolumeInformation) + 0x18 + offset,
               static_cast<std::uint8_t>(value));
    });
  };
  set_information(10, 1);
  EXPECT_THAT(open()->unreliable(), HasSubstr("dirty"));
  EXPECT_EQ(reread().runs, file_.runs);
  set_information(10, 0x80);  // other flags are no doubt
  EXPECT_EQ(open()->unreliable(), "");
  set_information(8, 4);
  EXPECT_THAT(open()->unreliable(), HasSubstr("version 4.1"));
}

TEST_F(NtfsDamage, WithoutItsMetadataTheMapIsAnError) {
  const auto error_without = [&](std::uint64_t number) {
    test::MemoryVolume volume = volume_;
    NtfsEditor(volume).raw(number)[510] ^= std::byte{1};
    const auto map = open_ntfs_map(volume);
    return map ? "" : map.error().line();
  };
  EXPECT_THAT(error_without(0), HasSubstr("master file table"));
  EXPECT_THAT(error_without(3), HasSubstr("$Volume"));
  EXPECT_THAT(error_without(6), HasSubstr("$Bitmap"));
  EXPECT_EQ(error_without(1), "");  // $MFTMirr is not asked
}

TEST_F(NtfsDamage, ATableThatClaimsTooMuchIsAnError) {
  editor_.edit(0, [&](std::span<std::byte> record) {
    const std::size_t at = NtfsEditor::find(record, kData);
    store_le<std::uint64_t>(record, at + 0x30, std::uint64_t{1} << 40);
  });
  const auto map = open_ntfs_map(volume_);
  ASSERT_FALSE(map);
  EXPECT_THAT(map.error().line(), HasSubstr("claims"));
}

}  // namespace
}  // namespace tintype
