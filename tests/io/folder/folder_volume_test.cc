// A folder as a volume: other programs unpack it to the same folder, every way of reading it gives
// the same bytes, and nothing that happens to the folder meanwhile goes unnoticed.
#include "io/folder/folder_volume.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <condition_variable>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <random>

#include "io/aligned_buffer.h"
#include "io/file/remote_reader.h"
#include "io/folder/folder_format.h"
#include "io/folder/folder_map.h"
#include "support/expect_ok.h"
#include "support/odd_tree.h"
#include "support/temp_dir.h"
#include "support/tiny_tmpfs.h"
#include "support/volume_bytes.h"
#include "support/volume_maker.h"

namespace tintype {
namespace {

namespace fs = std::filesystem;
using test::all_of;
using test::must;
using ::testing::HasSubstr;

constexpr auto kGoOn = [] { return true; };

void put(const std::string& path, std::size_t bytes, char fill = 'x') {
  std::ofstream(path) << std::string(bytes, fill);
}

void expect_unpacks_alike(const std::string& tree, test::TempDir& dir) {
  const auto volume = must(open_folder_volume(tree, {}));
  EXPECT_EQ(volume->layout().problems.total, 0u);
  test::write_file(dir / "t.tar", all_of(*volume));
  for (const std::string tar : {"tar --warning=no-unknown-keyword --xattrs --xattrs-include='*' "
                                "--acls",
                                "bsdtar"}) {
    const std::string out = dir / "unpacked";
    fs::create_directory(out);
    const auto outcome = test::run_command(tar + " -C '" + out + "' -xpf " + (dir / "t.tar"));
    EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
    if (tar == "bsdtar")  // which leaves the time of the folder it stands in
      fs::last_write_time(out, fs::last_write_time(tree));
    std::string differ = test::differences(tree, out);
    EXPECT_EQ(differ, "") << tar;
    EXPECT_LE(test::blocks_of(out), test::blocks_of(tree) + 64) << "holes stay holes";
    static_cast<void>(test::run_command("rm -rf '" + out + "'"));
  }
  EXPECT_EQ(volume->finish(kGoOn).total, 0u);
}

TEST(FolderVolume, OtherProgramsUnpackItToTheSameFolder) {
  if (::geteuid() != 0) GTEST_SKIP() << "owners and devices need root";
  test::TempDir dir;
  test::make_odd_tree(dir / "tree");
  expect_unpacks_alike(dir / "tree", dir);
}

TEST(FolderVolume, AnEmptyFolderIsOneToo) {
  test::TempDir dir;
  fs::create_directory(dir / "tree");
  expect_unpacks_alike(dir / "tree", dir);
  EXPECT_FALSE(open_folder_volume(dir / "nothing", {}));
}

TEST(FolderVolume, TheSameFolderGivesTheSameBytes) {
  test::TempDir dir;
  test::make_odd_tree(dir / "tree");
  EXPECT_EQ(all_of(*must(open_folder_volume(dir / "tree", {}))),
            all_of(*must(open_folder_volume(dir / "tree", {}))));
}

// The slow twin is one read of it all.
TEST(FolderVolume, AnyReadsOfTheDataPathGiveTheSameBytes) {
  test::TempDir dir;
  test::make_odd_tree(dir / "tree");
  const auto volume = must(open_folder_volume(dir / "tree", {}));
  const auto expected = all_of(*volume);
  const auto all = must(volume->data_extents());
  EXPECT_EQ(all, (ExtentList{{0, volume->size_bytes()}}));
  const File* file = nullptr;
  volume->map({0, volume->size_bytes()}, [&](const Volume::Piece& piece) { file = piece.file; });
  ASSERT_NE(file, nullptr);
  ASSERT_NE(file->remote(), nullptr);

  struct Waiting final : ReadSink {
    void read_done(std::uint64_t ticket, std::int32_t result) noexcept override {
      const std::lock_guard lock(mutex);
      results[ticket] = result;
      --left;
      done.notify_all();
    }
    std::mutex mutex;
    std::condition_variable done;
    std::vector<std::int32_t> results;
    std::size_t left = 0;
  };
  std::mt19937_64 random(7);
  for (int round = 0; round < 6; ++round) {
    constexpr std::size_t kReads = 40, kBytesMax = 1 << 20;
    AlignedBuffer buffer(kReads * kBytesMax);
    Waiting sink;
    sink.results.resize(kReads);
    sink.left = kReads;
    std::vector<Extent> ranges;
    for (std::size_t i = 0; i < kReads; ++i) {
      const std::uint64_t unit = round % 2 == 0 ? 512 : 65536;
      const std::uint64_t at = random() % volume->size_bytes() / unit * unit;
      ranges.push_back({at, std::min<std::uint64_t>(unit * (1 + random() % (kBytesMax / unit)),
                                                    volume->size_bytes() - at)});
      file->remote()->start_read(at, buffer.bytes().subspan(i * kBytesMax, ranges[i].length), sink,
                                 i);
    }
    std::unique_lock lock(sink.mutex);
    sink.done.wait(lock, [&] { return sink.left == 0; });
    for (std::size_t i = 0; i < kReads; ++i) {
      ASSERT_EQ(sink.results[i], static_cast<std::int32_t>(ranges[i].length));
      ASSERT_EQ(std::memcmp(buffer.bytes().data() + i * kBytesMax,
                            expected.data() + ranges[i].offset, ranges[i].length),
                0)
          << ranges[i].offset;
    }
  }
}

TEST(FolderVolume, DataOfLargeFilesAreAligned) {
  test::TempDir dir;
  test::make_odd_tree(dir / "tree");
  const auto volume = must(open_folder_volume(dir / "tree", {}));
  std::size_t large = 0;
  const FolderTree& tree = volume->layout().tree;
  for (std::size_t i = 0; i < tree.files().size(); ++i) {
    EXPECT_EQ(tree.files()[i].data_at % 512, 0u);
    if (tree.stored_bytes(i) < 65536) continue;
    ++large;
    EXPECT_EQ(tree.files()[i].data_at % 4096, 0u) << tree.path_of(tree.files()[i]);
  }
  EXPECT_GE(large, 6u);
}

TEST(FolderVolume, TwentyThousandSmallFilesTakeFewDescriptors) {
  test::TempDir dir;
  for (int i = 0; i < 20'000; ++i) {
    const std::string folder = dir / ("tree/" + std::to_string(i / 200));
    if (i % 200 == 0) fs::create_directories(folder);
    put(folder + "/" + std::to_string(i), static_cast<std::size_t>(i % 700));
  }
  rlimit before{};
  ::getrlimit(RLIMIT_NOFILE, &before);
  const rlimit few{.rlim_cur = 96, .rlim_max = before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &few), 0);
  {
    const auto volume = must(open_folder_volume(dir / "tree", {}));
    const auto map = must(open_folder_map(*volume));
    const auto files = must(map->find({"**"}));
    ASSERT_EQ(files.size(), 20'000u);
    for (std::size_t i = 0; i < files.size(); i += 37) {
      std::vector<std::byte> bytes(files[i].size_bytes);
      must(map->read(files[i], 0, bytes));
      EXPECT_EQ(bytes, test::read_file(dir / ("tree" + files[i].path)));
    }
    EXPECT_EQ(volume->finish(kGoOn).total, 0u);
  }
  ::setrlimit(RLIMIT_NOFILE, &before);
}

// More comments in a row than libarchive takes: their row is broken.
TEST(FolderVolume, TheIndexOfManyFilesIsNoHindranceToOtherPrograms) {
  test::TempDir dir;
  fs::create_directory(dir / "tree");
  for (int i = 0; i < 12'000; ++i)
    put(dir / ("tree/" + std::string(200, 'n') + std::to_string(i)),
        static_cast<std::size_t>(i % 3));
  const auto volume = must(open_folder_volume(dir / "tree", {}));
  const FolderHead head = *parse_folder_head(all_of(*volume));
  EXPECT_GT(head.index_bytes, 40 * kIndexPieceDataBytes);
  EXPECT_EQ(must(must(open_folder_map(*volume))->find({"**"})).size(), 12'000u);
  expect_unpacks_alike(dir / "tree", dir);
}

// What happened, and what is said of which path.
struct Change {
  const char* what;
  void (*make)(const std::string& tree);
  const char* path;
  const char* words;
  std::uint64_t lost = 0;  // bytes that zeros stand for
};
void PrintTo(const Change& change, std::ostream* out) {
  *out << change.what;
}
class ChangedFolder : public ::testing::TestWithParam<Change> {};

TEST_P(ChangedFolder, IsFoundOut) {
  test::TempDir dir;
  const std::string tree = dir / "tree";
  fs::create_directories(tree + "/sub");
  put(tree + "/large", 3 << 20);
  put(tree + "/small", 700);
  put(tree + "/sub/other", 100);
  const auto volume = must(open_folder_volume(tree, {}));
  GetParam().make(tree);
  const auto bytes = all_of(*volume);  // whatever happened, it can be read
  EXPECT_EQ(bytes.size(), volume->size_bytes());
  const FolderProblems problems = volume->finish(kGoOn);
  const ExtentList lost = volume->stand_ins({0, volume->size_bytes()});
  EXPECT_EQ(total_bytes(lost), GetParam().lost);
  for (const Extent& zeros : lost)
    for (std::uint64_t at = zeros.offset; at < zeros.end(); ++at)
      ASSERT_EQ(bytes[at], std::byte{0}) << at;
  bool found = false;
  for (const FolderProblem& problem : problems.kept)
    found |=
        problem.path == GetParam().path && problem.what.find(GetParam().words) != std::string::npos;
  EXPECT_TRUE(found) << ::testing::PrintToString([&] {
    std::vector<std::string> all;
    for (const auto& problem : problems.kept) all.push_back(problem.path + ": " + problem.what);
    return all;
  }());
}

INSTANTIATE_TEST_SUITE_P(
    FolderVolume, ChangedFolder,
    ::testing::Values(
        Change{"Shorter", [](const std::string& in) { fs::resize_file(in + "/large", 1 << 20); },
               "/large", "became shorter", 2 << 20},
        Change{"Empty", [](const std::string& in) { fs::resize_file(in + "/small", 0); }, "/small",
               "became shorter", 700},
        Change{"Longer", [](const std::string& in) { put(in + "/small", 800); }, "/small",
               "from 700 to 800 bytes"},
        Change{"Written", [](const std::string& in) { put(in + "/large", 3 << 20, 'y'); }, "/large",
               "written to"},
        Change{"Removed", [](const std::string& in) { fs::remove(in + "/small"); }, "/small",
               "removed", 700},
        Change{"Replaced",
               [](const std::string& in) {
                 put(in + "/new", 700, 'y');
                 fs::rename(in + "/new", in + "/small");
               },
               "/small", "replaced", 700},
        Change{"ALinkNow",
               [](const std::string& in) {
                 fs::remove(in + "/small");
                 fs::create_symlink("/etc/passwd", in + "/small");
               },
               "/small", "replaced", 700},
        Change{"Mode",
               [](const std::string& in) { fs::permissions(in + "/small", fs::perms::owner_read); },
               "/small", "metadata"},
        Change{"Added", [](const std::string& in) { put(in + "/sub/new", 1); }, "/sub", "added"},
        Change{"FolderRenamed",
               [](const std::string& in) { fs::rename(in + "/sub", in + "/gone"); }, "/sub",
               "removed or renamed", 100}),
    ::testing::PrintToStringParamName());

TEST(FolderVolume, NothingIsReadThroughALinkThatTookAFoldersPlace) {
  test::TempDir dir;
  fs::create_directories(dir / "tree/sub");
  fs::create_directories(dir / "outside");
  put(dir / "tree/sub/file", 1000, 'i');
  put(dir / "outside/file", 1000, 'o');
  const auto volume = must(open_folder_volume(dir / "tree", {}));
  fs::rename(dir / "tree/sub", dir / "tree/was");
  fs::create_directory_symlink(dir / "outside", dir / "tree/sub");
  const auto map = must(open_folder_map(*volume));
  const auto file = must(map->find({"/sub/file"})).at(0);
  std::vector<std::byte> bytes(1000);
  must(map->read(file, 0, bytes));
  EXPECT_EQ(bytes, std::vector<std::byte>(1000)) << "zeros, not what lies outside";
  EXPECT_GT(volume->finish(kGoOn).total, 0u);
}

TEST(FolderVolume, SocketsAndOtherFileSystemsAreLeftOutAndNamed) {
  test::TempDir dir;
  fs::create_directories(dir / "tree/mnt");
  put(dir / "tree/file", 10);
  auto tmpfs = test::TinyTmpfs::mount(dir / "tree/mnt", 1 << 20);
  if (!tmpfs) GTEST_SKIP() << tmpfs.error();
  put(dir / "tree/mnt/not-ours", 10);
  const int handle = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
  const std::string socket = dir / "tree/socket";
  socket.copy(address.sun_path, sizeof address.sun_path - 1);
  ASSERT_EQ(::bind(handle, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  const auto volume = must(open_folder_volume(dir / "tree", {}));
  ::close(handle);
  EXPECT_EQ(volume->layout().problems.total, 0u);
  const auto& left_out = volume->layout().left_out.kept;
  ASSERT_EQ(left_out.size(), 2u);
  EXPECT_EQ(left_out[0].path, "/mnt");
  EXPECT_THAT(left_out[0].what, HasSubstr("another file system"));
  EXPECT_EQ(left_out[1].path, "/socket");
  EXPECT_EQ(must(must(open_folder_map(*volume))->find({"**"})).size(), 1u);
  EXPECT_EQ(volume->finish(kGoOn).total, 0u);
}

TEST(FolderVolume, ARepositoryInTheFolderIsRefused) {
  test::TempDir dir;
  fs::create_directories(dir / "tree/deep/repo");
  fs::create_directories(dir / "tree-repo");
  const auto inside = open_folder_volume(dir / "tree", {.apart_from = dir / "tree/deep/repo"});
  ASSERT_FALSE(inside);
  EXPECT_THAT(inside.error().what, HasSubstr("deep/repo lies inside of"));
  EXPECT_FALSE(open_folder_volume(dir / "tree", {.apart_from = dir / "tree"}));
  EXPECT_FALSE(open_folder_volume(dir / "tree", {.apart_from = dir / "tree/not/yet/there"}));
  EXPECT_FALSE(open_folder_volume(dir / "tree/deep", {.apart_from = dir / "tree/deep/repo/x"}));
  EXPECT_TRUE(open_folder_volume(dir / "tree", {.apart_from = dir / "tree-repo"}));
}

TEST(FolderVolume, StopsWhenToldTo) {
  test::TempDir dir;
  fs::create_directories(dir / "tree");
  put(dir / "tree/file", 10);
  const auto stopped = open_folder_volume(dir / "tree", {.stop = [] { return true; }});
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, std::errc::operation_canceled);
}

}  // namespace
}  // namespace tintype
