#include "io/volume/vhd_volume.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <optional>

#include "io/aligned_buffer.h"
#include "io/extent_map.h"
#include "io/volume/image_folder.h"
#include "io/volume/patched_volume.h"
#include "io/volume/vhd_format.h"

namespace tintype {
namespace {

using Patch = PatchedVolume::Patch;

constexpr std::size_t kChainMax = 64;
// 2040 GiB is what the format holds.
constexpr std::uint64_t kDiskBytesMax = std::uint64_t{2040} << 30;
constexpr std::uint32_t kBlockBytesMin = 4096, kBlockBytesMax = 256u << 20;
constexpr std::uint32_t kTableEntriesMax = 16u
                                           << 20;  // 64 MiB of table: 2040 GiB in 128 KiB blocks
// A disk in more pieces than this (1 GiB of memory) is no real one.
constexpr std::size_t kPatchesMax = std::size_t{32} << 20;
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

// Enough for a path; what is not ASCII is kept as UTF-8.
std::string from_utf16(std::span<const std::uint16_t> units) {
  std::string text;
  for (std::size_t i = 0; i < units.size() && units[i] != 0; ++i) {
    std::uint32_t point = units[i];
    if (point >= 0xD800 && point < 0xDC00 && i + 1 < units.size() && units[i + 1] >= 0xDC00 &&
        units[i + 1] < 0xE000)
      point = 0x10000 + ((point - 0xD800) << 10) + (units[++i] - 0xDC00u);
    if (point < 0x80) {
      text += static_cast<char>(point);
      continue;
    }
    const int more = point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;
    constexpr std::array<unsigned, 4> kLead = {0, 0xC0, 0xE0, 0xF0};
    text += static_cast<char>(kLead[static_cast<std::size_t>(more)] | (point >> (6 * more)));
    for (int k = more - 1; k >= 0; --k)
      text += static_cast<char>(0x80 | ((point >> (6 * k)) & 0x3F));
  }
  std::ranges::replace(text, '\\', '/');
  return text;
}

std::string last_part(const std::string& path) {
  return path.substr(path.find_last_of('/') + 1);
}

// One file of a chain, checked.
class VhdFile {
 public:
  static Result<VhdFile> open(const std::string& path) {
    VhdFile vhd;
    TINTYPE_TRY(vhd.file_, File::open_source(path, Caching::page_cache));
    TINTYPE_CHECK(vhd.read_footer());
    if (vhd.footer_.type == kVhdFixed) {
      if (vhd.disk_bytes() > vhd.file_bytes()) return damaged(vhd.file_, "it is cut short");
      return vhd;
    }
    TINTYPE_CHECK(vhd.read_header());
    TINTYPE_CHECK(vhd.read_table());
    return vhd;
  }

  [[nodiscard]] const File& file() const noexcept { return file_; }
  [[nodiscard]] std::uint64_t disk_bytes() const noexcept { return footer_.current_bytes; }
  [[nodiscard]] bool is_differencing() const noexcept { return footer_.type == kVhdDifferencing; }

  [[nodiscard]] bool is_parent_of(const VhdFile& child) const noexcept {
    return std::ranges::equal(footer_.unique_id, child.header_.parent_id);
  }

  // By what names it knows its parent, the likeliest first.
  [[nodiscard]] std::vector<std::string> parent_names() const {
    std::vector<std::string> names;
    for (const VhdHeader::Locator& locator : header_.locators) {
      if (std::string_view(locator.platform, 4) != "W2ru" || locator.length > kNameBytesMax)
        continue;
      std::vector<le16> units(locator.length / 2);
      const auto got = file_.read_at(locator.offset, std::as_writable_bytes(std::span(units)));
      if (!got || *got < units.size() * 2) continue;
      names.push_back(from_utf16(std::vector<std::uint16_t>(units.begin(), units.end())));
    }
    names.push_back(from_utf16(std::vector<std::uint16_t>(std::begin(header_.parent_name),
                                                          std::end(header_.parent_name))));
    for (std::size_t i = 0, count = names.size(); i < count; ++i)
      names.push_back(last_part(names[i]));
    std::erase(names, "");
    return names;
  }

  // Where this file has the disk's bytes, in order; the parent's are left out.
  Result<std::vector<Patch>> patches(std::uint32_t number) const {
    std::vector<Patch> patches;
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
      if (!is_differencing())
        patches.push_back(whole);  // sectors not marked are zeros here
      else
        TINTYPE_CHECK(add_marked(whole, patches));
      if (patches.size() > kPatchesMax) return damaged(file_, "it is in too many pieces");
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
    if (file_bytes() < sizeof footer_) return damaged(file_, "it is shorter than its footer");
    TINTYPE_TRY(footer_, read_record<VhdFooter>(file_, file_bytes() - sizeof footer_));
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
  Result<void> add_marked(const Patch& block, std::vector<Patch>& patches) const {
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

// `upper`, and of `lower` what lies in between: both sorted.
std::vector<Patch> laid_over(const std::vector<Patch>& upper, const std::vector<Patch>& lower) {
  std::vector<Patch> all;
  auto over = upper.begin();
  for (Patch rest : lower) {
    while (rest.length > 0) {
      while (over != upper.end() && over->end() <= rest.offset) all.push_back(*over++);
      const std::uint64_t to =
          over == upper.end() ? rest.end() : std::clamp(over->offset, rest.offset, rest.end());
      if (to > rest.offset)
        all.push_back({rest.offset, to - rest.offset, rest.file_offset, rest.file});
      const std::uint64_t next =
          over == upper.end() ? rest.end() : std::clamp(over->end(), to, rest.end());
      rest.file_offset += next - rest.offset;
      rest.length -= next - rest.offset;
      rest.offset = next;
    }
  }
  all.insert(all.end(), over, upper.end());
  return all;
}

Result<VhdFile> open_parent(const ImageFolder& folder, const VhdFile& child) {
  const std::string& path = child.file().path();
  std::optional<Error> first;
  for (const std::string& name : child.parent_names()) {
    auto found = folder.find(path, name);
    auto parent = found ? VhdFile::open(*found) : tl::unexpected(std::move(found).error());
    if (parent && parent->is_parent_of(child)) return parent;
    if (parent)
      parent = plain_error(fmt::format("cannot read {}: {} is not the disk that it is based on",
                                       path, parent->file().path()),
                           "look for the parent that it was made from");
    if (!first) first = std::move(parent).error();
  }
  if (first) return tl::unexpected(*std::move(first));
  return damaged(child.file(), "it does not name its parent");
}

// The image itself first.
Result<std::vector<VhdFile>> open_chain(const std::string& path) {
  TINTYPE_TRY(const ImageFolder folder, ImageFolder::of(path));
  TINTYPE_TRY(VhdFile first, VhdFile::open(path));
  std::vector<VhdFile> chain;
  chain.push_back(std::move(first));
  while (chain.back().is_differencing()) {
    if (chain.size() == kChainMax)
      return damaged(chain.front().file(),
                     fmt::format("more than {} disks are based on one another", kChainMax));
    TINTYPE_TRY(VhdFile parent, open_parent(folder, chain.back()));
    chain.push_back(std::move(parent));
  }
  return chain;
}

}  // namespace

Result<std::unique_ptr<Volume>> open_vhd_volume(const std::string& path) {
  TINTYPE_TRY(const std::vector<VhdFile> chain, open_chain(path));
  const std::uint64_t disk_bytes = chain.front().disk_bytes();
  std::vector<File> files;
  std::vector<Patch> patches;
  for (const VhdFile& vhd : chain) {
    TINTYPE_TRY(File file, PatchedVolume::open_file(vhd.file().path()));
    if (!file.is_same_file_as(vhd.file()))
      return plain_error(
          fmt::format("cannot read {}: it was replaced while it was opened", vhd.file().path()),
          "try again");
    TINTYPE_TRY(std::vector<Patch> own, vhd.patches(static_cast<std::uint32_t>(files.size())));
    files.push_back(std::move(file));
    // A parent may be larger; what it has behind the end is not seen.
    std::erase_if(own, [&](const Patch& patch) { return patch.offset >= disk_bytes; });
    if (!own.empty())
      own.back().length = std::min(own.back().end(), disk_bytes) - own.back().offset;
    patches = laid_over(patches, own);
    if (patches.size() > kPatchesMax) return damaged(vhd.file(), "it is in too many pieces");
  }
  return std::make_unique<PatchedVolume>(path, disk_bytes, std::move(files), std::move(patches));
}

Result<std::vector<std::string>> vhd_files(const std::string& path) {
  TINTYPE_TRY(const std::vector<VhdFile> chain, open_chain(path));
  std::vector<std::string> files;
  for (const VhdFile& vhd : chain) files.push_back(vhd.file().path());
  return files;
}

}  // namespace tintype
