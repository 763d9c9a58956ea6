#include "io/filesystem/ntfs/ntfs_records.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <vector>

#include "hashing/endian.h"
#include "support/expect_ok.h"

namespace tintype {
namespace {

using test::ok;
using ::testing::HasSubstr;

std::vector<std::byte> boot_sector(std::uint64_t sectors) {
  std::vector<std::byte> boot(512);
  std::memcpy(boot.data() + 3, "NTFS    ", 8);
  store_le<std::uint16_t>(boot, 0x0B, 512);
  store_le<std::uint8_t>(boot, 0x0D, 8);
  store_le<std::uint64_t>(boot, 0x28, sectors);
  store_le<std::uint64_t>(boot, 0x30, 4);
  store_le<std::uint8_t>(boot, 0x40, 0xF6);
  return boot;
}

TEST(NtfsBoot, TellsTheGeometry) {
  const auto boot = boot_sector(100'001);
  const auto geometry = parse_ntfs_boot(boot, 100'002 * 512);
  ASSERT_TRUE(ok(geometry));
  EXPECT_EQ(geometry->sector_bytes, 512u);
  EXPECT_EQ(geometry->cluster_bytes, 4096u);
  EXPECT_EQ(geometry->record_bytes, 1024u);
  EXPECT_EQ(geometry->total_clusters, 12'500u);
  EXPECT_EQ(geometry->mft_cluster, 4u);
}

TEST(NtfsBoot, LargeClustersAreExponents) {
  auto boot = boot_sector(1 << 20);
  store_le<std::uint8_t>(boot, 0x0D, 0xF4);  // 2^12 sectors
  const auto geometry = parse_ntfs_boot(boot, std::uint64_t{1} << 29);
  ASSERT_TRUE(ok(geometry));
  EXPECT_EQ(geometry->cluster_bytes, 2u << 20);
  EXPECT_EQ(geometry->total_clusters, 256u);
}

TEST(NtfsBoot, NonsenseIsAnError) {
  const auto refused = [](std::size_t offset, auto value) {
    auto boot = boot_sector(100'000);
    store_le(boot, offset, value);
    return !parse_ntfs_boot(boot, 100'001 * 512);
  };
  EXPECT_TRUE(refused(3, std::uint32_t{0}));
  for (const int sector : {0, 1, 128, 513, 8192})
    EXPECT_TRUE(refused(0x0B, static_cast<std::uint16_t>(sector))) << sector;
  for (const int sectors : {0, 3, 0x81, 0xE0, 0xF3})  // 2^13 sectors are 4 MiB
    EXPECT_TRUE(refused(0x0D, static_cast<std::uint8_t>(sectors))) << sectors;
  for (const int record : {0, 3, 2, 0x80, 0xF7, 0xF3})  // 2 clusters are 8 KiB
    EXPECT_TRUE(refused(0x40, static_cast<std::uint8_t>(record))) << record;
  EXPECT_TRUE(refused(0x28, std::uint64_t{0}));
  EXPECT_TRUE(refused(0x28, ~std::uint64_t{0}));
  EXPECT_TRUE(refused(0x28, std::uint64_t{100'002}));  // larger than the volume
  EXPECT_TRUE(refused(0x30, std::uint64_t{0}));
  EXPECT_TRUE(refused(0x30, std::uint64_t{12'500}));
  EXPECT_FALSE(refused(0x30, std::uint64_t{12'499}));
}

std::vector<std::byte> record_with_sequence() {
  std::vector<std::byte> record(1024);
  std::memcpy(record.data(), "FILE", 4);
  store_le<std::uint16_t>(record, 4, 0x30);
  store_le<std::uint16_t>(record, 6, 3);
  store_le<std::uint16_t>(record, 0x14, 0x38);
  store_le<std::uint32_t>(record, 0x18, 0x40);
  store_le<std::uint32_t>(record, 0x38, 0xFFFFFFFF);
  store_le<std::uint16_t>(record, 0x30, 0x1234);
  store_le<std::uint16_t>(record, 0x32, 0xAAAA);
  store_le<std::uint16_t>(record, 0x34, 0xBBBB);
  store_le<std::uint16_t>(record, 510, 0x1234);
  store_le<std::uint16_t>(record, 1022, 0x1234);
  return record;
}

TEST(NtfsRecord, TheUpdateSequenceIsUndone) {
  auto record = record_with_sequence();
  EXPECT_EQ(restore_ntfs_record(record), NtfsRecordState::sound);
  EXPECT_EQ(load_le<std::uint16_t>(record, 510), 0xAAAA);
  EXPECT_EQ(load_le<std::uint16_t>(record, 1022), 0xBBBB);
}

TEST(NtfsRecord, ATornOneIsToldFromNone) {
  auto record = record_with_sequence();
  store_le<std::uint16_t>(record, 1022, 0x1233);
  EXPECT_EQ(restore_ntfs_record(record), NtfsRecordState::torn);
  for (const int array : {0, 0x31, 1020, 508, 0xFFFE}) {
    record = record_with_sequence();
    store_le(record, 4, static_cast<std::uint16_t>(array));
    EXPECT_EQ(restore_ntfs_record(record), NtfsRecordState::torn) << array;
  }
  for (const int count : {0, 2, 4, 0xFFFF}) {
    record = record_with_sequence();
    store_le(record, 6, static_cast<std::uint16_t>(count));
    EXPECT_EQ(restore_ntfs_record(record), NtfsRecordState::torn) << count;
  }
  std::memcpy(record.data(), "BAAD", 4);
  EXPECT_EQ(restore_ntfs_record(record), NtfsRecordState::no_record);
  std::vector<std::byte> zeros(1024);
  EXPECT_EQ(restore_ntfs_record(zeros), NtfsRecordState::no_record);
}

std::size_t put_resident(std::span<std::byte> record, std::size_t at, std::uint32_t type,
                         std::uint32_t value_bytes) {
  const std::uint32_t length = (0x18 + value_bytes + 7) / 8 * 8;
  store_le(record, at, type);
  store_le(record, at + 4, length);
  store_le<std::uint32_t>(record, at + 0x10, value_bytes);
  store_le<std::uint16_t>(record, at + 0x14, 0x18);
  store_le<std::uint32_t>(record, at + length, 0xFFFFFFFF);
  store_le<std::uint32_t>(record, 0x18, static_cast<std::uint32_t>(at + length + 8));
  return at + length;
}

TEST(NtfsAttributes, EndAtTheEndMark) {
  auto record = record_with_sequence();
  put_resident(record, put_resident(record, 0x38, 0x10, 48), 0x80, 5);
  NtfsAttributes attributes(record);
  NtfsAttribute attribute;
  ASSERT_TRUE(attributes.next(attribute));
  EXPECT_EQ(attribute.value.size(), 48u);
  ASSERT_TRUE(attributes.next(attribute));
  EXPECT_EQ(attribute.type, NtfsAttributeType::data);
  EXPECT_TRUE(attribute.resident);
  EXPECT_EQ(attribute.value.size(), 5u);
  EXPECT_FALSE(attributes.next(attribute));
  EXPECT_FALSE(attributes.damaged());
}

TEST(NtfsAttributes, EveryFieldIsALieOnce) {
  // Each byte of a small record takes each of some values: never a span outside of the record.
  auto good = record_with_sequence();
  const std::size_t second = put_resident(good, 0x38, 0x30, 0x50);
  store_le<std::uint32_t>(good, second, 0x80);  // a non-resident one behind it
  store_le<std::uint32_t>(good, second + 4, 0x48);
  store_le<std::uint8_t>(good, second + 8, 1);
  store_le<std::uint16_t>(good, second + 0x20, 0x40);
  store_le<std::uint32_t>(good, second + 0x48, 0xFFFFFFFF);
  store_le<std::uint32_t>(good, 0x18, static_cast<std::uint32_t>(second + 0x50));
  const auto inside = [](std::span<const std::byte> outer, std::span<const std::byte> inner) {
    return inner.empty() || (inner.data() >= outer.data() &&
                             inner.data() + inner.size() <= outer.data() + outer.size());
  };
  for (std::size_t at = 0x10; at < second + 0x50; ++at) {
    for (const int value : {0x00, 0x01, 0x07, 0x18, 0x40, 0x48, 0x7F, 0x80, 0xF8, 0xFF}) {
      auto record = good;
      record[at] = static_cast<std::byte>(value);
      NtfsAttributes attributes(record);
      int count = 0;
      for (NtfsAttribute attribute; attributes.next(attribute); ++count) {
        ASSERT_TRUE(inside(record, attribute.name));
        ASSERT_TRUE(inside(record, attribute.value));
        ASSERT_TRUE(inside(record, attribute.mapping));
        NtfsFileName name;
        ASSERT_TRUE(!parse_ntfs_file_name(attribute.value, name) || inside(record, name.name));
      }
      ASSERT_LE(count, 1024 / 0x18);
    }
  }
}

TEST(NtfsModifiedTime, CountsFrom1601AndIsNothingWhereThereIsNone) {
  std::vector<std::byte> value(0x30);
  EXPECT_FALSE(ntfs_modified_time(value)) << "0: never";
  // 2001-09-09T01:46:40Z, the well-known 1000000000, and 700 ns.
  store_le<std::uint64_t>(value, 8, 126'444'736'000'000'007);
  const auto time = ntfs_modified_time(value);
  ASSERT_TRUE(time);
  EXPECT_EQ(time->tv_sec, 1'000'000'000);
  EXPECT_EQ(time->tv_nsec, 700);
  store_le<std::uint64_t>(value, 8, ~std::uint64_t{0});
  EXPECT_FALSE(ntfs_modified_time(value));
  EXPECT_FALSE(ntfs_modified_time(std::span(value).first(0x0F)));
}

TEST(NtfsListEntry, EndsAtDamage) {
  std::vector<std::byte> list(0x40);
  for (const std::size_t at : {0x00, 0x20}) {
    store_le<std::uint32_t>(list, at, 0x80);
    store_le<std::uint16_t>(list, at + 4, 0x20);
    store_le<std::uint64_t>(list, at + 0x10, 0x0007'0000'0000'0031);
  }
  std::size_t at = 0;
  NtfsListEntry entry;
  ASSERT_TRUE(next_ntfs_list_entry(list, at, entry));
  EXPECT_EQ(entry.holder.record, 0x31u);
  EXPECT_EQ(entry.holder.sequence, 7u);
  EXPECT_FALSE(entry.named);
  ASSERT_TRUE(next_ntfs_list_entry(list, at, entry));
  EXPECT_FALSE(next_ntfs_list_entry(list, at, entry));
  EXPECT_EQ(at, list.size());
  for (const int length : {0, 8, 0x19, 0x21, 0xFFFF}) {
    store_le<std::uint16_t>(list, 0x24, static_cast<std::uint16_t>(length));
    at = 0x20;
    EXPECT_FALSE(next_ntfs_list_entry(list, at, entry)) << length;
    EXPECT_NE(at, list.size());
  }
}

}  // namespace
}  // namespace tintype
