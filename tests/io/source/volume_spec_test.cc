#include "io/source/volume_spec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "support/expect_ok.h"
#include "support/temp_dir.h"

namespace tintype {
namespace {

using test::must;
using testing::HasSubstr;

Result<VolumeSpec> parse(const std::string& text, const std::set<std::string>& files = {}) {
  return parse_volume_spec(text, [&](const std::string& path) { return files.contains(path); });
}

// "base|partition|shadow", as the text is understood if these files exist.
std::string read_as(const std::string& text, const std::set<std::string>& files = {}) {
  const auto spec = parse(text, files);
  if (!spec) return "error: " + spec.error().line();
  EXPECT_EQ(spec->text, text);
  return spec->base + (spec->is_uri ? "|uri" : "") + "|" +
         (spec->partition ? std::to_string(*spec->partition) : "") + "|" +
         (spec->shadow ? to_string(*spec->shadow) : "");
}

TEST(VolumeSpec, BasePartitionAndShadowCopyAreToldApart) {
  EXPECT_EQ(read_as("disk.img"), "disk.img||");
  EXPECT_EQ(read_as("/dev/sda#2"), "/dev/sda|2|");
  EXPECT_EQ(read_as("disk.img@shadow:latest"), "disk.img||latest");
  EXPECT_EQ(read_as("disk.img#12@shadow:3"), "disk.img|12|3");
  EXPECT_EQ(read_as("d#1@shadow:{3808876B-C176-4E48-B7AE-04046E6CC752}"),
            "d|1|3808876b-c176-4e48-b7ae-04046e6cc752");
  EXPECT_EQ(read_as("d@shadow:3808876b-c176-4e48-b7ae-04046e6cc752"),
            "d||3808876b-c176-4e48-b7ae-04046e6cc752");
}

TEST(VolumeSpec, UrisOfNbdAreBases) {
  EXPECT_EQ(read_as("nbd://host/export"), "nbd://host/export|uri||");
  EXPECT_EQ(read_as("nbds://user@host:10809/e"), "nbds://user@host:10809/e|uri||");
  EXPECT_EQ(read_as("nbd+unix:///e?socket=/run/s"), "nbd+unix:///e?socket=/run/s|uri||");
  EXPECT_EQ(read_as("nbds+unix:///?socket=/run/s#2@shadow:1"),
            "nbds+unix:///?socket=/run/s|uri|2|1");
  EXPECT_EQ(read_as("NBD://host"), "NBD://host||");  // a path: schemes are lower case here
  EXPECT_EQ(read_as("nbd:/x"), "nbd:/x||");
}

TEST(VolumeSpec, WhatExistsUnderTheVeryNameIsTakenFirst) {
  EXPECT_EQ(read_as("a#2", {"a#2", "a"}), "a#2||");
  EXPECT_EQ(read_as("a#2", {"a"}), "a|2|");
  EXPECT_EQ(read_as("a@shadow:1", {"a@shadow:1"}), "a@shadow:1||");
  EXPECT_EQ(read_as("a#2@shadow:1", {"a#2", "a"}), "a#2||1");
  EXPECT_EQ(read_as("a#2@shadow:1", {"a"}), "a|2|1");
  EXPECT_EQ(read_as("a#2#3", {"a#2"}), "a#2|3|");
  EXPECT_EQ(read_as("a#b", {"a#b"}), "a#b||");
  EXPECT_EQ(read_as("nbd://x", {"nbd://x"}), "nbd://x||");
}

TEST(VolumeSpec, WhatDoesNotExistIsReadByItsForm) {
  // Opening them tells what is missing.
  EXPECT_EQ(read_as("a#b"), "a#b||");
  EXPECT_EQ(read_as("#2"), "#2||");
  EXPECT_EQ(read_as("@shadow:1"), "@shadow:1||");
  EXPECT_EQ(read_as("dir#1/file"), "dir#1/file||");
  EXPECT_EQ(read_as("a@shadow"), "a@shadow||");
}

TEST(VolumeSpec, MistakesSayWhatToWrite) {
  for (const char* number :
       {"0", "", "x", "1x", "-1", "+1", " 1", "4294967296", "99999999999999"}) {
    const auto spec = parse(std::string("disk#") + number, {"disk"});
    ASSERT_FALSE(spec) << number;
    EXPECT_THAT(spec.error().line(), HasSubstr("names no partition"));
  }
  EXPECT_EQ(read_as("disk#4294967295", {"disk"}), "disk|4294967295|");
  for (const char* which :
       {"", "0", "newest", "-1", "1 ", "4294967296", "{}", "3808876b-c176-4e48-b7ae-04046e6cc75",
        "3808876b-c176-4e48-b7ae-04046e6cc7522", "3808876bc1764e48b7ae04046e6cc752",
        "3808876b-c176-4e48-b7ae-04046e6cc75g"}) {
    const auto spec = parse(std::string("disk@shadow:") + which, {"disk"});
    ASSERT_FALSE(spec) << which;
    EXPECT_THAT(spec.error().line(), HasSubstr("names no shadow copy"));
  }
  EXPECT_FALSE(parse(""));
  EXPECT_THAT(read_as("nbd://host/e#x"), HasSubstr("names no partition"));
}

TEST(VolumeSpec, SuggestedNamesComeFromTheLastComponent) {
  EXPECT_EQ(must(parse("/dev/vg0/mail-snap")).suggested_name(), "mail-snap");
  EXPECT_EQ(must(parse("dir/disk.img#2")).suggested_name(), "disk.img-p2");
  EXPECT_EQ(must(parse("disk.img#2@shadow:latest")).suggested_name(), "disk.img-p2");
  EXPECT_EQ(must(parse("nbd://host/mail")).suggested_name(), "mail");
  EXPECT_EQ(must(parse("nbd://host/")).suggested_name(), "host");
  EXPECT_EQ(must(parse("nbd+unix:///mail?socket=/run/s")).suggested_name(), "mail");
  EXPECT_EQ(must(parse("nbd+unix:///?socket=/run/s")).suggested_name(), "nbd");
}

TEST(VolumeSpec, TheFileSystemIsAsked) {
  test::TempDir dir;
  test::write_file(dir / "a#2", {});
  EXPECT_EQ(must(parse_volume_spec(dir / "a#2")).base, dir / "a#2");
  EXPECT_EQ(must(parse_volume_spec(dir / "a#3")).base, dir / "a");
}

}  // namespace
}  // namespace tintype
