// What a user gets wrong: a table of command lines, their exit codes and what they are told. Every
// line says what, where and what to do, on one line, and whoever asked for JSON gets JSON.
#include <gmock/gmock.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <ostream>
#include <sstream>

#include "support/random_bytes.h"
#include "support/temp_dir.h"
#include "tests/tools/built_program.h"

namespace tintype {
namespace {

namespace fs = std::filesystem;
using test::ProgramOutcome;
using test::run_program;
using ::testing::HasSubstr;
using ::testing::Not;
using Json = nlohmann::json;

struct Mistake {
  std::string words;  // "@x" is x in the test's folder
  int code;
  std::string part;  // of what is told
};

void PrintTo(const Mistake& mistake, std::ostream* out) {
  *out << mistake.words;
}

class WrongUsage : public testing::TestWithParam<Mistake> {
 protected:
  void SetUp() override {
    test::write_file(dir_ / "v.img", test::random_bytes(300'000, 1));
    test::write_file(dir_ / "file", test::random_bytes(100'000, 2));
    fs::create_directory(dir_ / "folder");
    test::write_file(dir_ / "folder/x", test::random_bytes(10, 3));
    fs::create_symlink("nowhere", dir_ / "dangling");
    ASSERT_EQ(::mkfifo((dir_ / "fifo").c_str(), 0600), 0);
    ASSERT_EQ(run_program({"init", dir_ / "repo"}).code, 0);
    for (const char* volumes : {"a", "b"})
      ASSERT_EQ(run_program({"backup", std::string(volumes) + "=" + (dir_ / "v.img"), "--to",
                             dir_ / "repo", "-q"})
                    .code,
                0);
    ASSERT_EQ(run_program({"init", dir_ / "damaged"}).code, 0);
    test::write_file(dir_ / "damaged/tintype.json", test::random_bytes(50, 4));
  }
  [[nodiscard]] std::vector<std::string> words_of(const std::string& line) const {
    std::vector<std::string> words;
    std::istringstream in(line);
    for (std::string word; in >> word;) {
      if (const auto at = word.find('@'); at != std::string::npos)
        word.replace(at, 1, dir_.path().string() + "/");
      words.push_back(word);
    }
    return words;
  }

  test::TempDir dir_;
};

void expect_one_line_for_people(const std::string& text) {
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1) << text;
  EXPECT_TRUE(text.starts_with("tintype: ")) << text;
  for (const char c : text) EXPECT_TRUE(c == '\n' || (c >= ' ' && c != '\x7f')) << int{c};
}

void expect_json_of_failure(const std::string& out, int code) {
  std::istringstream lines(out);
  Json last;
  for (std::string line; std::getline(lines, line);) {
    last = Json::parse(line, nullptr, false);
    ASSERT_FALSE(last.is_discarded()) << line;
  }
  ASSERT_TRUE(last.is_object()) << "nothing was said";
  EXPECT_EQ(last["type"], "summary");
  EXPECT_EQ(last["exit_code"], code);
}

TEST_P(WrongUsage, IsToldInOneLine) {
  const std::vector<std::string> words = words_of(GetParam().words);
  const ProgramOutcome told = run_program(words);
  EXPECT_EQ(told.code, GetParam().code) << told.err;
  EXPECT_THAT(told.err, HasSubstr(GetParam().part));
  expect_one_line_for_people(told.err);
  if (told.code == 2 && told.err.find("not confirmed") == std::string::npos) {
    const std::string command = words.front().starts_with("-") ? words.back() : words.front();
    EXPECT_THAT(told.err, HasSubstr("tintype " + command + " --help"));
  }
  std::vector<std::string> for_programs = words;
  for_programs.push_back("--json");
  const ProgramOutcome json = run_program(for_programs);
  EXPECT_EQ(json.code, GetParam().code);
  expect_json_of_failure(json.out, GetParam().code);
}

const Mistake kWords[] = {
    {"--to @repo backup", 2, "--to stands before backup"},
    {"backup", 2, "VOLUME is missing: tintype backup VOLUME"},
    {"backup @v.img", 2, "--to is missing"},
    {"backup @v.img --to", 2, "--to lacks its value"},
    {"backup @v.img --to=", 2, "--to lacks its value"},
    {"backup @v.img --to --full", 2, "--to lacks its value: --full is a flag"},
    {"backup @v.img --to @repo --full --copy", 2, "--full and --copy contradict each other"},
    {"backup @v.img --to @repo --bogus", 2, "backup has no flag --bogus"},
    {"backup @v.img --to @repo --iodepth 0", 2, "\"0\" is no number from 1 to 64"},
    {"backup @v.img --to @repo --compress zip", 2, "\"zip\" is none of auto, lz4, none"},
    {"backup @v.img --to @repo --full --truncate @missing --all-databases", 2, "cannot look into"},
    {"backup x=@v.img x=@file --to @repo", 2, "two volumes are called x"},
    {"backup x=@v.img --name y --to @repo", 2, "--name and NAME=VOLUME contradict each other"},
    {"copy @v.img", 2, "TARGET is missing: tintype copy VOLUME TARGET"},
    {"mount @v.img", 2, "DIR is missing: tintype mount"},
    {"copy @v.img @out more", 2, "\"more\" is one too many"},
    {"versions @repo --remove-unfinished --host x", 2, "takes no --host, --source or --type"},
    {"bench kernels --output @file", 2, "file exists (name a new file"},
};
INSTANTIATE_TEST_SUITE_P(OfWords, WrongUsage, testing::ValuesIn(kWords));

// One thing where another is wanted.
const Mistake kThings[] = {
    {"show @repo::", 2, "is not REPO::SET (REPO::latest is the newest set"},
    {"verify @repo::latest/", 2, "names no volume after the slash"},
    {"show @repo::latest#9", 1, "has no backup set \"latest#9\""},
    {"restore @repo --to @out", 2, "is a repository: name one of its sets"},
    {"extract @repo / --to @out", 2, "is a repository: name one of its sets"},
    {"serve @repo", 2, "is a repository: name one of its sets"},
    {"show @v.img@shadow:x", 2, "\"x\" names no shadow copy"},
    {"backup @v.img#0 --to @repo", 2, "\"0\" names no partition"},
    {"copy @v.img#x @out", 2, "\"x\" names no partition"},
    {"restore @folder --to @out", 1, "is not a repository: it has no tintype.json"},
    {"restore @damaged --to @out", 4, "damaged/tintype.json is not"},
    {"versions @repo::latest", 2, "names a backup set, and a repository is wanted"},
    {"init @repo::x", 2, "names a backup set, and a repository is wanted"},
    {"backup @v.img --to @repo::x", 2, "names a backup set, and a repository is wanted"},
    {"backup @repo::latest --to @repo", 2, "names a backup set, and a volume is wanted"},
    {"copy @v.img @repo::latest", 2, "names a backup set, and a volume is wanted"},
    {"restore @repo::latest --to @repo::x", 2, "names a backup set, and a new file"},
    {"export @repo::latest --to @repo::x.vhd", 2, "names a backup set, and a new file is wanted"},
    {"extract @repo::latest / --to @repo::x", 2, "names a backup set, and a folder is wanted"},
    {"check @repo::latest", 2, "names a backup set, and a file or a folder is wanted"},
    {"inspect @repo::latest", 2, "names a backup set, and a file is wanted"},
    {"remove @repo", 2, "remove takes one backup set by its name"},
    {"truncate @repo --logs @folder", 2, "truncate takes one backup set"},
    {"versions @file", 1, "is not a repository: it is no folder"},
    {"init @file", 1, "is no folder (name an empty or new folder)"},
    {"inspect @folder", 1, "is a folder (tintype check looks into folders)"},
    {"bench compare @folder @folder", 1, "Is a directory"},
};
INSTANTIATE_TEST_SUITE_P(OfThings, WrongUsage, testing::ValuesIn(kThings));

// What is not there, or no file at all, is no damage.
const Mistake kPlaces[] = {
    {"show @fifo", 1, "neither a file nor a block device"},
    {"verify @fifo", 1, "neither a file nor a block device"},
    {"restore @fifo --to @out", 1, "neither a file nor a block device"},
    {"export /dev/null --to @out.vhd", 1, "neither a file nor a block device"},
    {"verify @missing", 1, "name a repository, REPO::SET or an image"},
    {"verify @dangling", 1, "cannot open"},
    {"serve @file --socket @missing/socket", 4, "is not a Tintype image"},
    {"bench copy @v.img --to @missing", 1, "missing does not exist (make it first)"},
    {"bench kernels --output @missing/x", 1, "missing does not exist (make it first)"},
    {"copy @v.img @file --overwrite", 2, "not confirmed: "},
    {"restore @repo::latest --to @folder", 1, "is a folder"},
    {"backup @repo/sets --to @repo", 1, "is a part of the repository"},
};
INSTANTIATE_TEST_SUITE_P(OfPlaces, WrongUsage, testing::ValuesIn(kPlaces));

using HostileNames = WrongUsage;

TEST_F(HostileNames, NeverReachATerminalRaw) {
  const std::string volume = dir_ / "v\x1b[31m\n\xff.img";
  test::write_file(volume, test::random_bytes(70'000, 5));
  const std::string page = dir_ / "p\x1b]0;t\x07\n.html";
  const std::vector<std::vector<std::string>> lines{
      {"backup", volume, "--to", dir_ / "repo", "--report", page},
      {"verify", dir_ / "repo", "--report", page},
      {"copy", volume, volume + ".copy", "-v", "--report", page},
      {"serve", dir_ / "repo::latest", "--socket", volume + "/socket"},
      {"inspect", volume},
      {"backup", volume, "--" + volume},
  };
  for (const auto& line : lines) {
    const ProgramOutcome outcome = run_program(line);
    for (const std::string& text : {outcome.out, outcome.err}) {
      EXPECT_THAT(text, Not(HasSubstr("\x1b"))) << line.front();
      EXPECT_THAT(text, Not(HasSubstr("\x07"))) << line.front();
      EXPECT_THAT(text, Not(HasSubstr("\xff"))) << line.front();
    }
  }
}

TEST_F(HostileNames, WhoMayNotIsToldWhoMay) {
  fs::permissions(dir_ / "", fs::perms::owner_all | fs::perms::group_exec | fs::perms::others_exec |
                                 fs::perms::others_read);
  const std::string as_nobody =
      "setpriv --reuid=65534 --regid=65534 --clear-groups '" + std::string(TINTYPE_PROGRAM) + "' ";
  for (const std::string& line :
       {"init '" + (dir_ / "new'"), "versions '" + (dir_ / "repo'"),
        "bench copy /dev/null --to '" + (dir_ / "folder'"), "verify '" + (dir_ / "repo/sets'")}) {
    const auto outcome = test::run_command(as_nobody + line + " 2>&1");
    EXPECT_EQ(outcome.exit_code, 1) << line << outcome.output;
    EXPECT_THAT(outcome.output, HasSubstr("run as root, or give this user access to it")) << line;
  }
}

}  // namespace
}  // namespace tintype
