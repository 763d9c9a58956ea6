// A map that calls free what it gives to a file contradicts itself, and then the copy lacks what
// the checks would judge. Of no kind of volume may such a file be called sound, nor its logs go.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <random>

#include "engine/completion/completion_gate.h"
#include "engine/completion/ese_stream.h"
#include "engine/flow/copy_flow.h"
#include "engine/job/pass.h"
#include "engine/store/folder_store.h"
#include "engine/survey/volume_survey.h"
#include "io/extent_gaps.h"
#include "io/folder/folder_volume.h"
#include "io/source/open_filesystem.h"
#include "io/source/open_volume.h"
#include "support/disk_maker.h"
#include "support/ese_generator.h"
#include "support/ese_log_generator.h"
#include "support/expect_ok.h"
#include "support/temp_dir.h"
#include "support/volume_maker.h"
#include "support/vss_maker.h"
#include "tests/engine/job/recording_monitor.h"

namespace tintype {
namespace {

namespace fs = std::filesystem;
using test::must;

class LyingMap final : public FilesystemMap {
 public:
  LyingMap(const FilesystemMap& honest, Extent hidden) : honest_(honest) {
    for (const Extent& extent : honest.allocated()) {
      const ExtentList left = gaps_within({hidden}, extent);
      allocated_.insert(allocated_.end(), left.begin(), left.end());
    }
  }
  std::string_view type() const noexcept override { return honest_.type(); }
  const std::string& label() const noexcept override { return honest_.label(); }
  std::uint32_t cluster_bytes() const noexcept override { return honest_.cluster_bytes(); }
  const ExtentList& allocated() const noexcept override { return allocated_; }
  const std::string& unreliable() const noexcept override { return honest_.unreliable(); }
  using FilesystemMap::find;
  Result<std::vector<FileEntry>> find(const Wanted& wanted, FoundBeside* beside) const override {
    return honest_.find(wanted, beside);
  }
  Result<std::vector<FileEntry>> find(const std::vector<std::string>& globs) const override {
    return honest_.find(globs);
  }
  Result<void> read(const FileEntry& file, std::uint64_t offset,
                    std::span<std::byte> bytes) const override {
    return honest_.read(file, offset, bytes);
  }
  Result<std::vector<Owner>> owners(const ExtentList& ranges) const override {
    return honest_.owners(ranges);
  }

 private:
  const FilesystemMap& honest_;
  ExtentList allocated_;
};

// Who meets the lie: the survey, or, if it was told that all is captured, the pass that captures
// less.
enum class Met : std::uint8_t { survey, pass };

struct Judged {
  bool all_sound = true;   // databases
  bool gate_open = false;  // of any stream
};

class LyingMaps : public ::testing::Test {
 protected:
  // A database of full pages, and all its logs.
  void SetUp() override {
    fs::create_directories(dir_ / "files");
    test::EseDatabaseSpec spec{.file_bytes = 512 << 10, .uninitialised_percent = 0};
    spec.state = EseState::dirty_shutdown;
    spec.gen_min_required = 3;
    spec.gen_max_required = spec.gen_max_committed = 4;
    spec.log_signature = kSignature;
    test::write_file(dir_ / "files/DB1.edb", test::EseDatabaseGenerator(spec).whole());
    std::uint64_t sum = 0;
    for (std::int32_t generation = 1; generation <= 4; ++generation) {
      const auto log = test::make_ese_log({.generation = generation,
                                           .slots = 64,
                                           .segments = 62,
                                           .tail = test::EseLogTail::zeros,
                                           .log_signature = kSignature,
                                           .previous_checksum = sum});
      sum = log.accumulated_checksum;
      test::write_file(dir_ / ("files/E000000000" + std::to_string(generation) + ".log"), log.file);
    }
    test::write_file(
        dir_ / "files/E00.chk",
        test::make_ese_checkpoint({.byte = 8, .sector = 3, .generation = 3}, kSignature));
    const test::TempDir images;
    NewImageFile file(must(DurableFile::create(images / "v.tint", Caching::page_cache)));
    images_.push_back(must(DurableImage::commit(file, "v", ReadBack::direct)));
  }

  [[nodiscard]] std::vector<std::string> files() const {
    std::vector<std::string> paths;
    for (const auto& entry : fs::directory_iterator(dir_ / "files"))
      paths.push_back(entry.path().string());
    return paths;
  }

  [[nodiscard]] Judged judge(const Volume& volume, const FilesystemMap& honest, Extent hidden,
                             Met met) const {
    test::RecordingMonitor monitor;
    VolumeSurvey survey;
    survey.map = std::make_unique<LyingMap>(honest, hidden);
    const ExtentList captured = survey.map->allocated();
    survey.captured = met == Met::survey ? captured : ExtentList{{0, volume.size_bytes()}};
    must(survey_files(volume, {}, survey, monitor));
    CapturePlan plan(volume.size_bytes(), kChunkBytesMin, captured, must(volume.data_extents()));
    CopyFlow flow(volume, plan, survey.checks, nullptr);
    PassOptions pass;
    pass.serial = true;
    PassOutcome outcome;
    must(run_pass(flow, pass, {"v", plan.data_bytes(), Phase::copy}, monitor, outcome));
    must(flow.finish());
    Judged judged;
    GateInputs inputs{.type = BackupType::full,
                      .whole_volumes = true,
                      .source_changed = "",
                      .volumes = {"v"},
                      .images = images_,
                      .all_databases_known = true};
    for (const FileReport& report : finish_checks(survey)) {
      judged.all_sound = judged.all_sound && report.sound() && report.checked();
      if (report.sound()) inputs.sound_databases.push_back(report.path);
    }
    for (const EseStreamReport& stream : judge_ese_streams(survey.streams.take_facts("v")))
      judged.gate_open |= judge_completion(EseStream(stream), inputs).record.open();
    return judged;
  }

  void expect_no_lie_passes(const Volume& volume) const {
    const auto honest = must(open_filesystem_map(volume, must(probe_filesystem(volume))));
    ASSERT_NE(honest, nullptr);
    const Judged truth = judge(volume, *honest, {0, 0}, Met::survey);
    EXPECT_TRUE(truth.all_sound);
    EXPECT_TRUE(truth.gate_open);
    std::mt19937_64 random(17);
    int lies = 0;
    for (const FileEntry& file : must(honest->find({"*.edb", "E00*"}))) {
      const bool is_database = file.path.ends_with(".edb");
      for (int round = 0; round < 12; ++round) {
        const FileRun& run = file.runs.at(random() % file.runs.size());
        const std::uint64_t sectors = run.length / 512;
        const std::uint64_t from = random() % sectors;
        const std::uint64_t count = 1 + random() % std::min<std::uint64_t>(sectors - from, 64);
        const Extent hidden{run.volume_offset + from * 512, count * 512};
        for (const Met met : {Met::survey, Met::pass}) {
          const Judged judged = judge(volume, *honest, hidden, met);
          EXPECT_FALSE(judged.gate_open) << file.path << " at sector " << from << ", " << count;
          EXPECT_EQ(judged.all_sound, !is_database) << file.path;
          ++lies;
        }
      }
    }
    EXPECT_GE(lies, 100);
  }

  static constexpr std::uint32_t kSignature = 0x1234567;
  const test::TempDir dir_;
  std::vector<DurableImage> images_;
};

TEST_F(LyingMaps, OfExt4) {
  test::make_ext(dir_ / "v.img", 8 << 20, "-t ext4 -b 1024 -d '" + (dir_ / "files") + "'");
  expect_no_lie_passes(*must(open_volume(must(parse_volume_spec(dir_ / "v.img")))));
}

TEST_F(LyingMaps, OfNtfs) {
  test::make_ntfs(dir_ / "v.img", {.bytes = 8 << 20, .cluster_bytes = 512});
  for (const std::string& file : files())
    test::put_into_ntfs(dir_ / "v.img", file, "/" + fs::path(file).filename().string());
  expect_no_lie_passes(*must(open_volume(must(parse_volume_spec(dir_ / "v.img")))));
}

TEST_F(LyingMaps, OfAShadowCopy) {
  test::make_ntfs(dir_ / "v.img", {.bytes = 16 << 20, .cluster_bytes = 4096});
  for (const std::string& file : files())
    test::put_into_ntfs(dir_ / "v.img", file, "/" + fs::path(file).filename().string());
  auto bytes = test::read_file(dir_ / "v.img");
  test::make_vss(bytes, 12 << 20, {test::VssStoreSpec{}});
  test::write_file(dir_ / "v.img", bytes);
  expect_no_lie_passes(*must(open_volume(must(parse_volume_spec((dir_ / "v.img") + "@shadow:1")))));
}

TEST_F(LyingMaps, OfADiskWithPartitions) {
  fs::create_directories(dir_ / "empty");
  static_cast<void>(test::make_mixed_disk(dir_ / "v.img", files(), dir_ / "empty"));
  expect_no_lie_passes(*must(open_volume(must(parse_volume_spec(dir_ / "v.img")))));
}

TEST_F(LyingMaps, OfAFolder) {
  expect_no_lie_passes(*must(open_folder_volume(dir_ / "files", {})));
}

}  // namespace
}  // namespace tintype
