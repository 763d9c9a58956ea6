// The list of attached databases: real files, made ones, and lies.
#include "verify/ese/log/ese_attachments.h"

#include <gtest/gtest.h>

#include <random>

#include "hashing/endian.h"
#include "support/ese_log_generator.h"
#include "support/samples.h"
#include "verify/ese/ese_text.h"

namespace tintype {
namespace {

using File = std::vector<std::byte>;

Signature signature(std::uint32_t random) {
  Signature made{};
  made.random = random;
  made.creation = {.second = 1, .minute = 2, .hour = 3, .day = 4, .month = 5, .year = 120};
  return made;
}

std::vector<EseAttachment> read(const File& header, std::size_t at) {
  return read_ese_attachments(std::span(header).subspan(at, kEseAttachmentListBytes));
}

TEST(EseAttachments, OfRealFilesNameTheDatabaseBesideThem) {
  TINTYPE_NEED_SAMPLES(samples);
  const File database = test::read_sample(samples / "ese/srum-dirty/SRUDB.dat");
  const EseHeaderReading header = read_ese_header(database);
  for (const auto& [name, at] : {std::pair{"srum-dirty/SRU.log", kEseLogAttachmentsAt},
                                 std::pair{"srum-dirty/SRU0005B.log", kEseLogAttachmentsAt},
                                 std::pair{"srum-dirty/SRU.chk", kEseCheckpointAttachmentsAt}}) {
    const auto found = read(test::read_sample(samples / "ese" / name), at);
    ASSERT_EQ(found.size(), 1u) << name;
    EXPECT_EQ(found[0].path, "C:\\Windows\\system32\\SRU\\SRUDB.dat") << name;
    EXPECT_EQ(signature_hex(found[0].db_signature), signature_hex(header.header.db_signature));
  }
  // Shut down clean: nothing is attached any more.
  EXPECT_TRUE(
      read(test::read_sample(samples / "ese/srum-clean/SRU.chk"), kEseCheckpointAttachmentsAt)
          .empty());
}

TEST(EseAttachments, SeveralAndOddNames) {
  File header(4096);
  test::attach_ese_databases(
      header, kEseLogAttachmentsAt,
      {{u"D:\\Post\u00e4mter\\DB1.edb", signature(1)}, {u"E:\\DB2.edb", signature(2)}});
  const auto found = read(header, kEseLogAttachmentsAt);
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].path, "D:\\Post\xC3\xA4mter\\DB1.edb");
  EXPECT_EQ(found[1].path, "E:\\DB2.edb");
  EXPECT_TRUE(found[1].db_signature == signature(2));
}

TEST(EseAttachments, AListThatIsFullToItsLastByteIsReadWhole) {
  File header(4096);
  const std::u16string path((kEseAttachmentListBytes - 64) / 2 - 1, u'x');
  test::attach_ese_databases(header, kEseLogAttachmentsAt, {{path, signature(1)}});
  const auto found = read(header, kEseLogAttachmentsAt);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].path.size(), path.size());
}

TEST(EseAttachments, AnEntryThatMakesNoSenseEndsTheListAndKeepsWhatCameBefore) {
  File header(4096);
  test::attach_ese_databases(header, kEseLogAttachmentsAt,
                             {{u"A", signature(1)}, {u"B", signature(2)}});
  const std::size_t second = kEseLogAttachmentsAt + 64 + 4;
  store_le<std::uint16_t>(header, second + 2, 0xFFFF);  // a name that leaves the list
  EXPECT_EQ(read(header, kEseLogAttachmentsAt).size(), 1u);
  store_le<std::uint16_t>(header, second + 2, 0);
  EXPECT_EQ(read(header, kEseLogAttachmentsAt).size(), 1u);
}

TEST(EseAttachments, NoBytesAreReadOutsideTheList) {
  std::mt19937_64 random(20261125);
  for (int round = 0; round < 20'000; ++round) {
    File list(random() % (kEseAttachmentListBytes + 1));
    for (std::byte& b : list) b = static_cast<std::byte>(random() % 4 == 0 ? random() : 0);
    for (const EseAttachment& found : read_ese_attachments(list))
      EXPECT_LE(found.path.size(), 3 * list.size()) << round;
  }
}

}  // namespace
}  // namespace tintype
