// The head and the index of a folder's image: there and back, and lies.
#include "io/folder/folder_format.h"

#include <gtest/gtest.h>

#include <functional>

#include "support/expect_ok.h"
#include "support/temp_dir.h"

namespace tintype {
namespace {

constexpr FolderHead kHead{.index_at = 0x123456'000,
                           .index_bytes = 987654,
                           .entries = 42,
                           .separator_bytes = 1536,
                           .index_digest = {.low = 0x1122334455667788, .high = 0x99}};
constexpr std::uint64_t kDataEnd = 1 << 20;

TEST(FolderFormat, HeadComesBack) {
  const auto bytes = to_bytes(kHead);
  EXPECT_EQ(parse_folder_head(bytes), kHead);
  EXPECT_FALSE(parse_folder_head(std::span(bytes).first(1023)));
}

TEST(FolderFormat, AHeadOfVersion1ComesBackAsSuch) {
  FolderHead head = kHead;
  head.version = 1;
  const auto bytes = to_bytes(head);
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()) + 512, 512);
  EXPECT_EQ(text.substr(0, 43), "512 comment=TINTYPE folder image 1; index o");
  EXPECT_NE(text.find(" files at "), std::string_view::npos);
  EXPECT_EQ(parse_folder_head(bytes), head);
}

TEST(FolderFormat, NoFlippedBitOfAHeadIsOverlooked) {
  const auto bytes = to_bytes(kHead);
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    auto flipped = bytes;
    flipped[bit / 8] ^= static_cast<std::byte>(1 << bit % 8);
    const auto head = parse_folder_head(flipped);
    // In a number it makes another number; the digest over the index tells then.
    EXPECT_TRUE(!head || *head != kHead) << bit;
  }
}

// A head, fillers and pieces of an index are comments to every tar.
TEST(FolderFormat, TarsTakeItForComments) {
  test::TempDir dir;
  std::vector<std::byte> archive;
  const auto append = [&](auto bytes) {
    archive.insert(archive.end(), bytes.begin(), bytes.end());
  };
  append(to_bytes(kHead));
  for (const std::size_t length : {512u, 1024u, 1536u, 4096u}) append(folder_filler(length));
  std::vector<std::byte> piece = folder_index_piece_head();
  piece.resize(kIndexPieceBytes - 1, std::byte{0xAB});
  piece.push_back(std::byte{'\n'});
  append(piece);
  archive.resize(archive.size() + 1024);
  test::write_file(dir / "t.tar", archive);
  for (const char* tar : {"tar", "bsdtar"}) {
    const auto outcome = test::run_command(std::string(tar) + " tf " + (dir / "t.tar"));
    EXPECT_EQ(outcome.exit_code, 0) << tar;
    EXPECT_EQ(outcome.output, "") << tar;
  }
}

std::vector<FolderMember> members() {
  using Kind = FolderMemberKind;
  return {{.path = "other", .modified = {}, .kind = Kind::hard_link, .text = "empty", .mode = 0644},
          {.path = "Mailbox", .modified = {.tv_sec = 7}, .kind = Kind::folder, .mode = 04755},
          {.path = "link", .modified = {}, .kind = Kind::symbolic_link, .text = "/etc/passwd"},
          {.path = "pipe", .modified = {}, .kind = Kind::pipe, .mode = 0},
          {.path = "Mailbox/DB1.edb",
           .size_bytes = 70000,
           .data_at = 4096,
           .modified = {.tv_sec = -5, .tv_nsec = 999'999'999}},
          {.path = "empty", .size_bytes = 0, .data_at = 90112, .modified = {}},
          {.path = "holes \xff",
           .size_bytes = 1 << 30,
           .data_at = 98304,
           .modified = {.tv_sec = 1'700'000'000},
           .sparse = true,
           .runs = {{4096, 8192}, {1 << 20, 100}}},
          {.path = "hole", .size_bytes = 5, .data_at = 114688, .modified = {}, .sparse = true}};
}

// What a parser makes of an index that comes in pieces of `step` bytes.
Result<std::vector<FolderMember>> parse(std::span<const std::byte> index, std::size_t step) {
  FolderIndexParser parser(kDataEnd);
  std::vector<FolderMember> found;
  while (!index.empty()) {
    const std::size_t count = std::min(step, index.size());
    parser.feed(index.first(count));
    index = index.subspan(count);
    for (FolderMember member;;) {
      TINTYPE_TRY(const bool got, parser.next(member));
      if (!got) break;
      found.push_back(member);
    }
  }
  if (!parser.at_entry()) return plain_error("cut");
  return found;
}

bool same(const FolderMember& a, const FolderMember& b) {
  return a.path == b.path && a.size_bytes == b.size_bytes && a.data_at == b.data_at &&
         a.modified.tv_sec == b.modified.tv_sec && a.modified.tv_nsec == b.modified.tv_nsec &&
         a.sparse == b.sparse && a.runs == b.runs && a.kind == b.kind && a.text == b.text &&
         a.mode == b.mode;
}

TEST(FolderFormat, IndexComesBackHoweverItIsCut) {
  std::vector<std::byte> index;
  for (const FolderMember& member : members()) append_index_entry(member, index);
  for (const std::size_t step : {1u, 7u, 39u, 100u, 1000u}) {
    const auto found = test::must(parse(index, step));
    ASSERT_EQ(found.size(), members().size()) << step;
    for (std::size_t i = 0; i < found.size(); ++i) EXPECT_TRUE(same(found[i], members()[i])) << i;
  }
  for (std::size_t cut = 1; cut < index.size(); ++cut) {
    const auto found = parse(std::span(index).first(cut), 64);
    EXPECT_TRUE(!found || found->size() < members().size()) << cut;
  }
}

FolderMember a_file() {
  return members()[4];
}

TEST(FolderFormat, LinksThatLieAreRefused) {
  using Kind = FolderMemberKind;
  const std::vector<std::pair<const char*, FolderMember>> kLies = {
      {"a name of nothing", {.path = "a", .modified = {}, .kind = Kind::hard_link}},
      {"a name of what is outside",
       {.path = "a", .modified = {}, .kind = Kind::hard_link, .text = "../b"}},
      {"a link to nowhere", {.path = "a", .modified = {}, .kind = Kind::symbolic_link}},
      {"a link with a NUL",
       {.path = "a", .modified = {}, .kind = Kind::symbolic_link, .text = std::string("b\0c", 3)}},
      {"a folder with a text", {.path = "a", .modified = {}, .kind = Kind::folder, .text = "b"}},
      {"a folder with data", {.path = "a", .data_at = 4096, .modified = {}, .kind = Kind::folder}},
      {"a folder with holes", {.path = "a", .modified = {}, .sparse = true, .kind = Kind::folder}},
      {"no such kind", {.path = "a", .modified = {}, .kind = static_cast<Kind>(6)}},
      {"a mode with a type", {.path = "a", .modified = {}, .kind = Kind::pipe, .mode = 0x8000}}};
  for (const auto& [what, lie] : kLies) {
    std::vector<std::byte> index;
    append_index_entry(lie, index);
    EXPECT_FALSE(parse(index, 64)) << what;
  }
  // A name behind its file would be overlooked by whoever looks for it.
  std::vector<std::byte> index;
  append_index_entry(a_file(), index);
  append_index_entry(members()[0], index);
  EXPECT_FALSE(parse(index, 64));
}

TEST(FolderFormat, AnIndexThatLiesIsRefused) {
  const std::vector<std::pair<const char*, std::function<void(FolderMember&)>>> kLies = {
      {"up", [](auto& m) { m.path = "a/../../etc/passwd"; }},
      {"up at the end", [](auto& m) { m.path = "a/.."; }},
      {"absolute", [](auto& m) { m.path = "/etc/passwd"; }},
      {"nameless", [](auto& m) { m.path = ""; }},
      {"empty component", [](auto& m) { m.path = "a//b"; }},
      {"slash at the end", [](auto& m) { m.path = "a/"; }},
      {"dot", [](auto& m) { m.path = "./a"; }},
      {"NUL", [](auto& m) { m.path = std::string("a\0b", 3); }},
      {"outside", [](auto& m) { m.data_at = kDataEnd; }},
      {"far outside", [](auto& m) { m.data_at = ~std::uint64_t{511}; }},
      {"unaligned", [](auto& m) { m.data_at += 1; }},
      {"in the head", [](auto& m) { m.data_at = 512; }},
      {"too large", [](auto& m) { m.size_bytes = kDataEnd; }},
      {"huge", [](auto& m) { m.size_bytes = ~std::uint64_t{0}; }},
      {"runs without holes",
       [](auto& m) {
         m.runs = {{0, 1}};
       }},
      {"an empty run",
       [](auto& m) {
         m.sparse = true, m.runs = {{0, 0}};
       }},
      {"a run behind the end",
       [](auto& m) {
         m.sparse = true, m.runs = {{69999, 2}};
       }},
      {"runs out of order",
       [](auto& m) {
         m.sparse = true, m.runs = {{100, 1}, {0, 1}};
       }},
      {"overlapping runs",
       [](auto& m) {
         m.sparse = true, m.runs = {{0, 10}, {9, 1}};
       }},
      {"no such time", [](auto& m) { m.modified.tv_nsec = 1'000'000'000; }},
  };
  for (const auto& [what, lie] : kLies) {
    FolderMember member = a_file();
    lie(member);
    std::vector<std::byte> index;
    append_index_entry(member, index);
    EXPECT_FALSE(parse(index, 64)) << what;
  }
  // Two files with the same bytes.
  std::vector<std::byte> index;
  FolderMember second = a_file();
  append_index_entry(second, index);
  second.data_at += 69632;
  append_index_entry(second, index);
  EXPECT_FALSE(parse(index, 64));
}

TEST(FolderFormat, AnyFlippedBitOfAnIndexIsAnErrorOrAnotherIndex) {
  std::vector<std::byte> index;
  for (const FolderMember& member : members()) append_index_entry(member, index);
  for (std::size_t bit = 0; bit < index.size() * 8; ++bit) {
    auto flipped = index;
    flipped[bit / 8] ^= static_cast<std::byte>(1 << bit % 8);
    const auto found = parse(flipped, 64);
    if (!found) continue;
    for (const FolderMember& member : *found) {
      EXPECT_LE(member.data_at + member.stored_bytes(), kDataEnd);
      EXPECT_EQ(("/" + member.path + "/").find("/../"), std::string::npos);
    }
  }
}

}  // namespace
}  // namespace tintype
