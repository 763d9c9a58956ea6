#include "io/filesystem/glob.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "io/filesystem/glob_set.h"

namespace tintype {
namespace {

TEST(Glob, WithoutASlashMatchesTheLastComponentAnywhere) {
  EXPECT_TRUE(glob_matches("*.edb", "/Mailbox/DB1.edb"));
  EXPECT_TRUE(glob_matches("*.edb", "/DB1.EDB"));
  EXPECT_TRUE(glob_matches("DB?.edb", "/a/b/c/db7.edb"));
  EXPECT_TRUE(glob_matches("ntds.dit", "/Windows/NTDS/ntds.dit"));
  EXPECT_FALSE(glob_matches("*.edb", "/DB1.edb/readme.txt"));
  EXPECT_FALSE(glob_matches("Mailbox", "/Mailbox/DB1.edb"));
  EXPECT_FALSE(glob_matches("*.edb", "/DB1.edb.bak"));
}

TEST(Glob, WithASlashMatchesTheWholePath) {
  for (const char* pattern :
       {"/Mailbox/*.edb", "Mailbox/*.edb", "\\Mailbox\\*.edb", "mailbox\\*.EDB"})
    EXPECT_TRUE(glob_matches(pattern, "/Mailbox/DB1.edb")) << pattern;
  EXPECT_FALSE(glob_matches("/Mailbox/*.edb", "/Old/Mailbox/DB1.edb"));
  EXPECT_FALSE(glob_matches("/Mailbox/*.edb", "/Mailbox/First/DB1.edb"));
  EXPECT_FALSE(glob_matches("/*", "/a/b"));
  EXPECT_TRUE(glob_matches("/*", "/a"));
  EXPECT_FALSE(glob_matches("/a?b", "/a/b"));
  EXPECT_FALSE(glob_matches("/a[/]b", "/a/b"));
}

TEST(Glob, TwoStarsCrossFolders) {
  EXPECT_TRUE(glob_matches("/Mailbox/**/*.edb", "/Mailbox/DB1.edb"));
  EXPECT_TRUE(glob_matches("/Mailbox/**/*.edb", "/Mailbox/a/b/DB1.edb"));
  EXPECT_FALSE(glob_matches("/Mailbox/**/*.edb", "/MailboxOld/DB1.edb"));
  EXPECT_TRUE(glob_matches("**/x.edb", "/x.edb"));
  EXPECT_TRUE(glob_matches("**/x.edb", "/a/b/x.edb"));
  EXPECT_FALSE(glob_matches("**/x.edb", "/a/bx.edb"));
  EXPECT_TRUE(glob_matches("/a/**", "/a/b/c"));
  EXPECT_FALSE(glob_matches("/a/**", "/ab/c"));
  EXPECT_TRUE(glob_matches("/a**z", "/a/b/cz"));
  EXPECT_TRUE(glob_matches("**", "/any/thing"));
  EXPECT_TRUE(glob_matches("/**/b*d/**/e", "/a/b/bcd/x/bd/e"));
  EXPECT_FALSE(glob_matches("/**/b*d/**/e", "/a/b/d/e"));
}

TEST(Glob, SetsMatchOneCharacter) {
  EXPECT_TRUE(glob_matches("DB[1-3].edb", "/db2.edb"));
  EXPECT_FALSE(glob_matches("DB[1-3].edb", "/db4.edb"));
  EXPECT_TRUE(glob_matches("DB[!1-3].edb", "/db4.edb"));
  EXPECT_FALSE(glob_matches("DB[^1-3].edb", "/db1.edb"));
  EXPECT_TRUE(glob_matches("[A-C]x", "/bX"));
  EXPECT_TRUE(glob_matches("[a-c]x", "/Bx"));
  EXPECT_TRUE(glob_matches("[]x]", "/]"));
  EXPECT_TRUE(glob_matches("[*]", "/*"));
  EXPECT_FALSE(glob_matches("[*]", "/a"));
  EXPECT_TRUE(glob_matches("[ab", "/[ab"));  // never closed: an ordinary character
  EXPECT_TRUE(glob_matches("[a-]", "/-"));
}

TEST(Glob, AQuestionMarkIsOneCharacterWhateverItsBytes) {
  EXPECT_TRUE(glob_matches("?.edb", "/\xC3\xA4.edb"));          // ä
  EXPECT_TRUE(glob_matches("?.edb", "/\xF0\x9F\x93\xB7.edb"));  // camera
  EXPECT_TRUE(glob_matches("[\xC3\xA4\xC3\xB6].x", "/\xC3\xB6.x"));
  EXPECT_FALSE(glob_matches("??.edb", "/\xC3\xA4.edb"));
  EXPECT_TRUE(glob_matches("?.edb", "/\xFF.edb"));  // a broken byte is one too
  EXPECT_TRUE(glob_matches("*\xC3", "/a\xC3"));
}

TEST(Glob, EmptyAndOdd) {
  EXPECT_FALSE(glob_matches("", "/a"));
  EXPECT_TRUE(glob_matches("*", "/a"));
  EXPECT_TRUE(glob_matches("***", "/a/b"));
  EXPECT_TRUE(glob_matches("a**", "/abc"));
  EXPECT_FALSE(glob_matches("/", "/a"));
}

TEST(GlobSet, AnswersAsItsGlobsDoOneByOne) {
  std::mt19937_64 random(20261125);
  const auto pick = [&](std::string_view letters) { return letters[random() % letters.size()]; };
  for (int round = 0; round < 20'000; ++round) {
    std::string name, ending;
    for (auto left = random() % 8; left > 0; --left) name += pick("aA.lLoO/\xC3\xA4\x80");
    for (auto left = 1 + random() % 3; left > 0; --left) ending += pick("aA.lo?*/");
    const std::string path = "/x/" + name;
    for (const std::string& glob : {"*" + ending, ending}) {
      const std::vector<std::string> both{"never", glob};
      EXPECT_EQ(GlobSet(both).matches(path), glob_matches(glob, path))
          << glob << " " << testing::PrintToString(path);
    }
  }
}

TEST(Glob, ManyStarsTakeNoTime) {
  std::string pattern = "/", path = "/";
  for (int i = 0; i < 40; ++i) pattern += "**/*a*";
  for (int i = 0; i < 500; ++i) path += "aaa/";
  EXPECT_FALSE(glob_matches(pattern + "b", path + "aaa"));
}

TEST(Glob, APartitionInThePatternIsThePartitionInThePath) {
  EXPECT_TRUE(glob_matches("*.edb", "#2:/Mail/a.edb"));
  EXPECT_TRUE(glob_matches("/Mail/*.edb", "#2:/Mail/a.edb"));
  EXPECT_TRUE(glob_matches("#2:/Mail/*.edb", "#2:/Mail/a.edb"));
  EXPECT_TRUE(glob_matches("#2:*.edb", "#2:/Mail/a.edb"));
  EXPECT_FALSE(glob_matches("#1:*.edb", "#2:/Mail/a.edb"));
  EXPECT_FALSE(glob_matches("#2:*.edb", "/Mail/a.edb"));
  EXPECT_FALSE(glob_matches("#2:*.edb", "#22:/Mail/a.edb"));
  // File names may look alike.
  EXPECT_TRUE(glob_matches("#2", "/Mail/#2"));
  EXPECT_TRUE(glob_matches("#*", "/Mail/#2:x"));
  EXPECT_TRUE(glob_matches("#:x", "/#:x"));
  EXPECT_EQ(partition_prefix("#12:/a"), "#12:");
  for (const char* none : {"", "#", "#:", "#1", "#x:", "/#1:", "1:"})
    EXPECT_EQ(partition_prefix(none), "") << none;
}

}  // namespace
}  // namespace tintype
