// Whoever uses a set compares it with its manifest, and the manifest with its folder, before it
// gives a byte: every command against every way in which a set can be another than it says.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>
#include <functional>
#include <iostream>

#include "support/random_bytes.h"
#include "support/temp_dir.h"
#include "support/volume_maker.h"
#include "tests/tools/built_program.h"

namespace tintype {
namespace {

namespace fs = std::filesystem;
using test::ProgramOutcome;
using ::testing::HasSubstr;

// Two full backups of one volume, whose files changed in between but not their sizes; then one of
// two volumes.
class SetUse : public testing::Test {
 protected:
  void SetUp() override {
    fs::permissions(dir_.path(), fs::perms::others_exec | fs::perms::others_read,
                    fs::perm_options::add);
    const auto stream = test::run_command(
        fmt::format("'{}' '{}' --logs 1-9 --required 7-9 --database-size 1MiB --log-size 64KiB",
                    MAKE_ESE_STREAM, dir_ / "files"));
    ASSERT_EQ(stream.exit_code, 0) << stream.output;
    fs::copy(dir_ / "files", live_);
    fs::permissions(live_, fs::perms::all);
    ASSERT_EQ(test::run_program({"init", repo_}).code, 0);
    older_ = back_up(1);
    newer_ = back_up(2);
    ASSERT_NE(older_, newer_);
  }

  std::string back_up(std::uint64_t seed) {
    test::write_file(dir_ / "files/a", test::random_bytes(200'000, seed));
    test::make_ext(dir_ / "v", 8 << 20, "-t ext4 -O ^has_journal -d " + (dir_ / "files"));
    const ProgramOutcome made =
        test::run_program({"backup", "v=" + (dir_ / "v"), "--to", repo_, "--compress", "none",
                           "--full", "--all-databases", "-q"});
    EXPECT_EQ(made.code, 0) << made.err;
    return latest();
  }
  [[nodiscard]] std::string latest() const {
    fs::path last;
    for (const auto& entry : fs::directory_iterator(repo_ + "/sets"))
      if (last.empty() || fs::last_write_time(entry) > fs::last_write_time(last)) last = entry;
    return last.filename();
  }
  [[nodiscard]] std::string in_set(const std::string& set, const std::string& name) const {
    return repo_ + "/sets/" + set + "/" + name;
  }
  // A server that would serve is ended: that is another exit code, and a fault.
  ProgramOutcome run(std::vector<std::string> words, bool as_nobody) const {
    std::vector<std::string> all{"/usr/bin/timeout", "20"};
    if (as_nobody)
      all.insert(all.end(),
                 {"/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"});
    all.emplace_back(TINTYPE_PROGRAM);
    all.insert(all.end(), words.begin(), words.end());
    test::ChildProgram child(all);
    const int code = child.wait();
    return {code, child.out(), child.err()};
  }

  test::TempDir dir_;
  std::string repo_ = dir_ / "repo", live_ = dir_ / "live";
  std::string older_, newer_;
};

TEST_F(SetUse, EveryCommandRefusesWhatIsNotTheSet) {
  const std::string kept = dir_ / "kept", out = dir_ / "out";
  fs::copy(repo_, kept, fs::copy_options::recursive);
  const std::string image = in_set(newer_, "v.tint"), manifest = in_set(newer_, "set.json");
  const auto copy_over = [&](const std::string& from, const std::string& to) {
    fs::copy_file(from, to, fs::copy_options::overwrite_existing);
  };
  const auto readable_but = [&](const std::string& what) {
    EXPECT_EQ(test::run_command("chmod -R a+rX '" + repo_ + "'").exit_code, 0);
    fs::permissions(what, fs::perms::none);
  };
  struct Way {
    std::string name;
    std::function<void()> prepare;
    bool as_nobody;
    int used, listed;  // exit codes of commands that use the image, of those that list sets
  };
  const std::vector<Way> ways{
      // Of the same length: a list, which reads no image, cannot know.
      {"swapped image", [&] { copy_over(in_set(older_, "v.tint"), image); }, false, 4, 0},
      {"replayed set",
       [&] {
         copy_over(in_set(older_, "v.tint"), image);
         copy_over(in_set(older_, "set.json"), manifest);
       },
       false, 4, 4},
      {"broken manifest", [&] { fs::resize_file(manifest, fs::file_size(manifest) / 2); }, false, 4,
       4},
      {"cut image", [&] { fs::resize_file(image, fs::file_size(image) / 2); }, false, 4, 4},
      {"missing image", [&] { fs::remove(image); }, false, 4, 4},
      {"image not allowed", [&] { readable_but(image); }, true, 1, 0},
      {"manifest not allowed", [&] { readable_but(manifest); }, true, 1, 1},
  };
  const std::string set = repo_ + "::" + newer_;
  const auto live_files = std::distance(fs::directory_iterator(live_), fs::directory_iterator());
  struct Command {
    std::string name;
    std::vector<std::string> words;
    bool lists = false;
  };
  const std::vector<Command> commands{
      {"versions", {"versions", repo_}, true},
      {"show REPO", {"show", repo_}, true},
      {"show SET", {"show", set}},
      {"verify", {"verify", set}},
      {"verify REPO", {"verify", repo_}},
      {"restore", {"restore", set, "--to", out + "/t"}},
      {"restore -n", {"restore", set, "--to", out + "/t", "-n"}},
      {"extract", {"extract", set, "/", "--to", out + "/d"}},
      {"export qcow2", {"export", set, "--to", out + "/t.qcow2"}},
      {"export raw", {"export", set, "--to", out + "/t.raw"}},
      {"mount", {"mount", set, out + "/m", "--foreground"}},
      {"serve", {"serve", set, "--socket", out + "/s"}},
      {"truncate", {"truncate", set, "--logs", live_, "--yes"}},
  };
  std::string table = fmt::format("{:21}", "");
  for (const Command& command : commands) table += fmt::format(" {:>12}", command.name);
  for (const Way& way : ways) {
    if (way.as_nobody && ::geteuid() != 0) continue;
    fs::remove_all(repo_);
    fs::copy(kept, repo_, fs::copy_options::recursive);
    way.prepare();
    table += fmt::format("\n{:21}", way.name);
    for (const Command& command : commands) {
      fs::remove_all(out);
      fs::create_directories(out + "/m");
      fs::permissions(out, fs::perms::all);
      fs::permissions(out + "/m", fs::perms::all);
      const ProgramOutcome outcome = run(command.words, way.as_nobody);
      const int expected = command.lists ? way.listed : way.used;
      table += fmt::format(" {:>12}", outcome.code);
      EXPECT_TRUE(outcome.code == expected)
          << outcome.code << " from " << command.name << ", " << way.name << "\n"
          << outcome.out << outcome.err;
      for (const auto& entry : fs::recursive_directory_iterator(out))
        EXPECT_TRUE(!entry.is_regular_file() || entry.file_size() == 0)
            << way.name << ", " << command.name << " gave " << entry.path();
    }
    EXPECT_EQ(std::distance(fs::directory_iterator(live_), fs::directory_iterator()), live_files)
        << way.name;
  }
  std::cout << table << "\n";
  // And of the set as it was made, all of it: else the table shows nothing.
  fs::remove_all(repo_);
  fs::copy(kept, repo_, fs::copy_options::recursive);
  for (const Command& command : commands) {
    if (command.name == "mount" || command.name == "serve") continue;
    fs::remove_all(out);
    fs::create_directories(out);
    EXPECT_EQ(run(command.words, false).code, 0) << command.name;
  }
  EXPECT_LT(std::distance(fs::directory_iterator(live_), fs::directory_iterator()), live_files);
}

TEST_F(SetUse, ARenamedSetSaysWhoseManifestItHas) {
  const std::string other = "20300101T000000Z-host-full";
  fs::rename(in_set(older_, ""), in_set(other, ""));
  const ProgramOutcome refused = test::run_program({"verify", repo_ + "::" + other});
  EXPECT_EQ(refused.code, 4);
  EXPECT_THAT(refused.out + refused.err, HasSubstr(older_));
  const ProgramOutcome restored =
      test::run_program({"restore", repo_ + "::" + other, "--to", dir_ / "t"});
  EXPECT_EQ(restored.code, 4);
  EXPECT_THAT(restored.err, HasSubstr("give it that name back"));
}

TEST_F(SetUse, TheImageOfAnotherVolumeOfTheSetIsNamed) {
  const ProgramOutcome made = test::run_program(
      {"backup", "one=" + (dir_ / "v"), "two=" + (dir_ / "v"), "--to", repo_, "-q"});
  ASSERT_EQ(made.code, 0) << made.err;
  std::string set;
  for (const auto& entry : fs::directory_iterator(repo_ + "/sets"))
    if (fs::exists(entry.path() / "two.tint")) set = entry.path().filename();
  // The same bytes of a volume: only the name tells them apart.
  fs::copy_file(in_set(set, "two.tint"), in_set(set, "one.tint"),
                fs::copy_options::overwrite_existing);
  const ProgramOutcome refused =
      test::run_program({"restore", repo_ + "::" + set + "/one", "--to", dir_ / "t"});
  EXPECT_EQ(refused.code, 4);
  EXPECT_THAT(refused.err, HasSubstr("here lies the image of volume \"two\""));
  EXPECT_EQ(test::run_program({"restore", repo_ + "::" + set + "/two", "--to", dir_ / "t"}).code,
            0);
  // Half of the set can be had, and each half is told.
  const ProgramOutcome half = test::run_program({"verify", repo_ + "::" + set});
  EXPECT_EQ(half.code, 4);
  EXPECT_THAT(half.out, HasSubstr("DAMAGED: 1 of 2"));
}

TEST_F(SetUse, AListSaysWhatWasRecordedAndWhenItWasVerified) {
  const ProgramOutcome before = test::run_program({"versions", repo_});
  EXPECT_EQ(before.code, 0);
  EXPECT_THAT(before.out, HasSubstr("WHEN MADE"));
  EXPECT_THAT(before.out, HasSubstr("never"));
  EXPECT_THAT(test::run_program({"versions", repo_, "--json"}).out,
              HasSubstr("\"recorded\":\"sound\",\"last_verified\":null"));
  EXPECT_EQ(test::run_program({"verify", repo_}).code, 0);
  const ProgramOutcome after = test::run_program({"versions", repo_});
  EXPECT_THAT(after.out, testing::Not(HasSubstr("never")));
  EXPECT_THAT(test::run_program({"show", repo_ + "::" + newer_}).out,
              HasSubstr("last verified: 2"));
  // Found damaged: known from then on, for as long as the same file lies there.
  const std::string image = in_set(newer_, "v.tint");
  std::vector<std::byte> bytes = test::read_file(image);
  bytes[bytes.size() / 2] ^= std::byte{1};
  test::write_file(image, bytes);
  EXPECT_EQ(test::run_program({"versions", repo_}).code, 0);  // nobody has looked
  EXPECT_EQ(test::run_program({"verify", repo_, "-q"}).code, 4);
  const ProgramOutcome damaged = test::run_program({"versions", repo_});
  EXPECT_EQ(damaged.code, 4);
  EXPECT_THAT(damaged.out, HasSubstr("damaged at 2"));
  EXPECT_EQ(test::run_program({"show", repo_}).code, 4);
  bytes[bytes.size() / 2] ^= std::byte{1};
  test::write_file(image, bytes);
  EXPECT_EQ(test::run_program({"verify", repo_, "-q"}).code, 0);
  EXPECT_EQ(test::run_program({"versions", repo_}).code, 0);
}

}  // namespace
}  // namespace tintype
