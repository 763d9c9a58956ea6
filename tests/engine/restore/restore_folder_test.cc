// Folders restored: where to, and out of archives that no backup wrote.
#include "engine/restore/restore_folder_job.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <set>

#include "engine/image/read/image_reader.h"
#include "engine/job/backup_job.h"
#include "engine/job/export_job.h"
#include "io/folder/folder_format.h"
#include "support/expect_ok.h"
#include "support/make_repository.h"
#include "support/odd_tree.h"
#include "support/random_bytes.h"
#include "support/temp_dir.h"
#include "support/tiny_tmpfs.h"
#include "tests/engine/extract/extract_fixture.h"
#include "tests/engine/job/recording_monitor.h"

namespace tintype {
namespace {

namespace fs = std::filesystem;
using test::must;
using ::testing::HasSubstr;

// Does something when all is written, before it is read back.
class ActingMonitor final : public JobMonitor {
 public:
  std::function<void()> before_the_read_back;
  void detail(std::string_view line) override {
    if (before_the_read_back && line.starts_with("memory:"))
      std::exchange(before_the_read_back, nullptr)();
  }
};

class RestoreFolder : public ::testing::Test {
 protected:
  std::string back_up(const std::string& source) {
    const auto outcome = must(run_backup({.volumes = {{source, "it"}},
                                          .repository = test::repository_at(dir_ / "repo"),
                                          .compression = Compression::none,
                                          .chunk_bytes = kChunkBytesMin},
                                         monitor_));
    return outcome.set_path + "/" + outcome.manifest.volumes.at(0).image;
  }
  std::string good_image() {
    test::make_odd_tree(dir_ / "tree");
    return back_up(dir_ / "tree");
  }
  Result<PassOutcome> restore(const std::string& image, const std::string& target) {
    return run_restore({.image = image, .target = target}, monitor_);
  }
  // An image whose archive has what these lines of Python put into the tarfile `t`, behind a head.
  std::string forged_image(const std::string& lines) {
    std::ofstream(dir_ / "make.py")
        << "import tarfile, io\n"
           "def add(name, data=b'', **more):\n"
           "    i = tarfile.TarInfo(name)\n"
           "    i.size = len(data)\n"
           "    for k in more: setattr(i, k, more[k])\n"
           "    t.addfile(i, io.BytesIO(data))\n"
           "def top(): add('./', type=tarfile.DIRTYPE, mode=0o755)\n"
           "t = tarfile.open('body.tar', 'w', format=tarfile.PAX_FORMAT)\n"
        << lines << "\nt.close()\n";
    const auto made = test::run_command("cd '" + dir_.path().string() + "' && python3 make.py");
    EXPECT_EQ(made.exit_code, 0) << made.output;
    const auto body = test::read_file(dir_ / "body.tar");
    const Xxh3Stream nothing;
    const auto head = to_bytes({.index_at = kFolderHeadBytes,
                                .index_bytes = 0,
                                .entries = 0,
                                .index_digest = nothing.digest()});
    std::vector<std::byte> archive(head.begin(), head.end());
    archive.insert(archive.end(), body.begin(), body.end());
    archive.resize((archive.size() + 4095) / 4096 * 4096);
    test::write_file(dir_ / "forged.tar", archive);
    return back_up(dir_ / "forged.tar");
  }

  test::TempDir dir_;
  test::RecordingMonitor monitor_;
};

TEST_F(RestoreFolder, IntoAnEmptyFolderOrANewOneOnly) {
  const std::string image = good_image();
  fs::create_directory(dir_ / "empty");
  EXPECT_TRUE(test::ok(restore(image, dir_ / "empty/")));
  EXPECT_EQ(test::differences(dir_ / "tree", dir_ / "empty"), "");
  const auto full = restore(image, dir_ / "empty");
  ASSERT_FALSE(full);
  EXPECT_THAT(full.error().what, HasSubstr("not empty"));
  std::ofstream(dir_ / "file") << "precious";
  EXPECT_FALSE(restore(image, dir_ / "file"));
  fs::create_directory_symlink("nowhere", dir_ / "link");
  EXPECT_FALSE(restore(image, dir_ / "link"));
  EXPECT_FALSE(run_restore({.image = image, .target = dir_ / "file", .overwrite = true}, monitor_));
  EXPECT_EQ(fs::file_size(dir_ / "file"), 8u);
  fs::create_directory(dir_ / "other.partial");
  const auto left_over = restore(image, dir_ / "other");
  ASSERT_FALSE(left_over);
  EXPECT_THAT(left_over.error().what, HasSubstr("other.partial exists"));
  EXPECT_FALSE(
      run_restore({.image = image, .target = dir_ / "n", .file_bytes = 1 << 30}, monitor_));
  const auto dry =
      must(run_restore({.image = image, .target = dir_ / "n", .dry_run = true}, monitor_));
  EXPECT_TRUE(dry.dry_run);
  EXPECT_FALSE(fs::exists(dir_ / "n"));
  EXPECT_FALSE(restore(image, dir_ / "no/such/place"));
}

TEST_F(RestoreFolder, EveryByteOfAFileIsReadBackUnlessNotWanted) {
  const std::string image = good_image();
  std::uint64_t data_bytes = 0;
  std::set<ino_t> seen;  // of names of one file only the first has data
  for (const auto& entry : fs::recursive_directory_iterator(dir_ / "tree")) {
    struct stat status {};
    if (::lstat(entry.path().c_str(), &status) == 0 && S_ISREG(status.st_mode) &&
        seen.insert(status.st_ino).second)
      data_bytes += static_cast<std::uint64_t>(status.st_size);
  }
  const auto outcome = must(restore(image, dir_ / "back"));
  EXPECT_NE(outcome.read_back, ReadBack::none);
  EXPECT_EQ(outcome.folder_problems.total, 0u);
  EXPECT_EQ(outcome.read_back_bytes, outcome.written_bytes);
  EXPECT_LE(outcome.read_back_bytes, data_bytes);  // holes are not written
  EXPECT_GT(outcome.read_back_bytes, 1u << 20);
  const auto without =
      must(run_restore({.image = image, .target = dir_ / "other", .read_back = false}, monitor_));
  EXPECT_EQ(without.read_back, ReadBack::none);
  EXPECT_EQ(without.read_back_bytes, 0u);
  EXPECT_EQ(test::differences(dir_ / "tree", dir_ / "other"), "");
}

TEST_F(RestoreFolder, AByteThatChangedOnTheMediumLeavesNothing) {
  fs::create_directories(dir_ / "tree/deep");
  test::write_file(dir_ / "tree/deep/large", test::random_bytes(3 << 20, 1));
  test::write_file(dir_ / "tree/small", test::random_bytes(5000, 2));
  const std::string image = back_up(dir_ / "tree");
  for (const auto& [file, at] : {std::pair("deep/large", 0), std::pair("deep/large", (3 << 20) - 1),
                                 std::pair("small", 4999)}) {
    ActingMonitor monitor;
    monitor.before_the_read_back = [&, file = file, at = at] {
      std::fstream written(dir_ / ("back.partial/" + std::string(file)),
                           std::ios::in | std::ios::out | std::ios::binary);
      written.seekg(at);
      const char flipped = static_cast<char>(written.get() ^ 1);
      written.seekp(at);
      written.put(flipped);
      ASSERT_TRUE(written.flush());
    };
    const auto outcome = run_restore({.image = image, .target = dir_ / "back"}, monitor);
    ASSERT_FALSE(outcome) << file;
    EXPECT_THAT(outcome.error().what, HasSubstr(std::string("back.partial/") + file));
    EXPECT_THAT(outcome.error().what, HasSubstr("reads back different"));
    EXPECT_FALSE(fs::exists(dir_ / "back"));
    EXPECT_FALSE(fs::exists(dir_ / "back.partial"));
  }
}

// For root no mode forbids anything: as somebody else.
TEST_F(RestoreFolder, WhatItsModeForbidsToReadIsSaidToBeNotReadBack) {
  fs::create_directories(dir_ / "tree/closed");
  for (const char* file : {"tree/open", "tree/hidden", "tree/closed/inside"})
    std::ofstream(dir_ / file) << file;
  fs::permissions(dir_ / "tree/hidden", fs::perms::owner_write);
  fs::permissions(dir_ / "tree/closed", fs::perms::none);
  if (::geteuid() != 0) GTEST_SKIP() << "only root can back up what its mode forbids";
  const std::string image = back_up(dir_ / "tree");
  fs::permissions(dir_.path(), fs::perms::all);
  // A repository is its owner's alone, so it becomes his.
  ASSERT_EQ(::chown((dir_ / "repo").c_str(), 65534, 65534), 0);
  for (const auto& entry : fs::recursive_directory_iterator(dir_ / "repo"))
    ASSERT_EQ(::chown(entry.path().c_str(), 65534, 65534), 0);
  ASSERT_EQ(::seteuid(65534), 0);
  const auto outcome = restore(image, dir_ / "back");
  ASSERT_EQ(::seteuid(0), 0);
  ASSERT_TRUE(test::ok(outcome));
  std::vector<std::string> paths;
  for (const FolderProblem& problem : outcome->folder_problems.kept)
    if (problem.what.find("not read back") != std::string::npos) paths.push_back(problem.path);
  EXPECT_THAT(paths, testing::UnorderedElementsAre("/hidden", "/closed/inside"));
  EXPECT_EQ(test::read_file(dir_ / "back/open"), test::read_file(dir_ / "tree/open"));
  EXPECT_EQ(test::read_file(dir_ / "back/hidden"), test::read_file(dir_ / "tree/hidden"));
}

TEST_F(RestoreFolder, APathLongerThanTheSystemTakesIsReadBackToo) {
  fs::create_directory(dir_ / "tree");
  test::make_too_long_path(dir_ / "tree");
  const auto outcome = must(restore(back_up(dir_ / "tree"), dir_ / "back"));
  EXPECT_EQ(test::read_too_long_path(dir_ / "back"), test::read_too_long_path(dir_ / "tree"));
  EXPECT_GT(outcome.read_back_bytes, 0u);
  EXPECT_EQ(outcome.read_back_bytes, outcome.written_bytes);
}

TEST_F(RestoreFolder, NothingGetsItsNameIfAChunkIsDamaged) {
  const std::string image = good_image();
  const auto records = must(ImageReader::open(image)).records();
  // One with data of a file, and the last one, which holds the index.
  for (const std::size_t record : {records.size() / 2, records.size() - 1}) {
    auto bytes = test::read_file(image);
    bytes[records[record].payload_offset + 100] ^= std::byte{1};
    test::write_file(dir_ / "damaged.tint", bytes);
    const auto outcome = restore(dir_ / "damaged.tint", dir_ / "back");
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().code, std::errc::bad_message) << outcome.error().line();
    EXPECT_FALSE(fs::exists(dir_ / "back"));
    EXPECT_FALSE(fs::exists(dir_ / "back.partial"));
  }
}

TEST_F(RestoreFolder, AFullDiskLeavesNothing) {
  const std::string image = good_image();
  auto tmpfs = test::TinyTmpfs::mount(dir_ / "tiny", 2 << 20);
  if (!tmpfs) GTEST_SKIP() << tmpfs.error();
  const auto outcome = restore(image, dir_ / "tiny/back");
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, std::errc::no_space_on_device) << outcome.error().line();
  EXPECT_TRUE(fs::is_empty(dir_ / "tiny"));
}

TEST_F(RestoreFolder, AStopLeavesNothing) {
  const std::string image = good_image();
  monitor_.stop_requested = true;
  const auto outcome = restore(image, dir_ / "back");
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, std::errc::operation_canceled);
  EXPECT_FALSE(fs::exists(dir_ / "back"));
  EXPECT_FALSE(fs::exists(dir_ / "back.partial"));
}

// Their index takes more than one row of pieces.
TEST_F(RestoreFolder, ManyFilesComeBack) {
  fs::create_directory(dir_ / "tree");
  for (int i = 0; i < 12'000; ++i)
    std::ofstream(dir_ / ("tree/" + std::string(200, 'n') + std::to_string(i))) << i;
  ASSERT_TRUE(test::ok(restore(back_up(dir_ / "tree"), dir_ / "back")));
  EXPECT_EQ(test::differences(dir_ / "tree", dir_ / "back"), "");
}

TEST_F(RestoreFolder, AFolderIsNoDiskOfAVirtualMachine) {
  const auto refused = run_export({.image = good_image(), .target = dir_ / "x.qcow2"}, monitor_);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().what, HasSubstr("holds a folder"));
}

TEST_F(RestoreFolder, TheWorkingFolderOfTheProgramStays) {
  const std::string image = good_image();
  const fs::path before = fs::current_path();
  const mode_t mask = ::umask(027);
  ASSERT_TRUE(test::ok(restore(image, dir_ / "back")));
  EXPECT_EQ(fs::current_path(), before);
  EXPECT_EQ(::umask(mask), 027u);
}

TEST_F(RestoreFolder, AForgedArchiveOfAnHonestFolderIsUnpacked) {
  ASSERT_TRUE(test::ok(restore(forged_image("top()\nadd('./a', b'hello')"), dir_ / "back")));
  EXPECT_EQ(test::read_file(dir_ / "back/a").size(), 5u);
}

TEST_F(RestoreFolder, NothingIsEverWrittenOutsideOfTheTarget) {
  const std::string outside = dir_ / "outside";
  fs::create_directory(outside);
  std::ofstream(outside + "/victim") << "as it was";
  const std::string link_to_outside =
      "add('./l', type=tarfile.SYMTYPE, linkname='" + outside + "')\n";
  for (const std::string& lines : {
           std::string("top()\nadd('../victim', b'x')"),
           std::string("top()\nadd('./../outside/victim', b'x')"),
           std::string("top()\nadd('./a/../../outside/victim', b'x')"),
           "top()\nadd('" + outside + "/victim', b'x')",
           "top()\nadd('./" + outside + "/victim', b'x')",
           std::string("top()\nadd('victim', b'x')"),
           std::string("top()\nadd('./..', type=tarfile.DIRTYPE, mode=0o777)"),
           "top()\n" + link_to_outside + "add('./l/victim', b'x')",
           "top()\n" + link_to_outside + "add('./l/new', b'x')",
           "top()\n" + link_to_outside + "add('./l/new/deep', type=tarfile.DIRTYPE)",
           "top()\nadd('./h', type=tarfile.LNKTYPE, linkname='" + outside + "/victim')",
           std::string("top()\nadd('./h', type=tarfile.LNKTYPE, linkname='./../outside/victim')"),
           "top()\n" + link_to_outside +
               "add('./h', type=tarfile.LNKTYPE, linkname='./l/victim')\n"
               "add('./h', b'overwritten')",
           // A folder's mode is set at the end: not through what took its place.
           "top()\nadd('./l', type=tarfile.DIRTYPE, mode=0o777)\n" + link_to_outside,
           "add('./', type=tarfile.SYMTYPE, linkname='" + outside + "')\nadd('./victim', b'x')",
           std::string("add('./victim', b'x')"),
           std::string("top()\ntop()"),
           std::string("add('.', b'x')"),
           std::string("pass"),
       }) {
    const auto before = fs::status(outside).permissions();
    const auto outcome = restore(forged_image(lines), dir_ / "back");
    EXPECT_EQ(test::files_below(outside), std::vector<std::string>{"victim"}) << lines;
    const auto victim = test::read_file(outside + "/victim");
    EXPECT_EQ(std::string(reinterpret_cast<const char*>(victim.data()), victim.size()), "as it was")
        << lines;
    EXPECT_EQ(fs::status(outside).permissions(), before) << lines;
    EXPECT_EQ(fs::hard_link_count(outside + "/victim"), 1u) << lines;
    if (!outcome) {
      EXPECT_FALSE(fs::exists(fs::symlink_status(dir_ / "back"))) << lines;
    }
    fs::remove_all(dir_ / "back");
  }
}

TEST_F(RestoreFolder, ALyingArchiveIsDamage) {
  for (const char* lines : {
           "top()\nadd('../x', b'x')",
           "add('./x', b'x')",
           "pass",
           "top()\nadd('x', b'x')",
           // Its size is more than there is.
           "top()\ni = tarfile.TarInfo('./x')\ni.size = 1 << 40\nt.fileobj.write(i.tobuf())",
           "top()\nt.fileobj.write(b'no header at all' * 64)",
           "top()\nadd('./s', b'xx', pax_headers={'GNU.sparse.major': '1', 'GNU.sparse.minor': "
           "'0', 'GNU.sparse.name': './s', 'GNU.sparse.realsize': '99999999999999'})",
       }) {
    const auto outcome = restore(forged_image(lines), dir_ / "back");
    ASSERT_FALSE(outcome) << lines;
    EXPECT_EQ(outcome.error().code, std::errc::bad_message) << outcome.error().line();
    EXPECT_FALSE(fs::exists(dir_ / "back.partial"));
  }
}

}  // namespace
}  // namespace tintype
