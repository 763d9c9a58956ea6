// What the files of a log stream are called, and what is not part of one.
#include "verify/ese/ese_stream_names.h"

#include <gtest/gtest.h>

namespace tintype {
namespace {

using Kind = EseStreamFileKind;

TEST(EseStreamNames, ArchivedLogsHaveFiveOrEightHexDigits) {
  for (const auto& [name, base, generation] :
       {std::tuple{"SRU0005C.log", "SRU", 0x5C}, std::tuple{"E0000000ABC.log", "E00", 0xABC},
        std::tuple{"e00000fffff.LOG", "E00", 0xFFFFF}, std::tuple{"edb00001.jtx", "EDB", 1},
        std::tuple{"E0000100000.log", "E00", 0x100000},
        std::tuple{"E007FFFF800.log", "E00", 0x7FFFF800}}) {
    const auto parsed = parse_ese_stream_name(name);
    ASSERT_TRUE(parsed) << name;
    EXPECT_EQ(parsed->kind, Kind::archived_log) << name;
    EXPECT_EQ(parsed->base, base);
    EXPECT_EQ(parsed->generation, generation);
  }
}

TEST(EseStreamNames, TheOtherFiles) {
  for (const auto& [name, kind, base] : {std::tuple{"E00.log", Kind::current_log, "E00"},
                                         std::tuple{"edb.jtx", Kind::current_log, "EDB"},
                                         std::tuple{"E00tmp.log", Kind::temp_log, "E00"},
                                         std::tuple{"E00.chk", Kind::checkpoint, "E00"},
                                         std::tuple{"V01.JCP", Kind::checkpoint, "V01"},
                                         std::tuple{"E00res00001.jrs", Kind::reserve_log, "E00"},
                                         std::tuple{"res1.log", Kind::reserve_log, ""},
                                         std::tuple{"SRUDB.jfm", Kind::flush_map, "SRUDB"}}) {
    const auto parsed = parse_ese_stream_name(name);
    ASSERT_TRUE(parsed) << name;
    EXPECT_EQ(parsed->kind, kind) << name;
    EXPECT_EQ(parsed->base, base);
    EXPECT_EQ(parsed->generation, 0);
  }
}

TEST(EseStreamNames, WhatIsNotPartOfAStream) {
  for (const char* name : {"",
                           ".",
                           ".log",
                           "log",
                           "E0.log",
                           "E000.log",
                           "E00000000.log",
                           "E00ABCDEFG.log",
                           "E00000000000.log",
                           "E0000000.log",
                           "E0080000000.log",
                           "E007FFFF801.log",
                           "setup.log",
                           "E00res1.jrs",
                           "E00tmp2.log",
                           "E00.chk.bak",
                           "E00x.chk",
                           "E00.txt",
                           "E0 .log",
                           "\xC3\xA4"
                           "0.log"})
    EXPECT_FALSE(parse_ese_stream_name(name)) << name;
}

TEST(EseStreamNames, PathsComeApart) {
  EXPECT_EQ(folder_of("/Logs/E00.log"), "/Logs");
  EXPECT_EQ(folder_of("/E00.log"), "/");
  EXPECT_EQ(folder_of("E00.log"), "");
  EXPECT_EQ(folder_of("#2:/E00.log"), "#2:/");
  EXPECT_EQ(folder_of("#2:/Logs/E00.log"), "#2:/Logs");
  EXPECT_EQ(folder_of("x:/E00.log"), "x:");
  EXPECT_EQ(folder_of("#x/E00.log"), "#x");
  EXPECT_EQ(file_name_of("/Logs/E00.log"), "E00.log");
  EXPECT_EQ(file_name_of("E00.log"), "E00.log");
  EXPECT_EQ(stem_of("DB1.edb"), "DB1");
  EXPECT_EQ(stem_of("DB1"), "DB1");
}

}  // namespace
}  // namespace tintype
