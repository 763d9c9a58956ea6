#include "io/shadow/shadow_copies.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstring>

#include "io/shadow/vss_chain.h"
#include "io/shadow/vss_store.h"

namespace tintype {
namespace {

constexpr std::size_t kIdCharactersMin = 8;
// One catalog entry a shadow copy and one a store, and as many again that are out of use.
constexpr std::size_t kCatalogEntriesMax = 4 * kVssShadowCopiesMax;
constexpr std::uint64_t kCatalogBlocksMax = 1024;

template <class T>
T load(std::span<const std::byte> bytes) {
  T value;
  std::memcpy(&value, bytes.data(), sizeof value);
  return value;
}

std::string guid_text(const VssGuid& guid) {
  const std::span<const std::byte> bytes(guid);
  const auto byte = [&](std::size_t i) { return std::to_integer<unsigned>(bytes[i]); };
  return fmt::format("{:08x}-{:04x}-{:04x}-{:02x}{:02x}-{:02x}{:02x}{:02x}{:02x}{:02x}{:02x}",
                     load_le<std::uint32_t>(bytes, 0), load_le<std::uint16_t>(bytes, 4),
                     load_le<std::uint16_t>(bytes, 6), byte(8), byte(9), byte(10), byte(11),
                     byte(12), byte(13), byte(14), byte(15));
}

struct Catalog {
  std::vector<VssShadowCopyEntry> copies;
  std::vector<VssStoreEntry> stores;
};

Result<Catalog> read_catalog(const Volume& volume, std::uint64_t offset) {
  constexpr std::string_view kWhat = "the catalog of shadow copies";
  Catalog catalog;
  TINTYPE_CHECK(visit_vss_chain(volume, {offset, VssRecord::catalog, kWhat, kCatalogBlocksMax},
                                [&](std::span<const std::byte> entries) -> Result<void> {
                                  for (; entries.size() >= kVssCatalogEntryBytes;
                                       entries = entries.subspan(kVssCatalogEntryBytes)) {
                                    const auto type = load_le<std::uint64_t>(entries, 0);
                                    if (type == kVssEntryShadowCopy)
                                      catalog.copies.push_back(load<VssShadowCopyEntry>(entries));
                                    else if (type == kVssEntryStore)
                                      catalog.stores.push_back(load<VssStoreEntry>(entries));
                                  }
                                  if (catalog.copies.size() > kVssShadowCopiesMax ||
                                      catalog.stores.size() > kCatalogEntriesMax)
                                    return vss_damage(volume, kWhat,
                                                      fmt::format("it lists more than {} of them",
                                                                  kVssShadowCopiesMax));
                                  return {};
                                }));
  return catalog;
}

Result<void> read_store_header(const Volume& volume, std::uint64_t offset, ShadowCopy& copy) {
  const std::string what = fmt::format("the store of shadow copy {}", copy.number);
  std::vector<std::byte> block(kVssBlockBytes);
  TINTYPE_CHECK(read_vss_block(volume, offset, VssRecord::store_header, what, block));
  const auto info = load<VssStoreInfo>(std::span(block).subspan(sizeof(VssBlockHeader)));
  copy.id = guid_text(info.shadow_copy_id);
  copy.set_id = guid_text(info.set_id);
  copy.attributes = info.attributes;
  return {};
}

void describe_store(const Volume& volume, const Catalog& catalog, const VssGuid& store_id,
                    ShadowCopy& copy) {
  const auto store =
      std::ranges::find_if(catalog.stores, [&](const auto& s) { return s.store_id == store_id; });
  if (store == catalog.stores.end()) {
    copy.problem = "what it keeps lies on another volume";
    return;
  }
  copy.block_list_offset = store->block_list_offset;
  copy.bitmap_offset = store->bitmap_offset;
  copy.previous_bitmap_offset = store->previous_bitmap_offset;
  if (const auto header = read_store_header(volume, store->header_offset, copy); !header)
    copy.problem = header.error().what;
  else if (copy.volume_bytes == 0 || copy.volume_bytes % 512 != 0 ||
           copy.volume_bytes > volume.size_bytes())
    copy.problem = fmt::format("it is of a volume of {} bytes, this one has {}", copy.volume_bytes,
                               volume.size_bytes());
}

bool names(std::string_view id, std::string_view wanted) {
  if (id.size() < wanted.size()) return false;
  return std::ranges::equal(id.substr(0, wanted.size()), wanted, [](char in_id, char in_wanted) {
    return in_id == (in_wanted >= 'A' && in_wanted <= 'F' ? in_wanted - 'A' + 'a' : in_wanted);
  });
}

}  // namespace

Result<std::vector<ShadowCopy>> list_shadow_copies(const Volume& volume) {
  std::vector<ShadowCopy> copies;
  std::byte bytes[sizeof(VssVolumeHeader)];
  if (volume.size_bytes() < kVssVolumeHeaderOffset + sizeof bytes) return copies;
  TINTYPE_CHECK(volume.read(kVssVolumeHeaderOffset, bytes));
  const auto header = load<VssVolumeHeader>(bytes);
  if (header.identifier != kVssIdentifier) return copies;
  if (header.record != static_cast<std::uint32_t>(VssRecord::volume_header) ||
      (header.version != 1 && header.version != 2))
    return vss_damage(
        volume, "the header of the shadow copies",
        fmt::format("version {}, record {}", header.version.value(), header.record.value()));
  TINTYPE_TRY(Catalog catalog, read_catalog(volume, header.catalog_offset));
  std::ranges::stable_sort(catalog.copies, {}, [](const VssShadowCopyEntry& entry) {
    return std::pair(entry.created.value(), entry.sequence.value());
  });
  for (const VssShadowCopyEntry& entry : catalog.copies) {
    ShadowCopy& copy = copies.emplace_back();
    copy.number = static_cast<unsigned>(copies.size());
    copy.store_id = guid_text(entry.store_id);
    copy.created = entry.created;
    copy.volume_bytes = entry.volume_bytes;
    describe_store(volume, catalog, entry.store_id, copy);
  }
  return copies;
}

Result<std::size_t> find_shadow_copy(const std::vector<ShadowCopy>& copies, std::string_view which,
                                     const Volume& volume) {
  constexpr const char* kHint = "tintype show lists the shadow copies of a volume";
  if (copies.empty())
    return plain_error(volume.name() + " has no shadow copies",
                       "is it the whole NTFS volume, from its boot sector on?");
  if (which == "latest") return copies.size() - 1;
  unsigned number = 0;
  const auto [end, error] = std::from_chars(which.data(), which.data() + which.size(), number);
  if (error == std::errc() && end == which.data() + which.size() &&
      which.size() < kIdCharactersMin) {
    if (number >= 1 && number <= copies.size()) return number - 1;
    return plain_error(
        fmt::format("{} has no shadow copy {}: it has {}", volume.name(), number, copies.size()),
        kHint);
  }
  std::string_view id = which;
  if (id.starts_with('{')) id.remove_prefix(1);
  if (id.ends_with('}')) id.remove_suffix(1);
  if (id.size() < kIdCharactersMin)
    return plain_error(
        fmt::format("\"{}\" names no shadow copy", which),
        "write its number, counted from 1, the oldest; latest; or 8 characters or more of its id");
  std::vector<std::size_t> fitting;
  for (std::size_t i = 0; i < copies.size(); ++i)
    if (names(copies[i].id, id) || names(copies[i].store_id, id)) fitting.push_back(i);
  if (fitting.size() != 1)
    return plain_error(fmt::format("{} has {} shadow copies whose id begins with {}", volume.name(),
                                   fitting.empty() ? "no" : "several", id),
                       kHint);
  return fitting[0];
}

Result<ShadowChanges> shadow_changes(const Volume& volume, const ShadowCopy& copy) {
  if (!copy.problem.empty())
    return plain_error(fmt::format("shadow copy {} of {} cannot be read: {}", copy.number,
                                   volume.name(), copy.problem));
  VssBudget budget;
  TINTYPE_TRY(const VssStore store, VssStore::read(volume, copy, budget));
  return ShadowChanges{store.changed_blocks(), store.kept_blocks() * kVssBlockBytes};
}

std::string filetime_text(std::uint64_t filetime) {
  using namespace std::chrono;
  constexpr sys_days kEpoch = year{1601} / January / 1;
  constexpr std::uint64_t kEndOfYear9999 = 2'650'467'744'000'000'000;
  if (filetime == 0 || filetime >= kEndOfYear9999) return {};
  const seconds since(static_cast<std::int64_t>(filetime / 10'000'000));
  const days whole = duration_cast<days>(since);
  const year_month_day date(kEpoch + whole);
  const hh_mm_ss time(since - whole);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     time.hours().count(), time.minutes().count(), time.seconds().count());
}

}  // namespace tintype
