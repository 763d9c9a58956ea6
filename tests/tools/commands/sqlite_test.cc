// SQLite databases as people meet them: `check` of each kind, and what a backup of a volume says of
// those that lie on it.
#include <gmock/gmock.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "support/samples.h"
#include "support/sqlite_maker.h"
#include "support/temp_dir.h"
#include "support/volume_maker.h"
#include "tests/tools/session/fake_env.h"
#include "tools/text/text.h"

namespace tintype {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;
using Bytes = std::vector<std::byte>;
using Json = nlohmann::json;

class SqliteCommandTest : public testing::Test {
 protected:
  SqliteCommandTest() : came_from_(fs::current_path()) {
    fs::current_path(dir_.path());
    fs::create_directories("files/home");
  }
  ~SqliteCommandTest() override { fs::current_path(came_from_); }
  SqliteCommandTest(const SqliteCommandTest&) = delete;
  SqliteCommandTest& operator=(const SqliteCommandTest&) = delete;

  static Bytes damaged() {
    Bytes file = test::make_sqlite({});
    file[6 * 4096 + 100] ^= std::byte{1};
    return file;
  }
  // A backup of a volume with what lies in the folder "files"; what it said.
  std::string backup(int code, std::vector<std::string> flags = {}) {
    fs::remove("volume");
    test::make_ext("volume", 16 << 20, "-t ext4 -b 1024 -d files");
    if (!fs::exists("repo")) fake_.run({"init", "repo"});
    std::vector<std::string> command{"backup", "v=volume", "--to", "repo"};
    command.insert(command.end(), flags.begin(), flags.end());
    EXPECT_EQ(fake_.run(command), code) << fake_.err.str();
    return fake_.out.str();
  }

  test::TempDir dir_;
  test::FakeEnv fake_;

 private:
  fs::path came_from_;
};

TEST_F(SqliteCommandTest, ASoundDatabaseIsCountedInOneLine) {
  test::write_file("a.db", test::make_sqlite({}));
  EXPECT_EQ(fake_.run({"check", "a.db"}), 0) << fake_.err.str();
  EXPECT_THAT(fake_.out.str(), HasSubstr("File: a.db\n\nSQLite database, 4 KiB pages: 40 pages of "
                                         "4 KiB: sound, 0 correctable, 0 uninitialised\n"));
  EXPECT_THAT(fake_.out.str(), HasSubstr("Operation completed successfully"));
  EXPECT_THAT(fake_.out.str(), Not(HasSubstr("dbtime")));
}

TEST_F(SqliteCommandTest, ABadPageIsToldWithItsPlaceAndSumsAndNoErrorOfEses) {
  test::write_file("a.db", damaged());
  EXPECT_EQ(fake_.run({"check", "a.db"}), 3);
  const std::string said = fake_.out.str();
  EXPECT_THAT(said,
              HasSubstr("ERROR: page 7 (file offset 24576): checksum mismatch, stored\n  0x"));
  EXPECT_THAT(said, HasSubstr("1 BAD"));
  EXPECT_THAT(said, HasSubstr("Operation terminated with findings after"));
  EXPECT_THAT(said, Not(HasSubstr("JET_err")));
  EXPECT_EQ(fake_.run({"check", "a.db", "--json"}), 3);
  const Json summary = Json::parse(fake_.out.str().substr(fake_.out.str().rfind("\n{") + 1));
  EXPECT_FALSE(summary["files"][0].contains("error_number"));
  EXPECT_EQ(summary["files"][0]["databases"][0]["pages"]["bad_checksum"], 1);
}

TEST_F(SqliteCommandTest, WhatKeepsNoChecksumsIsAnErrorByItselfAndPassedByInAFolder) {
  test::write_file("files/none.db", test::make_sqlite({.reserved_bytes = 0}));
  EXPECT_EQ(fake_.run({"check", "files/none.db"}), 1);
  EXPECT_EQ(fake_.err.str(),
            "tintype: files/none.db is not checked: the SQLite database keeps no checksums (its "
            "pages reserve 0 bytes, and a checksum takes 8)\n");
  test::write_file("files/good.sqlite", test::make_sqlite({}));
  EXPECT_EQ(fake_.run({"check", "files", "-v"}), 0);
  EXPECT_THAT(fake_.err.str() + fake_.out.str(),
              HasSubstr("files/none.db is not checked: the SQLite database keeps no checksums"));
  EXPECT_THAT(fake_.out.str(), HasSubstr("good.sqlite"));
}

TEST_F(SqliteCommandTest, ABackupFindsTheBadPageOfADatabase) {
  test::write_file("files/home/places.sqlite", damaged());
  test::write_file("files/home/good.db", test::make_sqlite({.seed = 9}));
  const std::string said = backup(3);
  EXPECT_THAT(said, HasSubstr("/home/good.db"));
  EXPECT_THAT(said, HasSubstr("40 pages of 4 KiB: sound"));
  EXPECT_THAT(said, HasSubstr("40 pages of 4 KiB: 1 BAD"));
  EXPECT_THAT(said, HasSubstr("             7           24576"));
  EXPECT_EQ(fake_.run({"verify", "repo::latest", "--pages"}), 3);
  EXPECT_THAT(fake_.out.str(), HasSubstr("1 BAD"));
}

TEST_F(SqliteCommandTest, ABackupPassesByWhatKeepsNoChecksumsUnlessItIsAskedFor) {
  test::write_file("files/home/cookies.db", test::make_sqlite({.reserved_bytes = 0}));
  test::write_file("files/home/thumbs.db", Bytes(5000, std::byte{0x33}));
  EXPECT_THAT(backup(0), HasSubstr("databases   none found"));
  backup(0, {"-v"});
  const std::string told = fake_.err.str() + fake_.out.str();
  EXPECT_THAT(told, HasSubstr("/home/cookies.db is not checked: the SQLite database keeps no "));
  EXPECT_THAT(told, HasSubstr("/home/thumbs.db is another program's database: not checked"));
  EXPECT_THAT(backup(3, {"--database", "cookies.db"}),
              HasSubstr("NOT CHECKED: not checked: the database keeps no checksums"));
}

TEST_F(SqliteCommandTest, AVolumeShowsTheDatabasesWhosePagesHaveChecksums) {
  test::write_file("files/home/good.db", test::make_sqlite({}));
  test::write_file("files/home/cookies.db", test::make_sqlite({.reserved_bytes = 0}));
  test::make_ext("volume", 16 << 20, "-t ext4 -b 1024 -d files");
  EXPECT_EQ(fake_.run({"show", "volume"}), 0);
  EXPECT_THAT(fake_.out.str(),
              HasSubstr("    /home/good.db\n      160 KiB, SQLite database, 4 KiB pages\n"));
  EXPECT_THAT(fake_.out.str(), Not(HasSubstr("cookies.db")));
}

TEST_F(SqliteCommandTest, SamplesComeOutAsTheirReadmeSays) {
  TINTYPE_NEED_SAMPLES(samples);
  for (const char* name : {"good", "bad", "none", "reserved"})
    test::write_file(std::string("files/home/") + name + ".db",
                     test::read_sample(samples / "sqlite" / (std::string(name) + ".db.gz")));
  EXPECT_EQ(fake_.run({"check", "files/home/good.db"}), 0);
  EXPECT_THAT(fake_.out.str(), HasSubstr("111 pages of 4 KiB: sound"));
  EXPECT_EQ(fake_.run({"check", "files/home/bad.db"}), 3);
  EXPECT_THAT(fake_.out.str(), HasSubstr("page 51 (file offset 204800)"));
  for (const char* name : {"files/home/none.db", "files/home/reserved.db"})
    EXPECT_EQ(fake_.run({"check", name}), 1) << name;
  const std::string said = backup(3);
  EXPECT_THAT(said, HasSubstr("111 pages of 4 KiB: sound"));
  EXPECT_THAT(said, HasSubstr("111 pages of 4 KiB: 1 BAD"));
  EXPECT_THAT(said, HasSubstr("            51          204800"));
  EXPECT_THAT(said, Not(HasSubstr("none.db")));
  EXPECT_THAT(said, Not(HasSubstr("reserved.db")));
}

}  // namespace
}  // namespace tintype
