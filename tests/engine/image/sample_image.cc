#include "tests/engine/image/sample_image.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "engine/image/chunk_codec.h"
#include "hashing/xxh3.h"

namespace tintype::test {

Bytes textured(std::size_t size, Texture texture, std::uint64_t seed) {
  Bytes bytes(size);
  if (texture == Texture::zeros) return bytes;
  // The generator is the standard's, but no distribution is: those differ between libraries.
  std::mt19937_64 random(seed);
  for (std::size_t at = 0; at < size;) {
    const std::size_t n = std::min<std::size_t>(8, size - at);
    const std::uint64_t word = random();
    std::memcpy(bytes.data() + at, &word, n);
    at += n;
    if (texture != Texture::text || at < 64) continue;
    const std::size_t again = std::min<std::size_t>(24, size - at);  // three quarters repeat
    std::memmove(bytes.data() + at, bytes.data() + (at - 64 + word % 8), again);
    at += again;
  }
  return bytes;
}

void ImageBuilder::append(const ImageLayout::Region& region) {
  ASSERT_EQ(region.file_offset, image_.size()) << "regions are contiguous";
  ASSERT_EQ(region.bytes.size() % kImageAlignmentBytes, 0u);
  ASSERT_FALSE(region.bytes.empty());
  image_.insert(image_.end(), region.bytes.begin(), region.bytes.end());
  ASSERT_EQ(layout_.file_bytes(), image_.size());
}

void ImageBuilder::add_chunk(const Bytes& plain, bool compress, std::uint32_t flags) {
  Bytes buffer(kImageHeadroomBytes + geometry_.chunk_bytes + kImageSlackBytes, std::byte{0xEE});
  const auto payload = std::span(buffer).subspan(kImageHeadroomBytes, geometry_.chunk_bytes);
  ImageRecord record;
  record.volume_offset = volume_.size();
  record.plain_bytes = plain.size();
  record.flags = flags;
  record.plain_digest = xxh3_128(plain);
  record.stored_bytes = compress ? compress_chunk(plain, payload) : 0;
  if (record.stored_bytes == 0) {
    record.stored_bytes = static_cast<std::uint32_t>(plain.size());
    record.flags |= kRecordStoredPlain;
    std::memcpy(payload.data(), plain.data(), plain.size());
  }
  record.stored_digest = xxh3_64(payload.first(record.stored_bytes));
  const ImageLayout::Region region = layout_.place(record, buffer);
  ASSERT_TRUE(region.bytes.data() >= buffer.data() &&
              region.bytes.data() + region.bytes.size() <= buffer.data() + buffer.size());
  append(region);
  volume_.insert(volume_.end(), plain.begin(), plain.end());
}

void ImageBuilder::add_run(std::uint64_t length, std::uint32_t flags) {
  layout_.place_run(volume_.size(), length, flags);
  volume_.resize(volume_.size() + length);
}

void ImageBuilder::finish(ImageEpilogue epilogue, std::size_t piece_bytes) {
  layout_.begin_finish(std::move(epilogue));
  Bytes piece(piece_bytes);
  ImageLayout::Region region;
  while (layout_.next_piece(piece, region)) append(region);
  EXPECT_TRUE(region.bytes.empty());
}

ImageEpilogue sample_epilogue(std::uint64_t volume_bytes) {
  ImageEpilogue epilogue;
  epilogue.volume_name = "/dev/vg/exchange";
  epilogue.filesystem = "ntfs";
  epilogue.all_blocks = false;
  for (std::uint64_t at = 0; at + 1024 <= volume_bytes && epilogue.captured.size() < 40; at += 8192)
    epilogue.captured.push_back({.offset = at, .length = 1024});
  if (volume_bytes > 512) epilogue.unreadable.push_back({.offset = 512, .length = 512});
  epilogue.report_json = R"({"findings":[],"note":"grüße"})";
  return epilogue;
}

ImageBuilder random_image(std::uint64_t seed, const RandomShape& shape) {
  std::mt19937_64 random(seed);
  struct Part {
    bool run;
    std::size_t bytes;
    Texture texture;
    bool compress;
  };
  std::vector<Part> parts;
  std::uint64_t volume_bytes = 0;
  for (std::size_t left = random() % (shape.records + 1); left > 0; --left) {
    // Whole chunks, chunks of a few bytes, and sizes around the 4 KiB steps of the layout.
    const std::size_t sizes[] = {
        shape.chunk_bytes,          shape.chunk_bytes,
        1 + random() % 64,          1 + random() % shape.chunk_bytes,
        4096 * (1 + random() % 16), 4096 * (1 + random() % 15) + random() % 120 - 60};
    Part part{.run = !shape.stock && random() % 3 == 0,
              .bytes = sizes[random() % std::size(sizes)],
              .texture = static_cast<Texture>(random() % 3),
              .compress = random() % 4 != 0 && shape.compress};
    volume_bytes += part.bytes;
    parts.push_back(part);
  }
  ImageBuilder builder(
      {.volume_bytes = volume_bytes, .chunk_bytes = shape.chunk_bytes, .stock = shape.stock});
  for (const Part& part : parts) {
    if (part.run)
      builder.add_run(part.bytes);
    else
      builder.add_chunk(textured(part.bytes, part.texture, random()), part.compress);
  }
  builder.finish(sample_epilogue(volume_bytes), 4096 << (random() % 6));
  return builder;
}

ImageBuilder small_image(bool stock) {
  ImageBuilder builder({.volume_bytes = stock ? 23'557u : 123'557u,
                        .chunk_bytes = 64 << 10,
                        .sector_bytes = 4096,
                        .stock = stock});
  builder.add_chunk(textured(9000, Texture::text, 1));
  if (!stock) builder.add_run(70'000);
  builder.add_chunk(textured(4000, Texture::noise, 2), true, kRecordUnreadable);
  builder.add_chunk(textured(10'000, Texture::zeros, 3));
  if (!stock) builder.add_run(10'000, kRecordUnreadable);
  builder.add_chunk(textured(557, Texture::text, 4));
  if (!stock) builder.add_run(20'000);
  builder.finish(sample_epilogue(builder.volume().size()));
  return builder;
}

}  // namespace tintype::test
