#include "engine/repository/repository.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "engine/manifest/set_name.h"
#include "support/make_repository.h"
#include "support/temp_dir.h"
#include "tests/engine/manifest/manifest_samples.h"

namespace tintype {
namespace {

namespace fs = std::filesystem;
using test::make_repository;
using test::sample_manifest;
using test::TempDir;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

void put(const std::string& path, std::string_view text) {
  std::ofstream(path) << text;
}

// Begins and commits a set; returns its name.
std::string add_set(const Repository& repository, const std::string& name,
                    std::string_view image = "x") {
  const auto partial = repository.begin_set(name);
  EXPECT_TRUE(partial) << partial.error().line();
  put(*partial + "/D.tint", image);
  const auto path = repository.commit_set(sample_manifest(set_name_of(*partial)));
  EXPECT_TRUE(path) << path.error().line();
  return set_name_of(*path);
}

std::vector<std::string> names(const std::vector<SetEntry>& entries) {
  std::vector<std::string> all;
  for (const SetEntry& entry : entries) all.push_back(entry.name);
  return all;
}

bool leave_note(const std::string& path) {
  put(path, "");
  return true;
}

mode_t mode_of(const std::string& path) {
  struct stat status {};
  EXPECT_EQ(::stat(path.c_str(), &status), 0) << path;
  return status.st_mode & 07777;
}

TEST(Repository, IsMadeOnceAndOpened) {
  const TempDir dir;
  const Repository made = test::must(Repository::create(dir / "repo"));
  EXPECT_EQ(made.id().size(), 32u);
  EXPECT_EQ(test::must(Repository::open(dir / "repo/")).id(), made.id());
  EXPECT_EQ(test::must(Repository::open(dir / "repo/")).path(), dir / "repo");
  EXPECT_THAT(*made.sets(), IsEmpty());
  EXPECT_THAT(Repository::create(dir / "repo").error().line(),
              HasSubstr("is a repository already"));
  EXPECT_EQ(test::must(Repository::open(dir / "repo")).id(), made.id());
}

TEST(Repository, OpeningMakesNothing) {
  const TempDir dir;
  EXPECT_THAT(Repository::open(dir / "no").error().line(),
              HasSubstr("tintype init " + (dir / "no") + " makes one"));
  EXPECT_FALSE(fs::exists(dir / "no"));
  fs::create_directory(dir / "mount-point");
  EXPECT_THAT(Repository::open(dir / "mount-point").error().line(), HasSubstr("makes it one"));
  EXPECT_TRUE(fs::is_empty(dir / "mount-point"));
}

TEST(Repository, FreshFileSystemAndInterruptedInitServe) {
  const TempDir dir;
  for (const char* name : {"lost+found", "@eaDir", "System Volume Information"})
    fs::create_directory(dir / name);
  fs::create_directory(dir / "sets");
  put(dir / "tintype.json.0123.partial", "{");
  put(dir / "tintype.json.partial", "{");
  EXPECT_TRUE(test::ok(Repository::create(dir.path())));
  EXPECT_FALSE(fs::exists(dir / "tintype.json.0123.partial"));
  EXPECT_TRUE(Repository::open(dir.path()));
}

TEST(Repository, RefusesWhatIsNone) {
  const TempDir dir;
  put(dir / "holiday.jpg", "x");
  EXPECT_THAT(Repository::create(dir.path()).error().line(), HasSubstr("neither empty nor"));
  EXPECT_THAT(Repository::open(dir.path()).error().line(), HasSubstr("is not a repository"));
  EXPECT_THAT(Repository::open(dir / "no").error().line(), HasSubstr("there is no repository"));
  EXPECT_THAT(Repository::open(dir / "holiday.jpg").error().line(),
              HasSubstr("is not a repository"));
  EXPECT_THAT(Repository::create(dir / "a/b").error().line(), HasSubstr("mounted?"));
  EXPECT_FALSE(fs::exists(dir / "a"));
  EXPECT_FALSE(Repository::create(dir / "holiday.jpg"));

  fs::create_directory(dir / "future");
  put(dir / "future/tintype.json", R"({"format": 99, "id": "x"})");
  EXPECT_THAT(Repository::open(dir / "future").error().line(), HasSubstr("newer tintype"));
  EXPECT_FALSE(Repository::create(dir / "future"));
  fs::create_directory(dir / "pipe");
  ASSERT_EQ(::mkfifo((dir / "pipe/tintype.json").c_str(), 0600), 0);
  EXPECT_FALSE(Repository::open(dir / "pipe"));  // and does not wait for a writer
  EXPECT_FALSE(Repository::create(dir / "pipe"));
}

TEST(Repository, IsItsOwnersAloneWhateverTheUmask) {
  const TempDir dir;
  for (const Permissions permissions : {Permissions::owner_only, Permissions::by_umask}) {
    const mode_t before = ::umask(0022);
    const bool own = permissions == Permissions::owner_only;
    const std::string path = dir / (own ? "own" : "open");
    const Repository repository = test::must(Repository::create(path, permissions));
    const std::string partial = test::must(repository.begin_set("s", permissions));
    EXPECT_EQ(mode_of(partial), own ? 0700u : 0755u);
    EXPECT_EQ(mode_of(partial + "/lock"), 0600u);
    put(partial + "/D.tint", "x");
    const std::string set = test::must(repository.commit_set(sample_manifest("s"), permissions));
    ::umask(before);
    EXPECT_EQ(mode_of(path), own ? 0700u : 0755u);
    EXPECT_EQ(mode_of(path + "/sets"), own ? 0700u : 0755u);
    EXPECT_EQ(mode_of(path + "/tintype.json"), own ? 0600u : 0644u);
    EXPECT_EQ(mode_of(set + "/set.json"), own ? 0600u : 0644u);
  }
}

// Of processes that start together: `run` in each, told when all are there. Returns how many ended
// with 0.
template <class Run>
int run_together(int processes, Run run) {
  int gate[2];
  EXPECT_EQ(::pipe(gate), 0);
  std::vector<pid_t> children;
  for (int i = 0; i < processes; ++i) {
    const pid_t child = ::fork();
    if (child == 0) {
      ::close(gate[1]);
      char nothing = 0;
      static_cast<void>(::read(gate[0], &nothing, 1) == 0);  // until the other end is closed
      ::_exit(run(i) ? 0 : 1);
    }
    children.push_back(child);
  }
  ::close(gate[0]);
  ::close(gate[1]);
  int good = 0;
  for (const pid_t child : children) {
    int status = 0;
    ::waitpid(child, &status, 0);
    good += WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 1 : 0;
  }
  return good;
}

TEST(Repository, OfSeveralWhoMakeItExactlyOneDoes) {
  for (int round = 0; round < 50; ++round) {
    const TempDir dir;
    ASSERT_EQ(run_together(8,
                           [&](int) {
                             const auto made = Repository::create(dir / "repo");
                             const bool late =
                                 !made && made.error().line().find("is a repository already") !=
                                              std::string::npos;
                             return late ||
                                    (made && Repository::open(dir / "repo")->id() == made->id() &&
                                     leave_note(dir / ("made-" + made->id())));
                           }),
              8);
    int makers = 0;
    for (const auto& entry : fs::directory_iterator(dir.path()))
      makers += entry.path().filename().string().starts_with("made-") ? 1 : 0;
    EXPECT_EQ(makers, 1);
    std::vector<std::string> inside;
    for (const auto& entry : fs::directory_iterator(dir / "repo"))
      inside.push_back(entry.path().filename());
    EXPECT_THAT(inside, testing::UnorderedElementsAre("tintype.json", "sets"));
  }
}

TEST(Repository, SeveralFirstSetsAtOnceAllSucceed) {
  for (int round = 0; round < 50; ++round) {
    const TempDir dir;
    static_cast<void>(test::must(Repository::create(dir / "repo")));
    ASSERT_EQ(
        run_together(
            8,
            [&](int) {
              const auto repository = Repository::open(dir / "repo");
              if (!repository) return false;
              const auto partial = repository->begin_set("s");
              if (!partial) return false;
              put(*partial + "/D.tint", "x");
              return repository->commit_set(sample_manifest(set_name_of(*partial))).has_value();
            }),
        8);
    EXPECT_EQ(test::sets_in(dir / "repo"), 8u);
  }
}

TEST(Repository, CommitGivesTheNameAndKeepsTheImages) {
  const TempDir dir;
  const Repository repository = make_repository(dir / "repo");
  const auto partial = repository.begin_set("20261122T181500Z-host-full");
  ASSERT_TRUE(partial);
  EXPECT_EQ(*partial, dir / "repo/sets/20261122T181500Z-host-full.partial");
  put(*partial + "/D.tint", "image");
  ASSERT_EQ(repository.sets()->size(), 1u);
  EXPECT_FALSE(repository.sets()->front().finished);
  EXPECT_TRUE(repository.sets()->front().running);

  const auto path = repository.commit_set(sample_manifest());
  ASSERT_TRUE(path) << path.error().line();
  const auto sets = repository.sets();
  ASSERT_EQ(sets->size(), 1u);
  EXPECT_TRUE(sets->front().finished);
  EXPECT_EQ(sets->front().problem, "");
  EXPECT_EQ(sets->front().manifest.volumes[0].image, "D.tint");
  EXPECT_EQ(sets->front().bytes, 5 + fs::file_size(*path + "/set.json"));
  EXPECT_FALSE(fs::exists(*path + "/lock"));
}

TEST(Repository, AManifestThatContradictsItselfIsNotCommitted) {
  const TempDir dir;
  const Repository repository = make_repository(dir / "repo");
  ASSERT_TRUE(repository.begin_set(sample_manifest().name));
  SetManifest liar = sample_manifest();
  liar.sound = true;
  EXPECT_FALSE(repository.commit_set(liar));
  liar = sample_manifest("../up");
  EXPECT_FALSE(repository.commit_set(liar));
  EXPECT_FALSE(repository.commit_set(sample_manifest("never-begun")));
  EXPECT_FALSE(repository.sets()->front().finished);
}

TEST(Repository, SetsOfTheSameSecondLieSideBySide) {
  const TempDir dir;
  const Repository one = make_repository(dir / "repo"), two = make_repository(dir / "repo");
  const auto first = one.begin_set("s"), second = two.begin_set("s");
  ASSERT_TRUE(first && second);
  EXPECT_EQ(set_name_of(*second), "s-2");
  ASSERT_TRUE(one.commit_set(sample_manifest("s")));
  EXPECT_EQ(set_name_of(*one.begin_set("s")), "s-3");
  ASSERT_TRUE(two.commit_set(sample_manifest("s-2")));
  EXPECT_THAT(names(*one.sets()), ElementsAre("s", "s-2", "s-3"));
}

TEST(Repository, NamesThatLeaveTheFolderAreRefused) {
  const TempDir dir;
  const Repository repository = make_repository(dir / "repo");
  for (const char* name : {"", "..", "../x", "a/b", ".x", "x.partial"})
    EXPECT_FALSE(repository.begin_set(name)) << name;
}

TEST(Repository, RemovesLeftOversAndNothingElse) {
  const TempDir dir;
  const Repository repository = make_repository(dir / "repo");
  const std::string kept = add_set(repository, "a-finished");
  {
    const Repository crashed = make_repository(dir / "repo");
    put(*crashed.begin_set("b-crashed") + "/D.tint", "half");
  }
  ASSERT_TRUE(repository.begin_set("c-running"));
  fs::create_directory(dir / "repo/sets/d-crashed-before-its-lock.partial");
  fs::create_directory_symlink(dir.path(), dir / "repo/sets/e-link.partial");
  fs::create_directory(dir / "repo/sets/20261122T181500Z-no-manifest");

  EXPECT_THAT(*repository.remove_unfinished(true),
              ElementsAre("b-crashed", "d-crashed-before-its-lock"));
  EXPECT_TRUE(fs::exists(dir / "repo/sets/b-crashed.partial/D.tint"));
  EXPECT_FALSE(fs::exists(dir / "repo/sets/d-crashed-before-its-lock.partial/lock"));

  EXPECT_THAT(*repository.remove_unfinished(false),
              ElementsAre("b-crashed", "d-crashed-before-its-lock"));
  EXPECT_THAT(names(*repository.sets()),
              UnorderedElementsAre("20261122T181500Z-no-manifest", "a-finished", "c-running"));
  EXPECT_THAT(*repository.remove_unfinished(false), IsEmpty());
  EXPECT_TRUE(fs::exists(dir / "repo/sets/a-finished/D.tint"));
}

TEST(Repository, FoldersOfSystemsInSetsAreNoSets) {
  const TempDir dir;
  const Repository repository = make_repository(dir / "repo");
  add_set(repository, "christmas");  // renamed by its owner, who may
  for (const char* name : {"@eaDir", ".snapshot", "lost+found", "#recycle", "my notes"}) {
    fs::create_directory(repository.sets_path() + "/" + name);
    put(repository.sets_path() + "/" + name + "/.DS_Store", "x");
  }
  put(repository.sets_path() + "/.DS_Store", "x");
  EXPECT_THAT(names(*repository.sets()), ElementsAre("christmas"));
  // What was a set is one, whatever it lost.
  fs::remove(repository.sets_path() + "/christmas/set.json");
  fs::create_directory(repository.sets_path() + "/20261122T181500Z-host-full");
  const auto damaged = *repository.sets();
  EXPECT_THAT(names(damaged), ElementsAre("20261122T181500Z-host-full", "christmas"));
  for (const SetEntry& entry : damaged) EXPECT_NE(entry.problem, "") << entry.name;
}

TEST(Repository, AFinishedSetKeepsNothingOfItsBeginning) {
  const TempDir dir;
  const Repository repository = make_repository(dir / "repo");
  const std::string partial = *repository.begin_set("s");
  put(partial + "/D.tint", "x");
  put(partial + "/begun.json", "{}");
  const std::string path = test::must(repository.commit_set(sample_manifest("s")));
  std::vector<std::string> files;
  for (const auto& entry : fs::directory_iterator(path)) files.push_back(entry.path().filename());
  EXPECT_THAT(files, UnorderedElementsAre("D.tint", "set.json"));
}

// The lock of a process goes with it, even if it is killed.
TEST(Repository, AKilledProcessHoldsNothing) {
  const TempDir dir;
  const Repository repository = make_repository(dir / "repo");
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const Repository own = *Repository::open(dir / "repo");
    const bool begun = own.begin_set("killed").has_value();
    const char said = begun ? 'y' : 'n';
    if (::write(ready[1], &said, 1) != 1) ::_exit(1);
    ::pause();
    ::_exit(0);
  }
  char said = 0;
  ASSERT_EQ(::read(ready[0], &said, 1), 1);
  EXPECT_EQ(said, 'y');
  EXPECT_THAT(*repository.remove_unfinished(false), IsEmpty());
  EXPECT_TRUE(repository.sets()->front().running);
  ::kill(child, SIGKILL);
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_FALSE(repository.sets()->front().running);
  EXPECT_THAT(*repository.remove_unfinished(false), ElementsAre("killed"));
  ::close(ready[0]);
  ::close(ready[1]);
}

TEST(Repository, CrashBetweenManifestAndRenameIsUnfinished) {
  const TempDir dir;
  const Repository repository = make_repository(dir / "repo");
  {
    const Repository crashed = make_repository(dir / "repo");
    put(*crashed.begin_set("s") + "/set.json", to_json(sample_manifest("s")));
  }
  EXPECT_FALSE(repository.sets()->front().finished);
  EXPECT_FALSE(repository.find("latest"));
}

TEST(Repository, DamagedManifestsAreListedWithTheirProblem) {
  const TempDir dir;
  const Repository repository = make_repository(dir / "repo");
  const std::string name = add_set(repository, "s");
  const std::string json = dir / "repo/sets/s/set.json";
  const auto problem_with = [&](std::string_view text) {
    put(json, text);
    const auto sets = repository.sets();
    EXPECT_TRUE(sets && sets->size() == 1 && sets->front().finished);
    return sets->front().problem;
  };
  EXPECT_THAT(problem_with("{}"), HasSubstr("format is missing"));
  EXPECT_THAT(problem_with(R"({"format":1})"), HasSubstr("without a checksum"));
  EXPECT_THAT(problem_with(""), HasSubstr("is not a JSON object"));
  std::string lie = to_json(sample_manifest("s"));
  lie.replace(lie.find("D.tint"), 6, "../../x.tint");
  EXPECT_THAT(problem_with(lie), HasSubstr("checksum is wrong"));
  EXPECT_THAT(problem_with(test::signed_again(lie)), HasSubstr("is not the name of a .tint file"));

  fs::remove(json);
  EXPECT_FALSE(repository.sets()->front().finished);
  EXPECT_THAT(repository.sets()->front().problem, HasSubstr("set.json"));
  ASSERT_EQ(::mkfifo(json.c_str(), 0600), 0);
  EXPECT_NE(repository.sets()->front().problem, "");
}

TEST(Repository, FindsByNamePrefixAndLatest) {
  const TempDir dir;
  const Repository repository = make_repository(dir / "repo");
  EXPECT_THAT(repository.find("latest").error().line(), HasSubstr("no finished backup set"));
  add_set(repository, "20260101T000000Z-h-full");
  add_set(repository, "20260102T000000Z-h-full");
  add_set(repository, "20260102T000000Z-h-full");  // becomes …-2
  ASSERT_TRUE(repository.begin_set("20260103T000000Z-h-full"));

  EXPECT_EQ(repository.find("latest")->name, "20260102T000000Z-h-full-2");
  EXPECT_EQ(repository.find("20260101")->name, "20260101T000000Z-h-full");
  EXPECT_EQ(repository.find("20260102T000000Z-h-full")->name, "20260102T000000Z-h-full");
  EXPECT_FALSE(repository.find("20260103")->finished);
  EXPECT_EQ(repository.find("20260103T000000Z-h-full.partial")->running, true);
  const std::string line = repository.find("2026").error().line();
  EXPECT_THAT(line, HasSubstr("20260101T000000Z-h-full, 20260102T000000Z-h-full"));
  EXPECT_THAT(repository.find("x").error().line(), HasSubstr("tintype versions"));
  EXPECT_FALSE(repository.find(""));

  put(dir / "repo/sets/20260102T000000Z-h-full-2/set.json", "damaged");
  EXPECT_NE(repository.find("latest")->problem, "") << "an older backup must not take its place";
}

}  // namespace
}  // namespace tintype
