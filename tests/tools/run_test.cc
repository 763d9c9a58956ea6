// The program in-process: what each command says, and the exit code it ends with.
#include "tools/run.h"

#include <gmock/gmock.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "engine/repository/repository.h"
#include "support/ese_generator.h"
#include "support/make_repository.h"
#include "support/random_bytes.h"
#include "support/temp_dir.h"
#include "tests/engine/manifest/manifest_samples.h"
#include "tests/tools/session/fake_env.h"
#include "tools/session/signals.h"

namespace tintype {
namespace {

namespace fs = std::filesystem;
using test::FakeEnv;
using test::TempDir;
using ::testing::HasSubstr;
using ::testing::Not;
using Json = nlohmann::json;

void put(const std::string& path, std::string_view text) {
  std::ofstream(path) << text;
}

// Every line of --json is an event; the first is "start", the last is the summary.
Json summary_of(const std::string& out, bool starts = true) {
  std::istringstream lines(out);
  Json last;
  std::size_t count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    if (!Json::accept(line)) {
      ADD_FAILURE() << "no JSON: " << line;
      return {};
    }
    last = Json::parse(line);
    EXPECT_EQ(last["schema"], 1);
    if (count == 0 && starts) {
      EXPECT_EQ(last["type"], "start");
    }
  }
  EXPECT_GT(count, 0u);
  EXPECT_EQ(last["type"], "summary");
  return last;
}

// Lines on standard error that are no warnings.
std::size_t errors_in(const std::string& text) {
  std::istringstream lines(text);
  std::size_t count = 0;
  for (std::string line; std::getline(lines, line);)
    if (!line.starts_with("tintype: warning: ")) ++count;
  return count;
}

class Run : public testing::Test {
 protected:
  std::string repository_with_sets() {
    const std::string path = dir_ / "repo";
    const Repository repository = test::make_repository(path);
    EXPECT_TRUE(repository.begin_set("20261122T181500Z-host-full"));
    EXPECT_TRUE(repository.commit_set(test::sample_manifest()));
    EXPECT_TRUE(Repository::open(path)->begin_set("20261123T181500Z-host-full"));  // and crashes
    return path;
  }
  std::string database(const std::vector<std::string>& damages = {}) {
    test::EseDatabaseSpec spec{.file_bytes = 1 << 20, .page_bytes = 8192};
    std::vector<std::byte> file = test::EseDatabaseGenerator(spec).whole();
    for (const std::string& damage : damages) test::damage_ese(file, spec.page_bytes, damage);
    const std::string path = dir_ / "DB.edb";
    test::write_file(path, file);
    return path;
  }
  // A volume without a file system.
  std::string plain_volume(std::size_t bytes = 3 << 20) {
    const std::string path = dir_ / "volume.img";
    test::write_file(path, test::random_bytes(bytes, 7));
    return path;
  }

  TempDir dir_;
  FakeEnv fake_;
};

TEST_F(Run, UsageErrorsAreOneLineAndExit2) {
  EXPECT_EQ(fake_.run({"bakcup"}), 2);
  EXPECT_EQ(fake_.out.str(), "");
  EXPECT_EQ(errors_in(fake_.err.str()), 1u);
  EXPECT_THAT(fake_.err.str(), testing::StartsWith("tintype: "));
  EXPECT_EQ(fake_.run({"show", "--json"}), 2);
  EXPECT_EQ(summary_of(fake_.out.str(), false)["exit_code"], 2);
  EXPECT_EQ(fake_.run({"--help"}), 0);
  EXPECT_EQ(fake_.err.str(), "");
}

TEST_F(Run, ShowTellsAVolumeFromAnImage) {
  const std::string volume = plain_volume();
  EXPECT_EQ(fake_.run({"show", volume}), 0) << fake_.err.str();
  EXPECT_THAT(fake_.out.str(), HasSubstr("databases   NOT LOOKED FOR"));
  EXPECT_EQ(fake_.run({"show", volume, "--json"}), 0);
  EXPECT_EQ(summary_of(fake_.out.str())["shadow_copies"].size(), 0u);
  fs::rename(volume, dir_ / "called.tint");
  EXPECT_EQ(fake_.run({"show", dir_ / "called.tint"}), 4) << "a damaged image is no volume";
}

TEST_F(Run, BadInputIsOneLineAndTheRightCode) {
  const std::string volume = plain_volume(), empty = dir_ / "empty", repo = repository_with_sets();
  put(empty, "");
  const std::string missing = dir_ / "missing", folder = dir_.path();
  struct Case {
    std::vector<std::string> words;
    int code;
  };
  for (const Case& bad : std::vector<Case>{
           {{"backup", missing, "--to", test::repository_at(dir_ / "r")}, 1},
           {{"backup", empty, "--to", test::repository_at(dir_ / "r")}, 1},
           {{"backup", folder, "--to", test::repository_at(dir_ / "r")}, 1},
           {{"backup", volume, "--to", dir_ / "no/where"}, 1},
           {{"backup", volume, "--to", volume}, 1},
           {{"backup", volume, "--to", folder}, 1},
           {{"versions", missing}, 1},
           {{"versions", folder}, 1},
           {{"show", missing}, 1},
           {{"show", repo + "::none"}, 1},
           {{"show", repo + "::20261123"}, 1},
           {{"show", volume + "@shadow:1"}, 1},
           {{"show", empty}, 1},
           {{"verify", missing}, 1},
           {{"verify", empty}, 4},
           {{"verify", volume}, 4},
           {{"restore", repo, "--to", dir_ / "out"}, 2},
           {{"restore", repo + "::9", "--to", dir_ / "out"}, 1},
           {{"restore", volume, "--to", dir_ / "out"}, 4},
           {{"restore", missing, "--to", dir_ / "out"}, 1},
           {{"copy", missing, dir_ / "out"}, 1},
           {{"copy", volume, volume}, 1},
           {{"copy", volume, empty}, 1},
           {{"copy", volume, folder}, 1},
           {{"copy", volume, dir_ / "no/where"}, 1},
           {{"check", missing}, 1},
           {{"check", empty}, 1},
           {{"check", volume}, 1},
           {{"inspect", missing}, 1},
           {{"inspect", volume}, 1},
           {{"inspect", empty}, 1},
       }) {
    const std::string name = bad.words[0] + " " + bad.words[1];
    EXPECT_EQ(fake_.run(bad.words), bad.code) << name << "\n" << fake_.err.str();
    EXPECT_EQ(errors_in(fake_.err.str()), bad.words[0] == "verify" && bad.code == 4 ? 0u : 1u)
        << name << "\n"
        << fake_.err.str();
    std::vector<std::string> json = bad.words;
    json.push_back("--json");
    EXPECT_EQ(fake_.run(json), bad.code) << name;
    EXPECT_EQ(summary_of(fake_.out.str())["exit_code"], bad.code) << name;
  }
  EXPECT_FALSE(fs::exists(dir_ / "out"));
  EXPECT_EQ(test::sets_in(dir_ / "r"), 0u);
  EXPECT_EQ(fs::file_size(empty), 0u) << "an existing target is left alone";
  EXPECT_EQ(test::read_file(volume), test::random_bytes(3 << 20, 7));
}

// The sample manifest's image, as far as one stat tells.
void put_image_of_right_length(const std::string& repo) {
  for (const auto& entry : fs::directory_iterator(repo + "/sets")) {
    if (entry.path().extension() == ".partial") continue;
    const fs::path image = entry.path() / "D.tint";
    test::write_file(image, {});
    fs::resize_file(image, 300u << 20);
  }
}

TEST_F(Run, VersionsListsAndRemoves) {
  const std::string repo = repository_with_sets();
  EXPECT_EQ(fake_.run({"versions", repo}), 4);
  EXPECT_THAT(fake_.out.str(), HasSubstr("D.tint is missing"));
  put_image_of_right_length(repo);
  EXPECT_EQ(fake_.run({"versions", repo}), 0);
  EXPECT_THAT(fake_.out.str(), HasSubstr("6 FINDINGS"));
  EXPECT_THAT(fake_.out.str(), HasSubstr("unfinished"));
  EXPECT_EQ(fake_.run({"versions", repo, "--json"}), 0);
  const Json sets = summary_of(fake_.out.str())["sets"];
  ASSERT_EQ(sets.size(), 2u);
  EXPECT_EQ(sets[0]["state"], "finished");
  EXPECT_EQ(sets[0]["recorded"], "findings");
  EXPECT_TRUE(sets[0]["last_verified"].is_null());
  EXPECT_EQ(sets[1]["state"], "unfinished");

  EXPECT_EQ(fake_.run({"versions", repo, "--remove-unfinished"}), 2) << "nobody said yes";
  fake_.be_terminal();
  fake_.in.str("no\n");
  EXPECT_EQ(fake_.run({"versions", repo, "--remove-unfinished"}), 2);
  EXPECT_TRUE(fs::exists(repo + "/sets/20261123T181500Z-host-full.partial"));
  fake_.in.clear();
  fake_.in.str("yes\n");
  EXPECT_EQ(fake_.run({"versions", repo, "--remove-unfinished"}), 0);
  EXPECT_FALSE(fs::exists(repo + "/sets/20261123T181500Z-host-full.partial"));
  EXPECT_EQ(fake_.run({"versions", repo, "--remove-unfinished", "--yes"}), 0);
  EXPECT_THAT(fake_.out.str(), HasSubstr("nothing unfinished"));
  EXPECT_TRUE(fs::exists(repo + "/sets/20261122T181500Z-host-full/set.json"));
}

TEST_F(Run, SetsOfOneHostSourceOrType) {
  const std::string repo = repository_with_sets();  // of "host", full, and one that is unfinished
  put_image_of_right_length(repo);
  const auto sets = [&](std::vector<std::string> filter) {
    filter.insert(filter.begin(), {"versions", repo, "--json"});
    const int code = fake_.run(filter);
    EXPECT_TRUE(code == 0 || code == 4) << "4: their images are not there\n" << fake_.err.str();
    return summary_of(fake_.out.str())["sets"].size();
  };
  EXPECT_EQ(sets({}), 2u);
  EXPECT_EQ(sets({"--host", "host"}), 2u);
  EXPECT_EQ(sets({"--host", "other"}), 0u);
  EXPECT_EQ(sets({"--type", "copy"}), 0u);
  EXPECT_EQ(sets({"--source", "/dev/vg/snap", "--type", "full"}), 2u);
  EXPECT_EQ(fake_.run({"show", repo + "::latest", "--host", "other"}), 1);
  EXPECT_THAT(fake_.err.str(), HasSubstr("no finished backup set of host other"));
  EXPECT_EQ(fake_.run({"versions", repo, "--type", "half"}), 2);
  EXPECT_EQ(fake_.run({"copy", "a", "b", "--host", "x"}), 2) << "copy takes no set";
}

TEST_F(Run, FormatOneIsCalledNoChecksum) {
  const std::string repo = TINTYPE_SOURCE_DIR "/tests/golden/repository-v1";
  EXPECT_EQ(fake_.run({"versions", repo}), 4) << "its images are not kept";
  EXPECT_THAT(fake_.out.str(), HasSubstr("sound, no checksum"));
  EXPECT_EQ(fake_.run({"show", repo + "::latest"}), 4);
  EXPECT_THAT(fake_.out.str(), HasSubstr("format 1: no checksum"));
}

TEST_F(Run, DamagedManifestsAreExit4) {
  const std::string repo = repository_with_sets();
  put(repo + "/sets/20261122T181500Z-host-full/set.json", "{}");
  for (const char* command : {"versions", "show", "verify"}) {
    EXPECT_EQ(fake_.run({command, repo}), 4) << command;
    EXPECT_EQ(fake_.run({command, repo, "--json"}), 4);
    EXPECT_EQ(summary_of(fake_.out.str())["exit_code"], 4);
  }
  EXPECT_EQ(fake_.run({"show", repo + "::latest"}), 4);
}

TEST_F(Run, AnImageThatIsGoneIsDamage) {
  const std::string repo = repository_with_sets();  // its manifest names D.tint
  EXPECT_EQ(fake_.run({"verify", repo + "::latest"}), 4);
  EXPECT_THAT(fake_.out.str(), HasSubstr("DAMAGED"));
}

TEST_F(Run, NothingVerifiedIsNotGood) {
  const std::string repo = test::repository_at(dir_ / "empty");
  EXPECT_EQ(fake_.run({"verify", repo}), 1);
  EXPECT_THAT(fake_.err.str(), HasSubstr("no finished backup set"));
}

TEST_F(Run, LostOutputIsNoSuccess) {
  const std::string repo = repository_with_sets();
  put_image_of_right_length(repo);
  fake_.out.setstate(std::ios::badbit);
  const std::vector<std::string_view> words{"versions", repo};
  EXPECT_EQ(run(words, fake_.env), 1);
  EXPECT_THAT(fake_.err.str(), HasSubstr("cannot write to standard output"));
}

TEST_F(Run, ShowTellsAllOfASet) {
  const std::string repo = repository_with_sets();
  // All that was recorded, although the image is not what it tells of.
  put_image_of_right_length(repo);
  EXPECT_EQ(fake_.run({"show", repo + "::latest"}), 4);
  EXPECT_THAT(fake_.out.str(), HasSubstr("verdict when it was made: 6 FINDINGS"));
  EXPECT_THAT(fake_.err.str(), HasSubstr("is not a Tintype image"));
  EXPECT_EQ(fake_.run({"show", repo + "::latest", "--json"}), 4);
  const Json manifest = summary_of(fake_.out.str())["manifest"];
  EXPECT_EQ(manifest["volumes"][0]["databases"][0]["pages"]["bad_checksum"], 5);
}

TEST_F(Run, CheckIsEseutilsJudgement) {
  EXPECT_EQ(fake_.run({"check", database()}), 0);
  EXPECT_THAT(fake_.out.str(), HasSubstr("128 pages seen\n0 bad checksums\n"));
  EXPECT_THAT(fake_.out.str(), HasSubstr("3 reads performed\n1 MB read\n"))
      << "one to see what it is, one for the headers, one for all of it";
  EXPECT_THAT(fake_.out.str(), HasSubstr("Operation completed successfully"));
  EXPECT_EQ(fake_.run({"check", database({"flipbit:9"}), "-q"}), 0) << "correctable is a warning";
  EXPECT_EQ(fake_.out.str(), "") << "-q: nothing to say";

  const std::string bad = database({"badchecksum:5", "flipbit:9:4000"});
  EXPECT_EQ(fake_.run({"check", bad, "-q"}), 3);
  EXPECT_THAT(fake_.out.str(),
              HasSubstr("ERROR: page 5 checksum failed (JET_errReadVerifyFailure -1018)\n"));
  EXPECT_THAT(fake_.out.str(), HasSubstr("WARNING: page 9 checksum verification failed but the "
                                         "corruption ( bit 4000 ) can be corrected ("));
  EXPECT_THAT(fake_.out.str(), HasSubstr("JET_errDatabaseCorrupted"));
  EXPECT_EQ(fake_.run({"check", bad, dir_ / "missing", "--json"}), 3) << "findings are facts";
  const Json summary = summary_of(fake_.out.str());
  EXPECT_EQ(summary["files"][0]["databases"][0]["pages"]["bad_checksum"], 1);
  EXPECT_THAT(summary["files"][1]["error"].get<std::string>(), HasSubstr("No such file"));
}

TEST_F(Run, InspectShowsTheHeader) {
  EXPECT_EQ(fake_.run({"inspect", database()}), 0);
  EXPECT_THAT(fake_.out.str(), HasSubstr("State: Clean Shutdown\n"));
  EXPECT_THAT(fake_.out.str(), HasSubstr("Header status: sound"));
  EXPECT_EQ(fake_.run({"inspect", database({"header-shadow"}), "--json"}), 3);
  const Json file = summary_of(fake_.out.str())["files"][0];
  EXPECT_EQ(file["sound"], false);
  EXPECT_EQ(file["page_bytes"], 8192);
  EXPECT_FALSE(file["fields"].empty());
  EXPECT_EQ(fake_.run({"inspect", database({"header-both"})}), 3);
  EXPECT_THAT(fake_.out.str(), HasSubstr("BOTH COPIES BAD"));
}

TEST_F(Run, WhatIsNotCheckedIsSaidLoudly) {
  const std::string volume = plain_volume(), repo = test::repository_at(dir_ / "r");
  EXPECT_EQ(fake_.run({"backup", volume, "--to", repo, "-q"}), 0);
  EXPECT_THAT(fake_.err.str(), HasSubstr("NOT CHECKED")) << "even with -q";
  EXPECT_EQ(fake_.run({"backup", volume, "--to", repo}), 0);
  EXPECT_THAT(fake_.out.str(), HasSubstr("databases NOT CHECKED. exit 0\n"));
  EXPECT_EQ(fake_.run({"backup", volume, "--to", repo, "--database", "*.edb"}), 3)
      << "a database that was named must be checked";
  EXPECT_THAT(fake_.out.str(), HasSubstr("logs must stay. exit 3\n"));
  EXPECT_EQ(fake_.run({"versions", repo}), 0);
  EXPECT_THAT(fake_.out.str(), HasSubstr("NOT CHECKED"));
}

TEST_F(Run, BackupVerifyRestoreCopy) {
  const std::string volume = plain_volume(), repo = test::repository_at(dir_ / "r"),
                    out = dir_ / "restored.img";
  EXPECT_EQ(fake_.run({"backup", "D=" + volume, "--to", repo, "--dry-run"}), 0);
  EXPECT_EQ(test::sets_in(repo), 0u);
  EXPECT_EQ(fake_.run({"backup", "D=" + volume, "--to", repo, "--json", "-v"}), 0)
      << fake_.err.str();
  const Json summary = summary_of(fake_.out.str());
  EXPECT_TRUE(summary["sound"].is_null()) << "without a file system no database was looked for";
  EXPECT_EQ(summary["volumes"][0]["captured_bytes"], 3 << 20);
  EXPECT_EQ(fake_.run({"verify", repo}), 0);
  EXPECT_THAT(fake_.out.str(),
              HasSubstr("good (structure, stored bytes, plain bytes): 1 image. exit 0\n"));
  EXPECT_EQ(fake_.run({"restore", repo + "::latest/D", "--to", out}), 0) << fake_.err.str();
  EXPECT_EQ(test::read_file(out), test::read_file(volume));
  EXPECT_EQ(fake_.run({"copy", volume, dir_ / "copy.img", "--no-read-back"}), 0) << fake_.err.str();
  EXPECT_EQ(test::read_file(dir_ / "copy.img"), test::read_file(volume));
  EXPECT_THAT(fake_.out.str(), HasSubstr("NOT READ BACK"));
}

TEST_F(Run, OverwritingNeedsFlagAndYes) {
  const std::string volume = plain_volume(), target = dir_ / "target";
  put(target, "precious");
  EXPECT_EQ(fake_.run({"copy", volume, target}), 1);
  EXPECT_EQ(fake_.run({"copy", volume, target, "--yes"}), 1);
  EXPECT_EQ(fake_.run({"copy", volume, target, "--overwrite"}), 2);
  EXPECT_EQ(fake_.run({"copy", volume, target, "--overwrite", "--dry-run"}), 0);
  EXPECT_EQ(fs::file_size(target), 8u);
  fake_.be_terminal();
  fake_.in.str("y\n");
  EXPECT_EQ(fake_.run({"copy", volume, target, "--overwrite"}), 2) << "yes is spelled out";
  EXPECT_EQ(fs::file_size(target), 8u);
  EXPECT_EQ(fake_.run({"copy", volume, target, "--overwrite", "--yes"}), 0) << fake_.err.str();
  EXPECT_EQ(fs::file_size(target), 3u << 20);
}

TEST_F(Run, DamageIsFoundAndNotRestored) {
  const std::string volume = plain_volume(), repo = test::repository_at(dir_ / "r");
  ASSERT_EQ(fake_.run({"backup", "D=" + volume, "--to", repo, "--compress", "none"}), 0);
  std::string image;
  for (const auto& entry : fs::recursive_directory_iterator(repo))
    if (entry.path().extension() == ".tint") image = entry.path();
  std::vector<std::byte> bytes = test::read_file(image);
  bytes[bytes.size() / 2] ^= std::byte{1};
  test::write_file(image, bytes);
  for (const std::string& what : {repo, repo + "::latest", image}) {
    EXPECT_EQ(fake_.run({"verify", what}), 4) << what;
    EXPECT_THAT(fake_.out.str(), HasSubstr("DAMAGED"));
    EXPECT_THAT(fake_.out.str(), HasSubstr("of the volume"));
  }
  EXPECT_EQ(fake_.run({"verify", repo, "--json"}), 4);
  EXPECT_EQ(summary_of(fake_.out.str())["images"][0]["faults"].size(), 1u);
  EXPECT_EQ(fake_.run({"restore", image, "--to", dir_ / "out"}), 4);
  EXPECT_FALSE(fs::exists(dir_ / "out"));

  bytes.resize(bytes.size() / 2);
  test::write_file(image, bytes);
  EXPECT_EQ(fake_.run({"verify", repo}), 4);
  EXPECT_EQ(fake_.run({"restore", image, "--to", dir_ / "out"}), 4);
}

TEST_F(Run, AnImageOfAnotherBackupDoesNotPassForThisOne) {
  const std::string volume = plain_volume(), repo = test::repository_at(dir_ / "r"),
                    other = dir_ / "other.img";
  test::write_file(other, test::random_bytes(3 << 20, 8));
  ASSERT_EQ(fake_.run({"backup", "D=" + volume, "--to", repo}), 0);
  ASSERT_EQ(fake_.run({"backup", "D=" + other, "--to", repo}), 0);
  std::vector<fs::path> images;
  for (const auto& entry : fs::recursive_directory_iterator(repo))
    if (entry.path().extension() == ".tint") images.push_back(entry.path());
  ASSERT_EQ(images.size(), 2u);
  fs::copy_file(images[0], images[1], fs::copy_options::overwrite_existing);
  EXPECT_EQ(fake_.run({"verify", repo}), 4);
  EXPECT_THAT(fake_.out.str(), HasSubstr("here lies another"));
}

TEST_F(Run, ColourOnlyWhereItIsWelcome) {
  const std::string file = database();
  fake_.be_terminal();
  EXPECT_EQ(fake_.run({"check", file}), 0);
  EXPECT_THAT(fake_.out.str(), HasSubstr("\x1b[32m"));
  fake_.variables["NO_COLOR"] = "1";
  EXPECT_EQ(fake_.run({"check", file}), 0);
  EXPECT_THAT(fake_.out.str(), Not(HasSubstr("\x1b")));
}

TEST(Signals, TheFirstAsksTheSecondEnds) {
  EXPECT_EXIT(
      {
        static Signals signals;
        std::atomic<bool> stop{false};
        install_signal_handlers(signals);
        signals.stop_flag.store(&stop);
        std::raise(SIGUSR1);
        if (!signals.status_wanted.load() || stop.load()) std::exit(1);
        std::raise(SIGINT);
        if (!stop.load() || signals.stop.load() != SIGINT) std::exit(2);
        std::raise(SIGINT);
        std::exit(3);
      },
      testing::ExitedWithCode(130), "");
}

TEST(Signals, WithoutAJobTheFirstEnds) {
  EXPECT_EXIT(
      {
        static Signals signals;
        install_signal_handlers(signals);
        std::raise(SIGTERM);
        std::exit(3);
      },
      testing::ExitedWithCode(143), "");
}

}  // namespace
}  // namespace tintype
