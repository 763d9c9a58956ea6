// Folders backed up, and what may and may not be done with such a backup.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "engine/image/read/image_reader.h"
#include "engine/job/backup_job.h"
#include "engine/job/verify_job.h"
#include "engine/repository/repository.h"
#include "engine/restore/restore_job.h"
#include "io/source/open_filesystem.h"
#include "io/volume/raw_volume.h"
#include "support/ese_generator.h"
#include "support/ese_sets.h"
#include "support/expect_ok.h"
#include "support/make_repository.h"
#include "support/odd_tree.h"
#include "support/samples.h"
#include "support/temp_dir.h"
#include "support/volume_maker.h"
#include "tests/engine/extract/extract_fixture.h"
#include "tests/engine/job/recording_monitor.h"

namespace tintype {
namespace {

namespace fs = std::filesystem;
using test::must;
using test::ok;
using ::testing::HasSubstr;

class FolderJobs : public ::testing::Test {
 protected:
  BackupOutcome back_up(const std::string& folder, BackupOptions options = {}) {
    options.volumes = {{folder, "folder"}};
    if (options.repository.empty()) options.repository = test::repository_at(dir_ / "repo");
    return must(run_backup(options, monitor_));
  }
  static std::string image_in(const BackupOutcome& outcome) {
    return outcome.set_path + "/" + outcome.manifest.volumes.at(0).image;
  }
  Result<PassOutcome> restore(const std::string& image, const std::string& target) {
    return run_restore({.image = image, .target = target}, monitor_);
  }
  // There and back; whoever unpacks the image without this program gets the same.
  void expect_comes_back(const std::string& tree) {
    const auto outcome = back_up(tree, {.chunk_bytes = kChunkBytesMin, .stock = true});
    EXPECT_TRUE(outcome.manifest.sound);
    EXPECT_TRUE(outcome.manifest.volumes.at(0).folder);
    EXPECT_EQ(outcome.manifest.volumes.at(0).filesystem, "folder");
    const auto back = must(restore(image_in(outcome), dir_ / "back"));
    EXPECT_TRUE(back.sound()) << back.folder_problems.kept.at(0).what;
    EXPECT_EQ(test::differences(tree, dir_ / "back"), "");
    EXPECT_LE(test::blocks_of(dir_ / "back"), test::blocks_of(tree) + 2048) << "holes stay holes";
    fs::create_directory(dir_ / "stock");
    ASSERT_EQ(
        test::run_command("lz4 -dc '" + image_in(outcome) + "' | tar -C '" + (dir_ / "stock") +
                          "' --warning=no-unknown-keyword --xattrs --xattrs-include='*' "
                          "--acls -xp")
            .exit_code,
        0);
    EXPECT_EQ(test::differences(tree, dir_ / "stock"), "");
  }
  void TearDown() override {
    // Paths that are too long for fs::remove_all() of this library.
    static_cast<void>(test::run_command("rm -rf '" + dir_.path().string() + "'/*"));
  }

  test::TempDir dir_;
  test::RecordingMonitor monitor_;
};

TEST_F(FolderJobs, EverythingComesBack) {
  if (::geteuid() != 0) GTEST_SKIP() << "owners and devices need root";
  test::make_odd_tree(dir_ / "tree");
  expect_comes_back(dir_ / "tree");
  EXPECT_THAT(monitor_.warnings.at(0),
              HasSubstr("restores as files only, not as a bootable or bit-equal volume; logs are "
                        "never truncated after it"));
}

TEST_F(FolderJobs, EverythingComesBackFromOtherFileSystems) {
  struct Kind {
    const char* type;
    const char* make;
  };
  for (const Kind kind : {Kind{"ext4", "mke2fs -q -t ext4"}, Kind{"xfs", "mkfs.xfs -q"},
                          Kind{"btrfs", "mkfs.btrfs -q"}}) {
    SCOPED_TRACE(kind.type);
    const std::string disk = dir_ / kind.type;
    ASSERT_EQ(
        test::run_command("truncate -s 320M '" + disk + "' && " + kind.make + " '" + disk + "'")
            .exit_code,
        0);
    TINTYPE_MOUNT(mount, test::MountedVolume::kernel(disk, kind.type));
    test::make_odd_tree(mount / "tree");
    expect_comes_back(mount / "tree");
    mount.unmount();
    static_cast<void>(test::run_command("rm -rf '" + (dir_ / "back") + "' '" + (dir_ / "stock") +
                                        "' '" + (dir_ / "repo") + "' '" + disk + "'"));
  }
}

TEST_F(FolderJobs, WhatOtherProgramsCannotCopyComesBackToo) {
  fs::create_directory(dir_ / "tree");
  test::make_too_long_path(dir_ / "tree");
  std::ofstream(dir_ / "tree/file") << "x";
  ::setxattr((dir_ / "tree/file").c_str(), "user.with=equals", "yes", 3, 0);
  const bool has_attributes = errno != ENOTSUP;
  const auto outcome = back_up(dir_ / "tree");
  EXPECT_TRUE(outcome.manifest.sound);
  EXPECT_TRUE(must(restore(image_in(outcome), dir_ / "back")).sound());
  EXPECT_EQ(test::read_too_long_path(dir_ / "back"), "far down\n");
  char value[16];
  if (has_attributes) {
    EXPECT_EQ(::getxattr((dir_ / "back/file").c_str(), "user.with=equals", value, sizeof value), 3);
  }
}

// More than an archive's header may hold would make all of it unreadable.
TEST_F(FolderJobs, AttributesThatAreTooLargeAreAFindingAndTheFileIsKept) {
  ASSERT_EQ(test::run_command("truncate -s 320M '" + (dir_ / "xfs") + "' && mkfs.xfs -q '" +
                              (dir_ / "xfs") + "'")
                .exit_code,
            0);
  TINTYPE_MOUNT(mount, test::MountedVolume::kernel(dir_ / "xfs", "xfs"));
  fs::create_directory(mount / "tree");
  std::ofstream(mount / "tree/file") << "content";
  const std::string value(60'000, 'v');
  for (int i = 0; i < 20; ++i)
    ASSERT_EQ(::setxattr((mount / "tree/file").c_str(), ("user.a" + std::to_string(i)).c_str(),
                         value.data(), value.size(), 0),
              0);
  const auto outcome = back_up(mount / "tree");
  ASSERT_EQ(outcome.volumes.at(0).folder_problems.total, 1u);
  EXPECT_EQ(outcome.volumes[0].folder_problems.kept[0].path, "/file");
  EXPECT_THAT(outcome.volumes[0].folder_problems.kept[0].what, HasSubstr("too large"));
  ASSERT_TRUE(ok(restore(image_in(outcome), dir_ / "back")));
  EXPECT_EQ(fs::file_size(dir_ / "back/file"), 7u);
}

TEST_F(FolderJobs, AFileWithThousandsOfHolesComesBack) {
  fs::create_directory(dir_ / "tree");
  std::ofstream file(dir_ / "tree/holes");
  for (int i = 0; i < 20'000; ++i) {
    file.seekp(std::streamoff{i} * 16384);
    file << i;
  }
  file.close();
  const auto outcome = back_up(dir_ / "tree");
  ASSERT_TRUE(ok(restore(image_in(outcome), dir_ / "back")));
  EXPECT_EQ(test::differences(dir_ / "tree", dir_ / "back"), "");
  EXPECT_LE(test::blocks_of(dir_ / "back"), test::blocks_of(dir_ / "tree") + 2048);
}

TEST_F(FolderJobs, SameImageFromTheSerialTwinAndAnyNumberOfTasks) {
  test::make_odd_tree(dir_ / "tree");
  const auto image = [&](const PassOptions& pass, const char* repository) {
    return test::read_file(
        image_in(back_up(dir_ / "tree", {.repository = test::repository_at(dir_ / repository),
                                         .compression = Compression::lz4,
                                         .chunk_bytes = kChunkBytesMin,
                                         .pass = pass})));
  };
  const auto expected = image({.serial = true}, "serial");
  int number = 0;
  for (const unsigned tasks : {1u, 2u, 8u})
    for (const unsigned depth : {1u, 32u}) {
      const std::string name = "r" + std::to_string(number++);
      EXPECT_TRUE(image({.io_depth = depth, .tasks = tasks}, name.c_str()) == expected) << name;
    }
}

TEST_F(FolderJobs, DatabasesAndStreamsAreJudgedAsOnAVolume) {
  test::make_ese_sets(dir_ / "tree", test::kDatabaseBytes);
  test::make_ext4_of(dir_ / "tree", dir_ / "disk");
  BackupOptions full{.type = BackupType::full, .all_databases = true};
  const auto folder = back_up(dir_ / "tree", full);
  const auto volume = back_up(dir_ / "disk", full);
  ASSERT_EQ(folder.volumes.at(0).databases.size(), 4u);
  for (std::size_t i = 0; i < 4; ++i) {
    const FileReport& report = folder.volumes[0].databases[i];
    EXPECT_EQ(report.path, volume.volumes.at(0).databases.at(i).path);
    EXPECT_EQ(report.pages, volume.volumes[0].databases[i].pages);
    EXPECT_TRUE(report.sound());
  }
  ASSERT_EQ(folder.manifest.streams.size(), volume.manifest.streams.size());
  for (std::size_t i = 0; i < folder.manifest.streams.size(); ++i) {
    EXPECT_EQ(folder.manifest.streams[i].verdict, volume.manifest.streams[i].verdict);
    EXPECT_EQ(folder.manifest.streams[i].why, volume.manifest.streams[i].why);
  }
}

// The same stream: the gate opens for the volume, and never for the folder.
TEST_F(FolderJobs, NeverLetLogsGo) {
  test::make_ese_sets(dir_ / "tree", test::kDatabaseBytes);
  fs::remove_all(dir_ / "tree/Second");
  test::make_ext4_of(dir_ / "tree", dir_ / "disk");
  BackupOptions full{.type = BackupType::full, .all_databases = true};
  const auto unmet = [](const BackupOutcome& outcome) {
    std::vector<std::string> names;
    for (const GateRecord& gate : outcome.manifest.gates)
      for (const GatePrecondition& one : gate.preconditions)
        if (!one.met) names.push_back(one.name);
    return names;
  };
  const auto of_volume = back_up(dir_ / "disk", full);
  ASSERT_EQ(unmet(of_volume), std::vector<std::string>{}) << "else the test shows nothing";
  const auto of_folder = back_up(dir_ / "tree", full);
  EXPECT_TRUE(of_folder.manifest.sound);
  EXPECT_EQ(unmet(of_folder), std::vector<std::string>{"whole volumes"});

  // Nor later, nor from a manifest that forgot what it is of.
  const auto repository = must(Repository::open(dir_ / "repo"));
  SetEntry set = must(repository.find(of_folder.manifest.name));
  const std::string logs = dir_ / "tree/Logs";
  const auto before = test::files_below(logs);
  for (const bool forgotten : {false, true}) {
    if (forgotten) set.manifest.volumes.at(0).folder = false;
    const auto outcome = confirm_set(repository, set, {.truncate_directories = {logs}}, monitor_);
    EXPECT_FALSE(outcome.ok());
    EXPECT_THAT(outcome.streams.at(0).problem, HasSubstr("whole volumes"));
    EXPECT_EQ(test::files_below(logs), before);
  }
  // Asked for at once it is refused before anything is written, beside a volume too.
  for (const bool with_volume : {false, true}) {
    full.repository = test::repository_at(dir_ / "never");
    full.volumes = {{dir_ / "tree", ""}};
    if (with_volume) full.volumes.push_back({dir_ / "disk", ""});
    full.confirm = {.truncate_directories = {logs}, .on_confirm = ""};
    EXPECT_FALSE(run_backup(full, monitor_));
    full.confirm = {.truncate_directories = {}, .on_confirm = "true"};
    EXPECT_FALSE(run_backup(full, monitor_));
    EXPECT_EQ(test::sets_in(dir_ / "never"), 0u);
  }
  // A volume is worth no more when a folder is beside it.
  full.repository = test::repository_at(dir_ / "both");
  full.confirm = {};
  full.volumes = {{dir_ / "disk", ""}, {dir_ / "stuff", ""}};
  fs::create_directory(dir_ / "stuff");
  EXPECT_EQ(unmet(must(run_backup(full, monitor_))), std::vector<std::string>{"whole volumes"});
}

TEST_F(FolderJobs, BadPagesAreNamedWithFileAndOffsets) {
  fs::create_directories(dir_ / "tree/Mailbox");
  test::EseDatabaseSpec spec{.file_bytes = 6 << 20};
  auto file = test::EseDatabaseGenerator(spec).whole();
  test::damage_ese(file, spec.page_bytes, "badchecksum:5");
  test::damage_ese(file, spec.page_bytes, "badchecksum:77");
  test::write_file(dir_ / "tree/Mailbox/DB1.edb", file);
  test::make_odd_tree(dir_ / "tree/more");
  const auto outcome = back_up(dir_ / "tree");
  EXPECT_FALSE(outcome.manifest.sound);
  const FileReport& report = outcome.volumes.at(0).databases.at(0);
  EXPECT_EQ(report.path, "/Mailbox/DB1.edb");
  EXPECT_EQ(report.pages.bad_checksum, 2u);
  ASSERT_EQ(report.findings.size(), 2u);
  EXPECT_EQ(report.findings[0].page_number, 5);
  EXPECT_EQ(report.findings[0].file_offset, 6u * 32768);
  EXPECT_EQ(report.findings[1].page_number, 77);
  EXPECT_EQ(report.findings[1].file_offset, 78u * 32768);
  // Again from the image; and the file comes out as it was, bad pages and all.
  const auto verified = must(run_verify({.image = image_in(outcome), .pages = true}, monitor_));
  EXPECT_TRUE(verified.faults.empty());
  EXPECT_EQ(verified.pass.databases.at(0).pages, report.pages);
  ASSERT_TRUE(test::ok(restore(image_in(outcome), dir_ / "back")));
  EXPECT_TRUE(test::read_file(dir_ / "back/Mailbox/DB1.edb") == file);
}

TEST_F(FolderJobs, ARealLogStreamIsFoundRecoverable) {
  TINTYPE_NEED_SAMPLES(samples);
  fs::create_directory(dir_ / "tree");
  fs::copy(samples / "ese/srum-dirty", dir_ / "tree/sru");
  BackupOptions options;
  options.databases.globs = {"SRUDB.dat"};
  const auto outcome = back_up(dir_ / "tree", options);
  EXPECT_TRUE(outcome.manifest.sound);
  ASSERT_EQ(outcome.manifest.streams.size(), 1u);
  EXPECT_EQ(outcome.manifest.streams[0].verdict, StreamVerdict::recoverable);
  EXPECT_EQ(outcome.manifest.streams[0].gen_min_required, 0x5C);
  EXPECT_EQ(outcome.manifest.streams[0].log_folder, "/sru");
}

TEST_F(FolderJobs, FilesAndComponentsAreExtracted) {
  test::make_ese_sets(dir_ / "tree", test::kDatabaseBytes);
  test::make_odd_tree(dir_ / "tree/odd");
  const auto outcome = back_up(dir_ / "tree");
  const std::vector<ExtractOptions::Source> sources{{image_in(outcome), "folder"}};
  const auto files = must(run_extract(
      {.sources = sources, .paths = {"/odd/Mailbox", "size3000007"}, .folder = dir_ / "files"},
      monitor_));
  EXPECT_TRUE(files.sound());
  EXPECT_EQ(files.files.size(), 43u);
  // Two of them are names of files whose first name was not asked for.
  EXPECT_TRUE(test::read_file(dir_ / "files/odd/Mailbox/link") ==
              test::read_file(dir_ / "tree/odd/size65537"));
  EXPECT_TRUE(test::read_file(dir_ / "files/odd/Mailbox/lien\xff") ==
              test::read_file(dir_ / "tree/odd/bad\xff\xfe"));
  EXPECT_TRUE(test::read_file(dir_ / "files/odd/size3000007") ==
              test::read_file(dir_ / "tree/odd/size3000007"));
  const auto component = must(
      run_extract({.sources = sources, .component = "DB1.edb", .folder = dir_ / "db"}, monitor_));
  EXPECT_TRUE(component.sound());
  EXPECT_TRUE(test::read_file(dir_ / "db/DB1.edb") ==
              test::read_file(dir_ / "tree/Mailbox/DB1.edb"));
  EXPECT_EQ(component.stream->verdict, StreamVerdict::recoverable);
}

// A file system whose device loses its end: what lies there is named, the rest is there.
TEST_F(FolderJobs, AnUnreadablePartOfAFileIsNamed) {
  fs::create_directory(dir_ / "content");
  test::write_file(dir_ / "content/a", std::vector<std::byte>(5000, std::byte{1}));
  test::write_file(dir_ / "content/large", std::vector<std::byte>(20 << 20, std::byte{7}));
  test::make_ext(dir_ / "disk", 32 << 20,
                 "-t ext4 -b 4096 -O ^has_journal -d " + (dir_ / "content"));
  std::uint64_t cut = 0, file_offset = 0;
  {
    const auto volume = must(open_raw_volume(dir_ / "disk"));
    const auto map = must(open_filesystem_map(*volume, must(probe_filesystem(*volume))));
    const FileEntry file = must(map->find({"large"})).at(0);
    for (const FileRun& run : file.runs)
      if (run.volume_offset + run.length > cut) {
        cut = run.volume_offset + run.length - 3 * 4096;
        file_offset = run.file_offset + run.length - 3 * 4096;
      }
  }
  TINTYPE_MOUNT(mount, test::MountedVolume::kernel(dir_ / "disk", "ext4", "ro"));
  fs::resize_file(dir_ / "disk", cut);
  const auto outcome = back_up(mount.path());
  EXPECT_FALSE(outcome.manifest.sound);
  const auto& unreadable = outcome.volumes.at(0).unreadable;
  ASSERT_FALSE(unreadable.empty());
  EXPECT_EQ(unreadable[0].path, "/large");
  EXPECT_EQ(unreadable[0].file_offset, file_offset);
  EXPECT_EQ(outcome.volumes[0].unreadable_bytes(), 3u * 4096);
  const auto back = must(restore(image_in(outcome), dir_ / "back"));
  ASSERT_EQ(back.unreadable_bytes(), 3u * 4096);
  EXPECT_EQ(back.unreadable[0].path, "/large") << "who restores hears of it again";
  auto expected = std::vector<std::byte>(20 << 20, std::byte{7});
  for (std::uint64_t i = file_offset; i < file_offset + 3 * 4096; ++i) expected[i] = {};
  EXPECT_TRUE(test::read_file(dir_ / "back/large") == expected);
}

TEST_F(FolderJobs, AFileThatChangesMeanwhileIsAFinding) {
  fs::create_directory(dir_ / "tree");
  test::write_file(dir_ / "tree/large", std::vector<std::byte>(8 << 20, std::byte{7}));
  struct Meddler final : JobMonitor {
    explicit Meddler(std::string file_) : file(std::move(file_)) {}
    void detail(std::string_view line) override {
      if (line.starts_with("event 2009") || line.find("backup starting") != line.npos)
        fs::resize_file(file, 1 << 20);
    }
    std::string file;
  } meddler(dir_ / "tree/large");
  const auto outcome = must(run_backup(
      {.volumes = {{dir_ / "tree", ""}}, .repository = test::repository_at(dir_ / "repo")},
      meddler));
  EXPECT_FALSE(outcome.manifest.sound);
  const FolderProblems& problems = outcome.manifest.volumes.at(0).folder_problems;
  ASSERT_EQ(problems.total, 1u);
  EXPECT_EQ(problems.kept[0].path, "/large");
  EXPECT_THAT(problems.kept[0].what, HasSubstr("became shorter"));
  const auto read = must(parse_manifest(to_json(outcome.manifest), "set.json"));
  EXPECT_EQ(read.volumes.at(0).folder_problems.kept, problems.kept);
  SetManifest lie = outcome.manifest;
  lie.sound = true;
  EXPECT_NE(contradiction_in(lie), "");

  // What zeros stand for is not given out as the file.
  const auto back = must(restore(image_in(outcome), dir_ / "back"));
  EXPECT_EQ(back.unreadable_bytes(), 7u << 20);
  EXPECT_EQ(back.unreadable.at(0).path, "/large");
  EXPECT_EQ(back.unreadable.at(0).file_offset, 1u << 20);
  const auto files = must(run_extract(
      {.sources = {{image_in(outcome), "folder"}}, .paths = {"/large"}, .folder = dir_ / "files"},
      monitor_));
  EXPECT_FALSE(files.sound());
  EXPECT_FALSE(fs::exists(dir_ / "files/large"));
  EXPECT_TRUE(fs::exists(dir_ / "files/large.damaged"));
}

TEST_F(FolderJobs, ADatabaseIsNotJudgedFromWhatItLost) {
  test::make_ese_sets(dir_ / "tree", test::kDatabaseBytes);
  struct Meddler final : JobMonitor {
    void detail(std::string_view line) override {
      if (line.find("backup starting") != line.npos) fs::resize_file(file, 64 << 10);
    }
    std::string file;
  } meddler;
  meddler.file = dir_ / "tree/Mailbox/DB1.edb";
  const auto outcome = must(run_backup(
      {.volumes = {{dir_ / "tree", ""}}, .repository = test::repository_at(dir_ / "repo")},
      meddler));
  bool found = false;
  for (const FileReport& report : outcome.volumes.at(0).databases)
    if (report.path == "/Mailbox/DB1.edb") {
      found = true;
      EXPECT_FALSE(report.sound());
      EXPECT_GT(report.pages.unreadable, 0u);
      EXPECT_EQ(report.pages.uninitialised, 0u);
    }
  EXPECT_TRUE(found);
  for (const EseStreamReport& stream : outcome.manifest.streams)
    for (const StreamDatabase& database : stream.databases)
      EXPECT_TRUE(database.path != "/Mailbox/DB1.edb" || !database.sound);
}

TEST_F(FolderJobs, ADryRunWritesNothing) {
  test::make_odd_tree(dir_ / "tree");
  const auto outcome = back_up(dir_ / "tree", {.dry_run = true});
  EXPECT_TRUE(outcome.volumes.at(0).dry_run);
  EXPECT_GT(outcome.volumes[0].read_bytes, 4u << 20);
  EXPECT_EQ(test::sets_in(dir_ / "repo"), 0u);
}

TEST_F(FolderJobs, ARepositoryInTheFolderIsRefused) {
  test::make_odd_tree(dir_ / "tree");
  const auto refused = run_backup({.volumes = {{dir_ / "tree", ""}},
                                   .repository = test::repository_at(dir_ / "tree/Mailbox/repo")},
                                  monitor_);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().what, HasSubstr("lies inside of"));
  EXPECT_EQ(test::sets_in(dir_ / "tree/Mailbox/repo"), 0u);
}

}  // namespace
}  // namespace tintype
