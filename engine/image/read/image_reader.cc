#include "engine/image/read/image_reader.h"

#include <lz4.h>

#include <cstring>
#include <utility>

#include "engine/image/image_frames.h"
#include "engine/image/image_parse.h"
#include "engine/image/record_chain.h"

namespace tintype {
namespace {

// A name that leads to nothing, or to what can be no image.
bool is_not_there(const std::error_code& code) {
  return code == std::errc::no_such_file_or_directory || code == std::errc::not_a_directory ||
         code == std::errc::is_a_directory || code == std::errc::not_supported ||
         code == std::errc::too_many_symbolic_link_levels;
}

Error as_damage(Error error) {
  error.code = std::make_error_code(std::errc::bad_message);
  return error;
}

// `digest` is of `packed`.
ChunkFault take_plain(const ImageRecord& record, std::span<const std::byte> packed,
                      const Digest128& digest, std::span<std::byte> plain) noexcept {
  if (record.plain_bytes != packed.size()) return ChunkFault::decode;
  if (digest != record.plain_digest) return ChunkFault::plain_digest;
  if (plain.empty() || plain.data() == packed.data()) return ChunkFault::none;
  if (plain.size() != packed.size()) return ChunkFault::decode;
  std::memmove(plain.data(), packed.data(), packed.size());
  return ChunkFault::none;
}

ChunkFault unpack(const ImageRecord& record, std::span<const std::byte> packed,
                  std::span<std::byte> plain) noexcept {
  if (plain.size() != record.plain_bytes || plain.size() > LZ4_MAX_INPUT_SIZE ||
      packed.size() > LZ4_MAX_INPUT_SIZE) {
    return ChunkFault::decode;
  }
  const int unpacked = LZ4_decompress_safe(
      reinterpret_cast<const char*>(packed.data()), reinterpret_cast<char*>(plain.data()),
      static_cast<int>(packed.size()), static_cast<int>(plain.size()));
  if (unpacked < 0 || static_cast<std::size_t>(unpacked) != plain.size()) return ChunkFault::decode;
  return xxh3_128(plain) == record.plain_digest ? ChunkFault::none : ChunkFault::plain_digest;
}

}  // namespace

Result<ImageReader> ImageReader::open(const ImageSource& source) {
  auto reader = read(source);
  if (!reader) {
    Error error = std::move(reader).error();
    const bool gone = source.identity && is_not_there(error.code);
    if (gone && error.hint.empty()) error.hint = "its set names it: use another backup set";
    return tl::unexpected(gone || !error.code ? as_damage(std::move(error)) : std::move(error));
  }
  if (source.identity)
    if (auto same = check_identity(*reader, *source.identity); !same)
      return tl::unexpected(as_damage(std::move(same).error()));
  if (source.chunks) {
    TINTYPE_TRY(reader->chunks_, source.chunks(*reader));
  }
  return reader;
}

Result<ImageReader> ImageReader::read(const ImageSource& source) {
  const std::string& path = source.path;
  ImageReader reader;
  reader.sealer_ = source.sealer;
  TINTYPE_TRY(reader.file_, source.open ? source.open() : open_image_file(path));
  reader.chunks_ = std::make_shared<const ChunksInFile>(reader.file_);
  reader.file_bytes_ = reader.file_->geometry().size_bytes;
  const image::ReadAt read = [&](std::uint64_t offset, std::span<std::byte> bytes) {
    return reader.file_->read_at(offset, bytes);
  };
  TINTYPE_TRY(auto parsed,
              image::parse_image(path, reader.file_bytes_, read, reader.sealer().seal_bytes()));
  reader.geometry_ = parsed.geometry;
  reader.records_ = std::move(parsed.records);
  reader.epilogue_ = std::move(parsed.epilogue);
  reader.content_digest_ = parsed.content_digest;
  return reader;
}

bool looks_like_image(const std::string& path) {
  if (path.ends_with(".tint") || path.ends_with(".tint.partial")) return true;
  std::byte magic[sizeof image::kSkippableMagic];
  const auto file = File::open_source(path, Caching::page_cache);
  if (!file) return false;
  const auto got = file->read_at(0, magic);
  return got && *got == sizeof magic && load_le<std::uint32_t>(magic, 0) == image::kSkippableMagic;
}

std::vector<std::byte> ImageReader::expected_head(std::size_t i) const {
  return image::head_before(geometry_, records_, i);
}

std::string_view to_string(ChunkFault fault) noexcept {
  switch (fault) {
    case ChunkFault::none:
      return "sound";
    case ChunkFault::stored_digest:
      return "the stored bytes do not match their digest";
    case ChunkFault::seal:
      return "the stored bytes are not what was sealed as this chunk";
    case ChunkFault::decode:
      return "the stored bytes do not unpack to the chunk";
    case ChunkFault::plain_digest:
      return "the unpacked bytes do not match their digest";
  }
  return "unknown";
}

ChunkFault open_chunk(const ImageRecord& record, std::span<const std::byte> payload,
                      std::span<std::byte> plain) noexcept {
  if (image::is_run(record)) return ChunkFault::decode;
  if (payload.size() != record.stored_bytes) return ChunkFault::stored_digest;

  if ((record.flags & kRecordStoredPlain) != 0) {
    const Digest128 digest = xxh3_128(payload);
    if (xxh3_64_of(digest, payload) != record.stored_digest) return ChunkFault::stored_digest;
    return take_plain(record, payload, digest, plain);
  }
  if (xxh3_64(payload) != record.stored_digest) return ChunkFault::stored_digest;
  return unpack(record, payload, plain);
}

ChunkFault ImageReader::open_chunk(const ImageRecord& record, std::span<std::byte> payload,
                                   std::span<std::byte> plain) const noexcept {
  if (sealer().is_identity()) return tintype::open_chunk(record, payload, plain);
  if (image::is_run(record)) return ChunkFault::decode;
  if (payload.size() != record.stored_bytes || payload.size() < sealer().seal_bytes() ||
      xxh3_64(payload) != record.stored_digest)
    return ChunkFault::stored_digest;
  if (!sealer().open(record, payload)) return ChunkFault::seal;
  const auto packed = payload.first(payload.size() - sealer().seal_bytes());
  return (record.flags & kRecordStoredPlain) != 0
             ? take_plain(record, packed, xxh3_128(packed), plain)
             : unpack(record, packed, plain);
}

}  // namespace tintype
