#include "io/shadow/shadow_copies.h"

#include <gtest/gtest.h>

#include "io/volume/raw_volume.h"
#include "support/expect_ok.h"
#include "support/memory_volume.h"
#include "support/samples.h"
#include "support/temp_dir.h"
#include "support/volume_maker.h"
#include "support/vss_maker.h"

namespace tintype {
namespace {

using test::MemoryVolume;
using test::must;

constexpr std::uint64_t kArea = 16 * kVssBlockBytes;

MemoryVolume volume_with(const std::vector<test::VssStoreSpec>& stores,
                         std::uint64_t blocks = 256) {
  MemoryVolume volume(std::vector<std::byte>(blocks * kVssBlockBytes));
  test::make_vss(volume.bytes, kArea, stores);
  return volume;
}

TEST(ShadowCopies, OfAVolumeWithoutAnyAreNone) {
  EXPECT_TRUE(must(list_shadow_copies(MemoryVolume(std::vector<std::byte>(100)))).empty());
  EXPECT_TRUE(must(list_shadow_copies(MemoryVolume(std::vector<std::byte>(1 << 20)))).empty());
  EXPECT_TRUE(must(list_shadow_copies(volume_with({}))).empty());
  MemoryVolume enabled = volume_with({});
  store_le<std::uint64_t>(enabled.bytes, kVssVolumeHeaderOffset + 48, 0);  // no catalog
  EXPECT_TRUE(must(list_shadow_copies(enabled)).empty());
}

// Known answers: vshadowinfo.
TEST(ShadowCopies, OfARealVolumeAreThoseVshadowinfoLists) {
  TINTYPE_NEED_SAMPLES(samples);
  const test::TempDir dir;
  test::raw_from_qcow2(samples / "volumes/vsstest.qcow2", dir / "image");
  const auto volume = must(open_raw_volume(dir / "image"));
  const auto copies = must(list_shadow_copies(*volume));
  ASSERT_EQ(copies.size(), 2u);
  EXPECT_EQ(copies[0].number, 1u);
  EXPECT_EQ(copies[0].store_id, "600f0b69-5bdf-11e3-9d6c-005056c00008");
  EXPECT_EQ(copies[0].id, "4e3c03c2-7bc6-4288-ad96-c1eac1a55f71");
  EXPECT_EQ(copies[0].set_id, "0a4e3901-6abb-48fc-95c2-6ab9e38e9e71");
  EXPECT_EQ(filetime_text(copies[0].created), "2013-12-03T06:35:09Z");
  EXPECT_EQ(copies[0].volume_bytes, 1073741824u);
  EXPECT_EQ(copies[0].attributes, 0x00420009u);
  EXPECT_EQ(copies[1].store_id, "600f0b6d-5bdf-11e3-9d6c-005056c00008");
  EXPECT_EQ(copies[1].id, "18f1ac6e-959d-436f-bdcc-e797a729e290");
  EXPECT_EQ(copies[1].set_id, "8438a0ee-0f06-443b-ac0c-2905647ca5d6");
  EXPECT_EQ(filetime_text(copies[1].created), "2013-12-03T06:37:48Z");
  for (const ShadowCopy& copy : copies) EXPECT_EQ(copy.problem, "");
  // Their descriptors name 468 blocks each.
  EXPECT_EQ(must(shadow_changes(*volume, copies[0])).blocks, 468u);
  EXPECT_EQ(must(shadow_changes(*volume, copies[1])).blocks, 468u);
}

TEST(ShadowCopies, AreSortedByTimeWhateverTheCatalogsOrder) {
  const auto copies = must(list_shadow_copies(volume_with({{}, {}, {}, {}, {}, {}, {}})));
  ASSERT_EQ(copies.size(), 7u);
  for (std::size_t i = 0; i < 7; ++i) {
    EXPECT_EQ(copies[i].number, i + 1);
    EXPECT_TRUE(copies[i].store_id.starts_with("00ab00" + std::to_string(i)) ||
                copies[i].store_id.starts_with("01ab000" + std::to_string(i)))
        << copies[i].store_id;
    EXPECT_EQ(copies[i].problem, "");
  }
}

TEST(ShadowCopies, WhoseStoreIsElsewhereOrDamagedAreListedWithTheReason) {
  const std::uint64_t bytes = 256 * kVssBlockBytes;
  MemoryVolume volume{std::vector<std::byte>(bytes)};
  const auto layout = test::make_vss(volume.bytes, kArea,
                                     {{.on_this_volume = false},
                                      {},
                                      {.volume_bytes = bytes + 512},
                                      {.volume_bytes = bytes - 100},
                                      {.volume_bytes = bytes - 512}});
  volume.bytes[layout.headers.back() + 20] = std::byte{3};  // the second, written last
  const auto copies = must(list_shadow_copies(volume));
  ASSERT_EQ(copies.size(), 5u);
  for (std::size_t i = 0; i < 4; ++i) EXPECT_NE(copies[i].problem, "") << i;
  EXPECT_EQ(copies[4].problem, "");
  EXPECT_FALSE(shadow_changes(volume, copies[0]));
}

TEST(ShadowCopies, AreFoundByNumberAgeAndId) {
  const MemoryVolume volume = volume_with({{}, {}, {}});
  const auto copies = must(list_shadow_copies(volume));
  const auto find = [&](std::string_view which) { return find_shadow_copy(copies, which, volume); };
  EXPECT_EQ(must(find("1")), 0u);
  EXPECT_EQ(must(find("3")), 2u);
  EXPECT_EQ(must(find("latest")), 2u);
  EXPECT_EQ(must(find(copies[1].id)), 1u);
  EXPECT_EQ(must(find("{" + copies[1].id + "}")), 1u);
  EXPECT_EQ(must(find(copies[1].store_id)), 1u);
  EXPECT_EQ(must(find(copies[1].id.substr(0, 8))), 1u);
  std::string upper = copies[1].id;
  for (char& c : upper) c = static_cast<char>(std::toupper(c));
  EXPECT_EQ(must(find(upper)), 1u);
  for (const char* wrong : {"", "0", "4", "-1", "1x", "first", "99999999999999999999", "{}",
                            "00000000-0000", "02ab000"})
    EXPECT_FALSE(find(wrong)) << wrong;
  const std::string line = find("9").error().line();
  EXPECT_NE(line.find("it has 3"), std::string::npos) << line;
}

TEST(ShadowCopies, OfADamagedCatalogAreAnError) {
  const MemoryVolume sound = volume_with({{}, {}, {}, {}, {}, {}});
  const std::uint64_t catalog = load_le<std::uint64_t>(sound.bytes, kVssVolumeHeaderOffset + 48);
  const std::uint64_t next = load_le<std::uint64_t>(sound.bytes, catalog + 40);
  ASSERT_NE(next, 0u);
  const auto with = [&](std::uint64_t at, std::uint64_t value) {
    MemoryVolume volume(sound.bytes);
    store_le<std::uint64_t>(volume.bytes, at, value);
    return list_shadow_copies(volume);
  };
  EXPECT_TRUE(with(0, 0));
  EXPECT_FALSE(with(kVssVolumeHeaderOffset + 48, catalog + 512));       // no block there
  EXPECT_FALSE(with(kVssVolumeHeaderOffset + 48, catalog + 1));         // unaligned
  EXPECT_FALSE(with(kVssVolumeHeaderOffset + 48, sound.bytes.size()));  // behind the end
  EXPECT_FALSE(with(kVssVolumeHeaderOffset + 48, ~std::uint64_t{511}));
  EXPECT_FALSE(with(kVssVolumeHeaderOffset + 16, 9));  // version
  EXPECT_FALSE(with(catalog, 0));                      // identifier
  EXPECT_FALSE(with(catalog + 32, 0));                 // lies somewhere else, it says
  const auto loop = with(next + 40, catalog);
  ASSERT_FALSE(loop);
  EXPECT_NE(loop.error().what.find("comes back"), std::string::npos) << loop.error().line();
}

TEST(Filetime, IsTextInUtc) {
  EXPECT_EQ(filetime_text(0), "");
  EXPECT_EQ(filetime_text(1), "1601-01-01T00:00:00Z");
  EXPECT_EQ(filetime_text(116'444'736'000'000'000), "1970-01-01T00:00:00Z");
  EXPECT_EQ(filetime_text(2'650'467'743'999'999'999), "9999-12-31T23:59:59Z");
  EXPECT_EQ(filetime_text(2'650'467'744'000'000'000), "");
  EXPECT_EQ(filetime_text(~std::uint64_t{0}), "");
}

}  // namespace
}  // namespace tintype
