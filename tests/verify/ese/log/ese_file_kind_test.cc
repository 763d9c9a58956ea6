#include "verify/ese/log/ese_file_kind.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "support/ese_generator.h"
#include "support/ese_log_generator.h"
#include "support/random_bytes.h"
#include "support/samples.h"

namespace tintype {
namespace {

using File = std::vector<std::byte>;
using Kind = EseFileKind;

Kind kind_of(std::string_view name, const File& file) {
  return ese_file_kind(name, std::span(file).first(std::min(file.size(), kEseFrontBytes)));
}

struct Made {
  const char* name;
  Kind kind;
  File file;
};

std::vector<Made> one_of_each() {
  LgPos checkpoint{};
  checkpoint.generation = 7;
  std::vector<Made> all;
  for (const std::uint32_t page_bytes : {2048u, 4096u, 8192u, 16384u, 32768u})
    all.push_back(
        {"DB1.edb", Kind::database,
         test::EseDatabaseGenerator({.file_bytes = 256 * 1024, .page_bytes = page_bytes}).whole()});
  all.push_back({"E0000000007.log", Kind::log, test::make_ese_log({}).file});
  all.push_back({"E00.log", Kind::log, test::make_ese_log_v7(7, 5, 1)});
  all.push_back({"E00.chk", Kind::checkpoint, test::make_ese_checkpoint(checkpoint)});
  all.push_back({"DB1.jfm", Kind::flush_map, test::make_ese_flush_map(2, 1)});
  return all;
}

TEST(EseFileKind, ContentTellsWhateverTheName) {
  for (const Made& made : one_of_each())
    for (const Made& other : one_of_each())
      EXPECT_EQ(kind_of(other.name, made.file), made.kind) << made.name << " as " << other.name;
  for (const Made& made : one_of_each()) EXPECT_EQ(kind_of("x", made.file), made.kind);
}

TEST(EseFileKind, OneFlippedBitHidesNothing) {
  for (const Made& made : one_of_each())
    for (std::size_t bit = 0; bit < 8 * 700; ++bit) {
      File file = made.file;
      file[bit / 8] ^= std::byte{1} << (bit % 8);
      EXPECT_EQ(kind_of(made.name, file), made.kind) << made.name << " bit " << bit;
      // A flush map has no second copy of its type and version: there the name has to help.
      const std::size_t byte = bit / 8;
      if (made.kind == Kind::flush_map && ((byte >= 4 && byte < 8) || (byte >= 667 && byte < 671)))
        continue;
      EXPECT_EQ(kind_of("x", file), made.kind) << made.name << " without a name, bit " << bit;
    }
}

TEST(EseFileKind, ANameIsAHintForWhatIsDamaged) {
  const File zeros(8192), noise = test::random_bytes(8192);
  for (const File& file : {zeros, noise, File{}, File(100)}) {
    EXPECT_EQ(kind_of("priv1.EDB", file), Kind::database);
    EXPECT_EQ(kind_of("ntds.dit", file), Kind::database);
    EXPECT_EQ(kind_of("E0000000007.log", file), Kind::log);
    EXPECT_EQ(kind_of("e00.jtx", file), Kind::log);
    EXPECT_EQ(kind_of("E00.chk", file), Kind::checkpoint);
    EXPECT_EQ(kind_of("DB1.jfm", file), Kind::flush_map);
    EXPECT_EQ(kind_of("E00tmp.log", file), Kind::spare_log);
    EXPECT_EQ(kind_of("E00res00001.jrs", file), Kind::spare_log);
    EXPECT_EQ(kind_of("x.bin", file), Kind::none);
    EXPECT_EQ(kind_of("", file), Kind::none);
  }
  EXPECT_EQ(kind_of("E00tmp.log", test::make_ese_log({}).file), Kind::log);
}

TEST(EseFileKind, TextIsNoLogWhateverItsName) {
  const std::string_view text = "2026-11-22 18:15:00\tstarted\r\nüber und aus\n";
  File file;
  for (int i = 0; i < 200; ++i)
    for (const char c : text) file.push_back(static_cast<std::byte>(c));
  for (const char* name : {"E00.log", "E0000000007.log", "E00.chk", "DB1.jfm"})
    EXPECT_EQ(kind_of(name, file), Kind::none) << name;
  for (const char* name : {"DB1.edb", "ntds.dit", "DB1.MDB"})
    EXPECT_EQ(kind_of(name, file), Kind::database) << name << ": a database, and damaged";
  file.resize(30);
  EXPECT_EQ(kind_of("E00.log", file), Kind::none);
}

TEST(EseFileKind, OtherProgramsAlsoCallTheirDatabasesMdb) {
  for (const std::string_view head : {"Standard Jet DB", "Standard ACE DB"}) {
    File file(4096);
    file[1] = std::byte{1};
    for (std::size_t i = 0; i < head.size(); ++i) file[4 + i] = static_cast<std::byte>(head[i]);
    EXPECT_EQ(kind_of("Orders.mdb", file), Kind::none) << head;
    EXPECT_EQ(kind_of("Orders.edb", file), Kind::database) << head;
    file[4] = std::byte{'s'};
    EXPECT_EQ(kind_of("Orders.mdb", file), Kind::database) << "no longer Access's";
  }
  File lmdb(4096);
  for (std::size_t i = 0; i < 4; ++i) lmdb[16 + i] = static_cast<std::byte>(0xBEEFC0DE >> 8 * i);
  EXPECT_EQ(kind_of("data.mdb", lmdb), Kind::none);
  EXPECT_EQ(kind_of("other.mdb", lmdb), Kind::database);
  for (const File& file : {File{}, File(10), File(8192)})
    EXPECT_EQ(kind_of("DB1.mdb", file), Kind::database);
}

TEST(EseFileKind, AnyLengthAndAnyBytesAreLookedAtSafely) {
  for (const Made& made : one_of_each())
    for (std::size_t length = 0; length <= std::min<std::size_t>(made.file.size(), 2 * 8192);
         length += length < 700 ? 1 : 61) {
      File file(made.file.begin(), made.file.begin() + static_cast<std::ptrdiff_t>(length));
      const Kind kind = kind_of("x", file);
      EXPECT_TRUE(kind == made.kind || kind == Kind::none) << made.name << " of " << length;
    }
  for (std::uint64_t seed = 0; seed < 500; ++seed)
    EXPECT_EQ(kind_of("x", test::random_bytes(seed * 100, seed)), Kind::none);
}

TEST(EseFileKind, SamplesAreWhatTheirNamesSay) {
  TINTYPE_NEED_SAMPLES(samples);
  for (const auto& [path, kind] : {std::pair{"basic-4k.edb.gz", Kind::database},
                                   {"qmgr-16k-dirty.db.gz", Kind::database},
                                   {"srum-dirty/SRUDB.dat", Kind::database},
                                   {"srum-dirty/SRU.chk", Kind::checkpoint},
                                   {"srum-dirty/SRUDB.jfm", Kind::flush_map},
                                   {"srum-dirty/SRU.log", Kind::log},
                                   {"srum-dirty/SRU00059.log", Kind::log},
                                   {"srum-dirty/SRUtmp.log", Kind::log}})
    EXPECT_EQ(kind_of("x", test::read_sample(samples / "ese" / path)), kind) << path;
  EXPECT_EQ(kind_of("x", test::read_sample(samples / "ese/srum-dirty/SRUres00001.jrs")),
            Kind::none);
}

}  // namespace
}  // namespace tintype
