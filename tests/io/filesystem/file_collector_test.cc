#include "io/filesystem/file_collector.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/expect_ok.h"

namespace tintype {
namespace {

using test::must;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::SizeIs;

FileEntry file(std::string path, std::vector<FileRun> runs = {}) {
  return {.path = std::move(path), .size_bytes = 100, .valid_bytes = 100, .runs = std::move(runs)};
}
FileNode node(std::string path) {
  return {.kind = FileNode::Kind::folder, .path = std::move(path)};
}

TEST(FileCollectors, SortFilesAndNodesByTheirPaths) {
  FoundBeside beside;
  FileCollector found(&beside);
  for (const char* path : {"/b", "/a/z", "/c", "/B"}) {
    found.add(file(path));
    found.add(node(path));
  }
  const auto files = must(std::move(found).finish(FileCollector::Claims::compared));
  EXPECT_THAT(files, ElementsAre(Field(&FileEntry::path, "/B"), Field(&FileEntry::path, "/a/z"),
                                 Field(&FileEntry::path, "/b"), Field(&FileEntry::path, "/c")));
  EXPECT_THAT(beside.nodes,
              ElementsAre(Field(&FileNode::path, "/B"), Field(&FileNode::path, "/a/z"),
                          Field(&FileNode::path, "/b"), Field(&FileNode::path, "/c")));
}

TEST(FileCollectors, TakeAsManyAsTheLimitAndNotOneMore) {
  FoundBeside beside;
  FileCollector found(&beside, {.files = 2});
  found.add(file("/a"));
  found.add(file("/b"));
  found.add(node("/c"));
  found.add(node("/d"));
  EXPECT_FALSE(found.overflowed());
  {
    FileCollector files = found;
    files.add(file("/e"));
    EXPECT_TRUE(files.overflowed());
    const auto answer = std::move(files).finish(FileCollector::Claims::compared);
    ASSERT_FALSE(answer);
    EXPECT_THAT(answer.error().line(), HasSubstr("files fit"));
  }
  {
    FileCollector nodes = found;
    nodes.add(node("/e"));
    EXPECT_TRUE(nodes.overflowed());
    EXPECT_THAT(beside.nodes, SizeIs(2));
  }
  EXPECT_THAT(must(std::move(found).finish(FileCollector::Claims::compared)), SizeIs(2));
}

TEST(FileCollectors, NodesThatNobodyAskedForAreNeitherKeptNorCounted) {
  FileCollector found(nullptr, {.files = 1});
  found.add(node("/a"));
  found.add(node("/b"));
  EXPECT_FALSE(found.overflowed());
}

TEST(FileCollectors, AFileWithTooManyRunsLosesItsOwnOnly) {
  FileCollector found(nullptr, {.runs = 3});
  found.add(file("/a", {{0, 0, 10}, {10, 20, 10}}));
  found.add(file("/b", {{0, 40, 10}, {10, 60, 10}}));
  found.add(file("/c", {{0, 80, 10}}));
  const auto files = must(std::move(found).finish(FileCollector::Claims::compared));
  EXPECT_THAT(files[0].runs, SizeIs(2));
  EXPECT_THAT(files[1].runs, SizeIs(0));
  EXPECT_THAT(files[1].problem, HasSubstr("too many fragments"));
  EXPECT_THAT(files[2].runs, SizeIs(1));
}

TEST(FileCollectors, ClaimsOfTheSameBytesAreToldIfTheyAreCompared) {
  for (const auto claims : {FileCollector::Claims::trusted, FileCollector::Claims::compared}) {
    FileCollector found(nullptr);
    found.add(file("/a", {{0, 0, 10}}));
    found.add(file("/b", {{0, 5, 10}}));
    const auto files = must(std::move(found).finish(claims));
    EXPECT_EQ(files[0].problem.empty(), claims == FileCollector::Claims::trusted);
    EXPECT_EQ(files[1].problem.empty(), claims == FileCollector::Claims::trusted);
  }
}

}  // namespace
}  // namespace tintype
