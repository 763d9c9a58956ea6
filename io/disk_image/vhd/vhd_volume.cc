#include "io/disk_image/vhd/vhd_volume.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "hashing/utf16.h"
#include "io/disk_image/chain/chained_image.h"
#include "io/disk_image/vhd/vhd_format.h"
#include "io/file/extent_map.h"

namespace tintype {
namespace {

using Patch = PatchedVolume::Patch;

// 2040 GiB is what the format holds.
constexpr std::uint64_t kDiskBytesMax = std::uint64_t{2040} << 30;
constexpr std::uint32_t kBlockBytesMin = 4096, kBlockBytesMax = 256u << 20;
// 64 MiB of table: 2040 GiB in 128 KiB blocks.
constexpr std::uint32_t kTableEntriesMax = 16u << 20;
constexpr std::uint32_t kNameBytesMax = 4096;

tl::unexpected<Error> damaged(const File& file, std::string_view how) {
  return plain_error(fmt::format("cannot read {}: as a VHD it is damaged: {}", file.path(), how),
                     "look for another copy of it");
}

template <class Record>
Result<Record> read_record(const File& file, std::uint64_t offset) {
  Record record;
  if (offset > file.geometry().size_bytes || sizeof record > file.geometry().size_bytes - offset)
    return damaged(file, fmt::format("there is nothing at offset {}", offset));
  TINTYPE_TRY(const std::size_t got,
              file.read_at(offset, std::as_writable_bytes(std::span(&record, 1))));
  if (got < sizeof record) return damaged(file, "it ends early");
  return record;
}

// Up to the first NUL, with "/".
std::string path_from_utf16(std::span<const std::byte> utf16) {
  std::string path = utf8_from_utf16(utf16);
  path.resize(std::min(path.size(), path.find('\0')));
  std::ranges::replace(path, '\\', '/');
  return path;
}

std::string last_part(const std::string& path) {
  return path.substr(path.find_last_of('/') + 1);
}

// One file of a chain, checked.
class VhdFile final : public ChainedImage {
 public:
  static Result<std::unique_ptr<ChainedImage>> open(const std::string& path) {
    auto vhd = std::make_unique<VhdFile>();
    TINTYPE_TRY(vhd->file_, File::open_source(path, Caching::page_cache));
    TINTYPE_CHECK(vhd->read_footer());
    if (vhd->footer_.type == kVhdFixed) {
      if (vhd->disk_bytes() > vhd->file_bytes()) return damaged(vhd->file_, "it is cut short");
      return vhd;
    }
    TINTYPE_CHECK(vhd->read_header());
    TINTYPE_CHECK(vhd->read_table());
    return vhd;
  }

  const File& file() const noexcept override { return file_; }
  std::uint64_t disk_bytes() const noexcept override { return footer_.current_bytes; }
  std::uint32_t sector_bytes() const noexcept override { return kVhdSectorBytes; }
  bool has_parent() const noexcept override { return footer_.type == kVhdDifferencing; }
  Identity identity() const noexcept override { return std::to_array(footer_.unique_id); }
  bool takes_for_parent(const Identity& identity) const noexcept override {
    return std::ranges::equal(identity, header_.parent_id);
  }

  std::vector<std::string> parent_names() const override {
    std::vector<std::string> names;
    for (const VhdHeader::Locator& locator : header_.locators) {
      if (std::string_view(locator.platform, 4) != "W2ru" || locator.length > kNameBytesMax)
        continue;
      std::vector<std::byte> utf16(locator.length);
      const auto got = file_.read_at(locator.offset, utf16);
      if (!got || *got < utf16.size()) continue;
      names.push_back(path_from_utf16(utf16));
    }
    std::array<le16, std::size(decltype(header_.parent_name){})> little;
    std::ranges::copy(header_.parent_name, little.begin());
    names.push_back(path_from_utf16(std::as_bytes(std::span(little))));
    for (std::size_t i = 0, count = names.size(); i < count; ++i)
      names.push_back(last_part(names[i]));
    // A path on a drive of the machine that it comes from leads nowhere here.
    std::erase_if(names, [](const std::string& name) {
      return name.empty() || name.find(':') != std::string::npos;
    });
    return names;
  }

  Result<PatchList> patches(std::uint32_t number, std::vector<File>&) const override {
    PatchList patches;
    if (footer_.type == kVhdFixed) {
      TINTYPE_TRY(const ExtentList data, data_extents(file_));
      for (const Extent& extent :
           intersection(rounded_out(data, kVhdSectorBytes, disk_bytes()), {{0, disk_bytes()}}))
        patches.push_back({extent.offset, extent.length, extent.offset, number});
      return patches;
    }
    for (std::uint32_t block = 0; block < table_.size(); ++block) {
      const std::uint64_t offset = std::uint64_t{block} * header_.block_bytes;
      if (table_[block] == kVhdNoBlock || offset >= disk_bytes()) continue;
      const Patch whole{offset, std::min<std::uint64_t>(header_.block_bytes, disk_bytes() - offset),
                        std::uint64_t{table_[block]} * kVhdSectorBytes + bitmap_bytes(), number};
      if (!has_parent())
        patches.push_back(whole);  // sectors not marked are zeros here
      else
        TINTYPE_CHECK(add_marked(whole, patches));
      if (patches.size() > kImagePiecesMax) return damaged(file_, "it is in too many pieces");
    }
    return patches;
  }

 private:
  [[nodiscard]] std::uint64_t file_bytes() const noexcept { return file_.geometry().size_bytes; }
  [[nodiscard]] std::uint32_t bitmap_bytes() const noexcept {
    const std::uint32_t bits = header_.block_bytes / kVhdSectorBytes;
    return (bits / 8 + kVhdSectorBytes - 1) / kVhdSectorBytes * kVhdSectorBytes;
  }

  // The footer behind, or where that is damaged the copy in front. Not every program that changes
  // one sums it up again: two that are alike to the last bit are believed without.
  Result<void> read_footer() {
    if (file_bytes() < kVhdShortFooterBytes) return damaged(file_, "it is shorter than its footer");
    std::vector<std::byte> tail(std::min<std::uint64_t>(file_bytes(), sizeof footer_));
    TINTYPE_TRY(const std::size_t got, file_.read_at(file_bytes() - tail.size(), tail));
    if (got < tail.size()) return damaged(file_, "it ends early");
    footer_ = vhd_footer_of(tail);
    if (!is_sound(footer_)) {
      TINTYPE_TRY(const VhdFooter copy, read_record<VhdFooter>(file_, 0));
      const bool alike = has_cookie(copy) && std::memcmp(&copy, &footer_, sizeof copy) == 0;
      footer_ = copy;
      // A fixed disk has no copy; there is the disk's first sector.
      if ((!is_sound(copy) && !alike) || copy.type == kVhdFixed)
        return damaged(file_, "its footers are");
    }
    if (footer_.type != kVhdFixed && footer_.type != kVhdDynamic &&
        footer_.type != kVhdDifferencing)
      return damaged(file_, fmt::format("its type is {}", footer_.type.value()));
    if (disk_bytes() == 0 || disk_bytes() % kVhdSectorBytes != 0 || disk_bytes() > kDiskBytesMax)
      return damaged(file_, fmt::format("its disk has {} bytes", disk_bytes()));
    return {};
  }

  Result<void> read_header() {
    TINTYPE_TRY(header_, read_record<VhdHeader>(file_, footer_.header_offset));
    if (!is_sound(header_)) return damaged(file_, "its header is");
    const std::uint32_t block_bytes = header_.block_bytes, blocks = header_.blocks;
    if (!std::has_single_bit(block_bytes) || block_bytes < kBlockBytesMin ||
        block_bytes > kBlockBytesMax)
      return damaged(file_, fmt::format("its blocks have {} bytes", block_bytes));
    if (blocks > kTableEntriesMax || std::uint64_t{blocks} * block_bytes < disk_bytes())
      return damaged(file_, fmt::format("a table of {} blocks of {} bytes for a disk of {}", blocks,
                                        block_bytes, disk_bytes()));
    return {};
  }

  Result<void> read_table() {
    const std::uint64_t offset = header_.table_offset;
    const std::uint64_t bytes = std::uint64_t{header_.blocks} * sizeof(std::uint32_t);
    if (offset > file_bytes() || bytes > file_bytes() - offset)
      return damaged(file_, "its table lies behind its end");
    std::vector<Be<std::uint32_t>> table(header_.blocks);
    TINTYPE_TRY(const std::size_t got,
                file_.read_at(offset, std::as_writable_bytes(std::span(table))));
    if (got < bytes) return damaged(file_, "it ends early");
    table_.assign(table.begin(), table.end());

    // Nothing may lie on anything else: two blocks in one place cannot both be right.
    const std::uint64_t block_bytes = std::uint64_t{bitmap_bytes()} + header_.block_bytes;
    std::vector<Extent> taken{{offset, bytes}, {footer_.header_offset, sizeof header_}};
    for (const std::uint32_t sector : table_) {
      if (sector == kVhdNoBlock) continue;
      const Extent block{std::uint64_t{sector} * kVhdSectorBytes, block_bytes};
      if (block.end() > file_bytes())
        return damaged(file_, fmt::format("it is cut short: a block ends at offset {}, it at {}",
                                          block.end(), file_bytes()));
      taken.push_back(block);
    }
    std::ranges::sort(taken, {}, &Extent::offset);
    for (std::size_t i = 1; i < taken.size(); ++i)
      if (taken[i].offset < taken[i - 1].end())
        return damaged(file_, fmt::format("two things lie at offset {}", taken[i].offset));
    return {};
  }

  // The parts of a block whose sectors are marked as this file's own.
  Result<void> add_marked(const Patch& block, PatchList& patches) const {
    std::vector<std::byte> bitmap(bitmap_bytes());
    TINTYPE_TRY(const std::size_t got, file_.read_at(block.file_offset - bitmap.size(), bitmap));
    if (got < bitmap.size()) return damaged(file_, "it ends early");
    const std::uint64_t sectors = block.length / kVhdSectorBytes;
    const auto marked = [&](std::uint64_t sector) {
      return (std::to_integer<unsigned>(bitmap[sector / 8]) >> (7 - sector % 8) & 1) != 0;
    };
    for (std::uint64_t from = 0; from < sectors;) {
      std::uint64_t to = from;
      while (to < sectors && marked(to) == marked(from)) ++to;
      if (marked(from))
        patches.push_back({block.offset + from * kVhdSectorBytes, (to - from) * kVhdSectorBytes,
                           block.file_offset + from * kVhdSectorBytes, block.file});
      from = to;
    }
    return {};
  }

  File file_;
  VhdFooter footer_{};
  VhdHeader header_{};
  std::vector<std::uint32_t> table_;
};

}  // namespace

Result<std::unique_ptr<Volume>> open_vhd_volume(const std::string& path,
                                                const ImageAccess& access) {
  return open_chained_volume(path, VhdFile::open, access);
}

Result<std::vector<std::string>> vhd_files(const std::string& path, const ImageAccess& access) {
  return chained_files(path, VhdFile::open, access);
}

}  // namespace tintype
