// Every kind of damage to a small image, exhaustively, and the forgeries we could think of.
#include <gtest/gtest.h>

#include <cstring>
#include <functional>
#include <string>

#include "engine/image/image_frames.h"
#include "engine/image/read/image_salvage.h"
#include "tests/engine/image/image_probe.h"
#include "tests/engine/image/sample_image.h"

namespace tintype {
namespace {

using image::ExtentEntry;
using image::IndexEntry;
using image::SectionFrame;
using test::Bytes;
using test::Caught;
using test::footer_of;
using test::header_of;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr int kFlipsPerByte = 1;  // the sanitizers take their time
#else
constexpr int kFlipsPerByte = 8;
#endif

void expect_one_clear_line(const std::string& line) {
  EXPECT_NE(line.find("a.tint"), std::string::npos) << line;
  EXPECT_EQ(line.find('\n'), std::string::npos) << line;
  EXPECT_LT(line.size(), 200u) << line;
}

TEST(ImageDamage, TruncationAtEveryLengthIsAClearError) {
  for (const bool stock : {false, true}) {
    Bytes image = test::small_image(stock).image();
    ASSERT_EQ(test::examine(image).caught, Caught::nowhere);
    while (!image.empty()) {
      image.pop_back();
      const auto parsed = test::parse(image);
      ASSERT_FALSE(parsed) << image.size();
      const std::string line = parsed.error().line();
      expect_one_clear_line(line);
      const char* expected = image.size() < sizeof(image::HeaderFrame) ? "is not a Tintype image"
                                                                       : "unfinished or cut off";
      ASSERT_NE(line.find(expected), std::string::npos) << image.size() << ": " << line;
    }
  }
}

TEST(ImageDamage, GrowthIsAClearError) {
  for (const std::size_t more : {1u, 4095u, 4096u, 8192u}) {
    Bytes image = test::small_image().image();
    image.resize(image.size() + more);
    EXPECT_EQ(test::examine(image).caught, Caught::by_open);
  }
  Bytes twice = test::small_image().image();
  const Bytes once = twice;
  twice.insert(twice.end(), once.begin(), once.end());
  EXPECT_NE(test::examine(twice).error.find("its footer says"), std::string::npos);
}

// Each byte of an image has exactly one guardian: the header and everything from the end of the
// last payload on is checked by open(), a payload by open_chunk(), what lies between two payloads
// by comparison with expected_head().
TEST(ImageDamage, EveryFlippedBitIsCaughtByTheGuardianOfItsPlace) {
  const test::ImageBuilder built = test::small_image();
  Bytes image = built.image();
  std::vector<Caught> guardian(image.size(), Caught::by_head);
  std::fill_n(guardian.begin(), sizeof(image::HeaderFrame), Caught::by_open);
  std::size_t tail_offset = 0;
  for (const ImageRecord& record : built.layout().records()) {
    if ((record.flags & kRecordRun) != 0) continue;
    const auto begin = guardian.begin() + static_cast<std::ptrdiff_t>(record.payload_offset);
    std::fill_n(begin, record.stored_bytes, Caught::by_chunk);
    tail_offset = record.payload_offset + record.stored_bytes;
  }
  std::fill(guardian.begin() + static_cast<std::ptrdiff_t>(tail_offset), guardian.end(),
            Caught::by_open);

  for (std::size_t at = 0; at < image.size(); ++at) {
    for (int flip = 0; flip < kFlipsPerByte; ++flip) {
      const auto bit = std::byte{1} << ((at + static_cast<std::size_t>(flip)) % 8);
      image[at] ^= bit;
      const test::Verdict verdict = test::examine(image);
      ASSERT_EQ(verdict.caught, guardian[at]) << "byte " << at << ": " << verdict.error;
      image[at] ^= bit;
    }
  }
  EXPECT_EQ(test::examine(image).caught, Caught::nowhere);
}

IndexEntry& entry(Bytes& image, std::size_t i) {
  const std::uint64_t index = footer_of(image).sections[image::kIndex].offset;
  return *reinterpret_cast<IndexEntry*>(image.data() + index + sizeof(SectionFrame) +
                                        i * sizeof(IndexEntry));
}

SectionFrame& frame_of(Bytes& image, image::Section section) {
  return *reinterpret_cast<SectionFrame*>(image.data() + footer_of(image).sections[section].offset);
}

ExtentEntry& captured(Bytes& image, std::size_t i) {
  return *reinterpret_cast<ExtentEntry*>(image.data() +
                                         footer_of(image).sections[image::kCaptured].offset +
                                         sizeof(SectionFrame) + i * sizeof(ExtentEntry));
}

// Fields that lie, under checks and digests that are right. small_image() has the records
// 0 chunk, 1 run, 2 chunk (plain, unreadable), 3 chunk, 4 run, 5 chunk, 6 run.
struct Forgery {
  const char* name;
  std::function<void(Bytes&)> forge;
  const char* expected;  // part of the error's line
};

constexpr std::uint64_t kHuge = 1ULL << 63;
constexpr std::uint64_t kMinusOne = ~0ULL;

const Forgery kIndexForgeries[] = {
    {"overlap", [](Bytes& i) { entry(i, 2).volume_offset = 78'999; }, "record 2, at volume"},
    {"gap", [](Bytes& i) { entry(i, 2).volume_offset = 79'001; }, "leaves a gap"},
    {"backwards", [](Bytes& i) { entry(i, 3).volume_offset = 0; }, "overlaps"},
    {"huge offset", [](Bytes& i) { entry(i, 2).volume_offset = kMinusOne; }, "leaves a gap"},
    {"first not at 0", [](Bytes& i) { entry(i, 0).volume_offset = 1; }, "leaves a gap"},
    {"empty chunk", [](Bytes& i) { entry(i, 0).plain_bytes = 0; }, "is empty"},
    {"empty run", [](Bytes& i) { entry(i, 1).plain_bytes = 0; }, "is empty"},
    {"long chunk", [](Bytes& i) { entry(i, 0).plain_bytes = 65'537; }, "larger than a chunk"},
    {"huge chunk", [](Bytes& i) { entry(i, 0).plain_bytes = kHuge; }, "larger than a chunk"},
    {"huge run", [](Bytes& i) { entry(i, 1).plain_bytes = kHuge; }, "passes the volume's end"},
    {"wrapping run", [](Bytes& i) { entry(i, 1).plain_bytes = kMinusOne - 8999; }, "passes the"},
    {"long last run", [](Bytes& i) { entry(i, 6).plain_bytes = 20'001; },
     "passes the volume's end"},
    {"short last run", [](Bytes& i) { entry(i, 6).plain_bytes = 19'999; }, "records end at"},
    {"same payload", [](Bytes& i) { entry(i, 2).payload_offset = entry(i, 0).payload_offset; },
     "payload in the wrong place"},
    {"no payload", [](Bytes& i) { entry(i, 0).payload_offset = 0; }, "payload in the wrong place"},
    {"far payload", [](Bytes& i) { entry(i, 5).payload_offset = kHuge; }, "in the wrong place"},
    {"unaligned payload", [](Bytes& i) { entry(i, 0).payload_offset = 4097; },
     "in the wrong place"},
    {"nothing stored", [](Bytes& i) { entry(i, 0).stored_bytes = 0; }, "has no payload"},
    {"stored > plain", [](Bytes& i) { entry(i, 0).stored_bytes = 9001; }, "of the wrong size"},
    {"all stored", [](Bytes& i) { entry(i, 0).stored_bytes = 0xFFFF'FFFF; }, "of the wrong size"},
    {"plain but shorter", [](Bytes& i) { entry(i, 2).stored_bytes = 3999; }, "of the wrong size"},
    {"last too long", [](Bytes& i) { entry(i, 5).stored_bytes = 556; }, "last payload"},
    {"unknown flag", [](Bytes& i) { entry(i, 0).flags = 8; }, "unknown flags"},
    {"all flags", [](Bytes& i) { entry(i, 0).flags = 0xFFFF'FFFF; }, "unknown flags"},
    {"run with payload", [](Bytes& i) { entry(i, 1).stored_bytes = 1; }, "run of zeros with"},
    {"run with digest", [](Bytes& i) { entry(i, 1).stored_digest = 1; }, "run of zeros with"},
    {"run stored plain", [](Bytes& i) { entry(i, 1).flags = 3; }, "run of zeros with"},
    {"chunk called a run", [](Bytes& i) { entry(i, 0).flags = 1; }, "run of zeros with"},
    {"runs in a row",
     [](Bytes& i) {
       entry(i, 2).flags = kRecordRun;
       entry(i, 2).stored_bytes = 0;
       entry(i, 2).payload_offset = 0;
       entry(i, 2).stored_digest = 0;
       entry(i, 2).plain_digest = {};
     },
     "a run of zeros after another"},
    {"last run unreadable", [](Bytes& i) { entry(i, 6).flags = 5; }, "frames before its index"},
    {"index kind", [](Bytes& i) { frame_of(i, image::kIndex).kind = image::kPaddingKind; },
     "section's frame"},
    {"index part", [](Bytes& i) { frame_of(i, image::kIndex).part = 1; }, "section's frame"},
    {"index length", [](Bytes& i) { frame_of(i, image::kIndex).body_bytes = 8; },
     "section's frame"},
    {"captured in a row", [](Bytes& i) { captured(i, 1).offset = 1024; }, "extent 1 of 1024"},
    {"captured nothing", [](Bytes& i) { captured(i, 0).length = 0; }, "extent 0 of 0"},
    {"captured too much", [](Bytes& i) { captured(i, 0).length = 123'558; }, "is impossible"},
    {"captured from afar", [](Bytes& i) { captured(i, 1).offset = 123'558; }, "is impossible"},
    {"captured wrapping", [](Bytes& i) { captured(i, 1).length = kMinusOne; }, "is impossible"},
    {"padding", [](Bytes& i) { i[i.size() - 257] = std::byte{1}; }, "padding"},
};

const Forgery kHeaderForgeries[] = {
    {"newer", [](Bytes& i) { header_of(i).format_version = 2; }, "reads up to 1"},
    {"newest", [](Bytes& i) { header_of(i).format_version = 0xFFFF'FFFF; }, "newer version"},
    {"version 0", [](Bytes& i) { header_of(i).format_version = 0; }, "does not know"},
    {"flags", [](Bytes& i) { header_of(i).flags = 2; }, "does not know"},
    {"stock with runs", [](Bytes& i) { header_of(i).flags = 1; }, "promises frames only"},
    {"encrypted", [](Bytes& i) { header_of(i).encryption[0] = 1; }, "does not know"},
    {"incremental", [](Bytes& i) { header_of(i).parent[3] = 1; }, "does not know"},
    {"reserved", [](Bytes& i) { header_of(i).reserved[13] = kHuge; }, "does not know"},
    {"body", [](Bytes& i) { header_of(i).body_bytes = 0xF9; }, "does not know"},
    {"no chunks", [](Bytes& i) { header_of(i).chunk_bytes = 0; }, "chunk size"},
    {"odd chunks", [](Bytes& i) { header_of(i).chunk_bytes = 3 << 20; }, "chunk size"},
    {"small chunks", [](Bytes& i) { header_of(i).chunk_bytes = 32 << 10; }, "chunk size"},
    {"large chunks", [](Bytes& i) { header_of(i).chunk_bytes = 8 << 20; }, "chunk size"},
    {"no sectors", [](Bytes& i) { header_of(i).sector_bytes = 0; }, "sector size"},
    {"odd sectors", [](Bytes& i) { header_of(i).sector_bytes = 520; }, "sector size"},
    {"huge volume", [](Bytes& i) { header_of(i).volume_bytes = kHuge; }, "volume too large"},
    {"large volume", [](Bytes& i) { header_of(i).volume_bytes = kHuge - 1; }, "records end at"},
    {"small volume", [](Bytes& i) { header_of(i).volume_bytes = 1; }, "passes the volume's end"},
};

const Forgery kFooterForgeries[] = {
    {"newer", [](Bytes& i) { footer_of(i).format_version = 2; }, "reads up to 1"},
    {"version 0", [](Bytes& i) { footer_of(i).format_version = 0; }, "does not know"},
    {"flags", [](Bytes& i) { footer_of(i).flags = 2; }, "does not know"},
    {"body", [](Bytes& i) { footer_of(i).body_bytes = 0; }, "does not know"},
    {"reserved", [](Bytes& i) { footer_of(i).reserved[0] = 1; }, "does not know"},
    {"reserved a", [](Bytes& i) { footer_of(i).reserved_a = 1; }, "does not know"},
    {"longer", [](Bytes& i) { footer_of(i).file_bytes = kHuge; }, "are here"},
    {"shorter", [](Bytes& i) { footer_of(i).file_bytes = 4096; }, "its footer says 4096"},
    {"tail afar", [](Bytes& i) { footer_of(i).tail_offset = kMinusOne; }, "wrong place"},
    {"tail at 0", [](Bytes& i) { footer_of(i).tail_offset = 0; }, "wrong place"},
    {"count", [](Bytes& i) { footer_of(i).record_count = 1ULL << 60; }, "impossible length"},
    {"index afar", [](Bytes& i) { footer_of(i).sections[0].offset = kMinusOne; }, "wrong place"},
    {"index early", [](Bytes& i) { footer_of(i).sections[0].offset = 0; }, "wrong place"},
    {"index huge", [](Bytes& i) { footer_of(i).sections[0].bytes = kHuge; }, "wrong places"},
    {"index wrapping",
     [](Bytes& i) {
       footer_of(i).sections[0].bytes = kMinusOne;
       footer_of(i).record_count = kMinusOne / sizeof(IndexEntry);
     },
     "wrong places"},
    {"index longer than the file",
     [](Bytes& i) {
       footer_of(i).sections[0].bytes = footer_of(i).sections[0].bytes + sizeof(IndexEntry);
     },
     "wrong places"},
    {"report huge", [](Bytes& i) { footer_of(i).sections[5].bytes = 1ULL << 40; }, "wrong places"},
    {"report longer",
     [](Bytes& i) { footer_of(i).sections[5].bytes = footer_of(i).sections[5].bytes + 1; },
     "section's frame"},
    {"report without room",
     [](Bytes& i) { footer_of(i).sections[5].bytes = footer_of(i).sections[5].bytes + 4096; },
     "do not end where"},
    {"name missing", [](Bytes& i) { footer_of(i).sections[3].bytes = 0; }, "wrong places"},
    {"sections swapped",
     [](Bytes& i) { std::swap(footer_of(i).sections[1], footer_of(i).sections[2]); },
     "wrong places"},
};

void expect_refused(const Forgery& forgery) {
  SCOPED_TRACE(forgery.name);
  Bytes image = test::small_image().image();
  const Bytes sound = image;
  test::resign(image);
  ASSERT_TRUE(image == sound) << "a sound image is signed as the forger would sign it";
  forgery.forge(image);
  ASSERT_FALSE(image == sound);
  test::resign(image);
  const test::Verdict verdict = test::examine(image);
  EXPECT_EQ(verdict.caught, Caught::by_open);
  EXPECT_NE(verdict.error.find(forgery.expected), std::string::npos) << verdict.error;
  expect_one_clear_line(verdict.error);
}

TEST(ImageForgery, LyingIndexIsRefused) {
  for (const Forgery& forgery : kIndexForgeries) expect_refused(forgery);
}

TEST(ImageForgery, LyingHeaderIsRefused) {
  for (const Forgery& forgery : kHeaderForgeries) expect_refused(forgery);
}

TEST(ImageForgery, LyingFooterIsRefused) {
  for (const Forgery& forgery : kFooterForgeries) expect_refused(forgery);
}

TEST(ImageForgery, HeaderOfAnotherImageIsRefused) {
  Bytes image = test::small_image().image();
  const image::HeaderFrame other =
      image::make_header({.volume_bytes = 123'557, .chunk_bytes = 128 << 10, .sector_bytes = 4096});
  std::memcpy(image.data(), &other, sizeof other);
  EXPECT_NE(test::examine(image).error.find("different images"), std::string::npos);
}

TEST(ImageForgery, DigestOverTheContentIsComparedToo) {
  Bytes image = test::small_image().image();
  footer_of(image).content_digest.low = 1;
  footer_of(image).check = image::check_of(footer_of(image));
  EXPECT_NE(test::examine(image).error.find("content digest"), std::string::npos);
}

TEST(ImageForgery, ForgedDigestOfAChunkIsCaughtByItsHead) {
  Bytes image = test::small_image().image();
  entry(image, 0).plain_digest.low = 1;
  test::resign(image);
  EXPECT_EQ(test::examine(image).caught, Caught::by_head);
}

// A terabyte of hole between a header and a footer that calls it an index, extents, text.
TEST(ImageForgery, LengthsOfASparseFileCostNeitherMemoryNorTime) {
  constexpr std::uint64_t kFileBytes = 1ULL << 40;
  constexpr std::uint64_t kTailOffset = 1 << 20;
  Bytes header(4096);
  const image::HeaderFrame head =
      image::make_header({.volume_bytes = 1ULL << 50, .chunk_bytes = 1 << 20});
  std::memcpy(header.data(), &head, sizeof head);
  for (std::size_t large = 0; large < image::kSectionCount; ++large) {
    Bytes small = test::small_image().image();
    image::FooterFrame footer = footer_of(small);
    footer.header_check = head.check;
    footer.file_bytes = kFileBytes;
    footer.tail_offset = kTailOffset;
    // The large section takes all room but the padding's: 917,504 bytes of data a frame.
    const std::uint64_t room = kFileBytes - sizeof footer - sizeof(SectionFrame) - kTailOffset - 4;
    const std::uint64_t frame = image::kSectionFrameDataBytesMax + sizeof(SectionFrame);
    const std::uint64_t bytes = room / frame * image::kSectionFrameDataBytesMax +
                                (room % frame - sizeof(SectionFrame)) / 1024 * 1024;
    std::uint64_t at = kTailOffset + 4;
    for (std::size_t i = 0; i < image::kSectionCount; ++i) {
      footer.sections[i] = {.offset = at, .bytes = i == large ? bytes : 0};
      if (i == large) at = kFileBytes - sizeof footer - sizeof(SectionFrame);
    }
    footer.record_count = footer.sections[0].bytes / sizeof(IndexEntry);
    footer.check = image::check_of(footer);
    std::uint64_t bytes_read = 0;
    const image::ReadAt read = [&](std::uint64_t offset,
                                   std::span<std::byte> out) -> Result<std::size_t> {
      bytes_read += out.size();
      std::memset(out.data(), 0, out.size());
      if (offset == 0) std::memcpy(out.data(), header.data(), header.size());
      if (offset + out.size() == kFileBytes)
        std::memcpy(out.data() + out.size() - sizeof footer, &footer, sizeof footer);
      return out.size();
    };
    const auto parsed = image::parse_image("a.tint", kFileBytes, read);
    ASSERT_FALSE(parsed);
    expect_one_clear_line(parsed.error().line());
    EXPECT_LT(bytes_read, 4u << 20) << parsed.error().line();
  }
}

// Random changes, half of them signed again. Nothing may crash; an accident (not signed) must be
// caught unless it changed nothing.
TEST(ImageDamage, RandomMutationsNeitherCrashNorPass) {
  const Bytes sound = test::small_image().image();
  const Bytes volume = test::small_image().volume();
  for (std::uint64_t seed = 0; seed < 6000; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937_64 random(seed);
    Bytes image = sound;
    for (std::uint64_t changes = 1 + random() % 4; changes > 0; --changes) {
      const std::size_t at =
          random() % 2 == 0 ? random() % image.size() : image.size() - 1 - random() % 4096;
      const std::size_t bytes = std::min<std::size_t>(1 + random() % 64, image.size() - at);
      const std::size_t from = random() % (image.size() - bytes);
      switch (random() % 4) {
        case 0:
          std::memset(image.data() + at, 0, bytes);
          break;
        case 1:
          std::memset(image.data() + at, 0xFF, bytes % 9);
          break;
        case 2:
          std::memmove(image.data() + at, image.data() + from, bytes);
          break;
        default:
          image[at] = static_cast<std::byte>(random());
      }
    }
    const bool changed = image != sound;
    if (seed % 2 == 0) test::resign(image);
    const test::Verdict verdict = test::examine(image);
    if (seed % 2 == 1) {
      ASSERT_EQ(verdict.caught != Caught::nowhere, changed);
    } else if (verdict.caught == Caught::nowhere) {
      ASSERT_EQ(verdict.volume.size(), volume.size());  // only words of the epilogue changed
    }
    const Salvage salvage = image::salvage(image.size(), test::read_from(image));
    ASSERT_LE(salvage.records.size(), 7u);
  }
}

}  // namespace
}  // namespace tintype
