// One image of every released version, kept in tests/golden/ and read for ever.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "engine/image/read/image_reader.h"
#include "engine/image/read/image_salvage.h"
#include "support/temp_dir.h"
#include "tests/engine/image/image_probe.h"
#include "tests/engine/image/sample_image.h"

namespace tintype {
namespace {

using test::Bytes;

std::string golden(const char* name) {
  return std::string(TINTYPE_SOURCE_DIR "/tests/golden/") + name;
}

TEST(GoldenImage, VersionOneIsTheFileItWas) {
  EXPECT_EQ(to_hex(xxh3_128(test::read_file(golden("image-v1.tint")))),
            "6d1ecae402f70fe32c4e1e57c4677bcf");
}

TEST(GoldenImage, VersionOneIsRead) {
  const test::ImageBuilder built = test::small_image();
  const auto reader = ImageReader::open(golden("image-v1.tint"));
  ASSERT_TRUE(reader) << reader.error().line();
  EXPECT_EQ(reader->geometry().volume_bytes, 123'557u);
  EXPECT_EQ(reader->geometry().chunk_bytes, 64u << 10);
  EXPECT_EQ(reader->geometry().sector_bytes, 4096u);
  EXPECT_FALSE(reader->geometry().stock);
  EXPECT_EQ(reader->records().size(), 7u);
  EXPECT_EQ(to_hex(reader->content_digest()), "1a29af3aa21619ba660a6a9104ac7e04");
  EXPECT_EQ(reader->epilogue().volume_name, "/dev/vg/exchange");
  EXPECT_EQ(reader->epilogue().filesystem, "ntfs");
  EXPECT_FALSE(reader->epilogue().all_blocks);
  EXPECT_EQ(reader->epilogue().captured.size(), 15u);
  EXPECT_EQ(reader->epilogue().unreadable, (ExtentList{{512, 512}}));
  EXPECT_EQ(reader->epilogue().report_json, R"({"findings":[],"note":"grüße"})");
  const test::Verdict verdict = test::examine(test::read_file(golden("image-v1.tint")));
  EXPECT_EQ(verdict.caught, test::Caught::nowhere);
  EXPECT_TRUE(verdict.volume == built.volume());
}

TEST(GoldenImage, VersionOneIsSalvaged) {
  const auto found = salvage_image(golden("image-v1.tint"));
  ASSERT_TRUE(found) << found.error().line();
  EXPECT_EQ(found->records.size(), 7u);
  EXPECT_TRUE(found->missing.empty());
}

// Walks the image with nothing but the LZ4 frame format, as a stranger would, and compares with the
// map in FORMAT.md: lines of "0xOFFSET  KIND".
TEST(GoldenImage, MapInTheFormatPageIsTrue) {
  const Bytes page = test::read_file(TINTYPE_SOURCE_DIR "/FORMAT.md");
  const std::string_view text(reinterpret_cast<const char*>(page.data()), page.size());
  const Bytes image = test::read_file(golden("image-v1.tint"));
  std::size_t at = 0;
  std::size_t line = text.find("\n0x0000  ");
  while (at < image.size()) {
    ASSERT_NE(line, std::string_view::npos);
    const auto magic = load_le<std::uint32_t>(image, at);
    char expected[32];
    if (magic == image::kLz4Magic) {
      std::snprintf(expected, sizeof expected, "\n0x%04zx  LZ4 ", at);
      at += sizeof(image::Lz4FrameHead) + 4 +
            (load_le<std::uint32_t>(image, at + 15) & ~image::kLz4BlockStoredPlain);
    } else {
      ASSERT_EQ(magic, image::kSkippableMagic);
      std::snprintf(expected, sizeof expected, "\n0x%04zx  %.4s ", at,
                    reinterpret_cast<const char*>(image.data() + at + 8));
      at += 8 + load_le<std::uint32_t>(image, at + 4);
    }
    EXPECT_EQ(text.substr(line, std::strlen(expected)), expected);
    line = text.find("\n", line + 1);
  }
  EXPECT_EQ(at, image.size());
  EXPECT_EQ(text.substr(line, 4), "\n```") << "the map ends where the image ends";
}

// Another LZ4 may compress in another way; an image stored plain is the format and nothing else.
TEST(GoldenImage, WritersOfVersionOneStillWriteTheSameBytes) {
  const test::ImageBuilder built = test::random_image(7, {.records = 40, .compress = false});
  EXPECT_EQ(to_hex(xxh3_128(built.image())), "dd8e27e19d035d5ba56751e224435cf0");
}

// No test, but how a golden image is made: TINTYPE_GOLDEN_TO=tests/golden/image-vN.tint image_test
TEST(GoldenImage, IsWrittenOnDemand) {
  if (const char* path = std::getenv("TINTYPE_GOLDEN_TO"))
    test::write_file(path, test::small_image().image());
}

}  // namespace
}  // namespace tintype
