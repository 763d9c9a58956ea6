// Golden renderings: what an admin reads at night, letter for letter, in 80 columns.
#include "tools/text/report_text.h"

#include <gmock/gmock.h>

#include <sstream>

#include "tests/engine/manifest/manifest_samples.h"
#include "tools/text/set_text.h"
#include "tools/text/text.h"

namespace tintype {
namespace {

using test::damaged_database;
using test::sound_database;

void expect_narrow(const std::string& text) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) EXPECT_LE(columns(line), 80u) << line;
}

TEST(ReportText, Databases) {
  const FileReport reports[] = {damaged_database(), sound_database()};
  EXPECT_EQ(databases_text(reports, "", 100),
            "  databases\n"
            "    /DB1.edb          768 pages of 32 KiB: 5 BAD, 0 correctable, 385 uninitialised\n"
            "    /Mailbox/DB2.edb  100 pages of 4 KiB: sound, 1 correctable, 1 uninitialised\n");
  EXPECT_EQ(databases_text({&reports[0], 1}, "", 80),
            "  databases\n"
            "    /DB1.edb  768 pages of 32 KiB: 5 BAD, 0 correctable, 385 uninitialised\n");
  EXPECT_EQ(databases_text({}, "", 80), "  databases   none found\n");
  EXPECT_EQ(databases_text({}, "no file system was recognised", 80),
            "  databases   NOT CHECKED (no file system was recognised)\n");
  expect_narrow(databases_text(reports, "", 80));
}

TEST(ReportText, EveryKindOfVerdict) {
  FileReport report = sound_database();
  report.pages.wrong_place = 1;
  report.pages.unreadable = 2;
  report.pages.seen = 90;
  EXPECT_EQ(database_verdict(report),
            "100 pages of 4 KiB: 1 in the WRONG PLACE, 2 UNREADABLE, 10 NOT SEEN, 1 correctable, 1 "
            "uninitialised");
  report = sound_database();
  report.add(
      {.kind = FindingKind::header_corrupt, .error_number = -1206, .text = "both headers bad"});
  EXPECT_EQ(database_verdict(report),
            "100 pages of 4 KiB: UNSOUND, 1 correctable, 1 uninitialised");
  FileReport unchecked{.path = "/x"};
  unchecked.add({.kind = FindingKind::not_checked, .text = "compressed by the file system"});
  EXPECT_EQ(database_verdict(unchecked), "NOT CHECKED: compressed by the file system");
}

TEST(ReportText, FindingsAreATable) {
  FileReport damaged = damaged_database();
  damaged.findings.resize(2);
  damaged.findings_total = 2;
  damaged.add({.kind = FindingKind::incomplete, .text = "3 pages were not seen"});
  const FileReport reports[] = {damaged, sound_database()};
  const UnreadableRange unreadable[] = {{{4096, 512}, "/DB1.edb", 8192}, {{0, 512}, "", 0}};
  const std::string text = findings_text(reports, unreadable, 80);
  EXPECT_EQ(text,
            "  findings    6\n"
            "    bytes 4096 to 4607 of the volume: unreadable, in /DB1.edb at file offset\n"
            "      8192\n"
            "    bytes 0 to 511 of the volume: unreadable, in no known file\n"
            "    /DB1.edb\n"
            "      3 pages were not seen\n"
            "          page     file offset   volume offset\n"
            "           600        19693568        86769664  bad checksum (-1018, event 474)\n"
            "           601        19726336        86802432  bad checksum (-1018, event 474)\n"
            "    /Mailbox/DB2.edb (warnings)\n"
            "          page     file offset   volume offset\n"
            "             7           32768               -  correctable (-1018)\n");
  EXPECT_EQ(findings_text({}, {}, 80), "");
}

TEST(ReportText, ShowsTwentyFindingsAndCountsTheRest) {
  FileReport report = damaged_database();
  report.findings.clear();
  report.findings_total = 0;
  for (int page = 0; page < 1500; ++page)
    report.add({.kind = FindingKind::bad_checksum, .page_number = page, .length = 32768});
  const std::string text = findings_text({&report, 1}, {}, 80);
  EXPECT_THAT(text, testing::HasSubstr("... and 1480 more"));
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1 + 1 + 1 + 20 + 1);
}

TEST(ReportText, HostileNamesDoNotSteerTheTerminal) {
  FileReport report = damaged_database();
  report.path = "/\x1b[2J\n.edb";
  report.findings[0].text = "\x07";
  report.findings[0].length = 0;
  const std::string text = databases_text({&report, 1}, "\x1b", 80) +
                           findings_text({&report, 1}, {}, 80) +
                           filesystem_text("ntfs", "\x1b]0;x\x07");
  EXPECT_EQ(text.find_first_of("\x1b\x07"), std::string::npos);
}

TEST(ReportText, CheckSpeaksAsEseutilDoes) {
  FileReport report = damaged_database();
  report.path = "DB1.edb";
  report.findings.resize(1);
  report.findings_total = 1;
  report.add({.kind = FindingKind::correctable,
              .error_number = -1018,
              .page_number = 7,
              .length = 32768,
              .bit = 5021});
  report.add({.kind = FindingKind::header_shadow,
              .error_number = -1018,
              .page_number = 0,
              .length = 32768});
  const PassOutcome outcome{.reads = 24, .seconds = 2.9};
  EXPECT_EQ(eseutil_text(report, outcome),
            "File: DB1.edb\n"
            "\n"
            "ERROR: page 600 checksum failed (JET_errReadVerifyFailure -1018)\n"
            "WARNING: page 7 checksum verification failed but the corruption ( bit 5021 ) can be "
            "corrected (JET_errReadVerifyFailure -1018)\n"
            "WARNING: page 0 (header) checksum failed (JET_errReadVerifyFailure -1018)\n"
            "\n"
            "768 pages seen\n"
            "5 bad checksums\n"
            "0 correctable checksums\n"
            "385 uninitialized pages\n"
            "0 wrong page numbers\n"
            "0x4f21 highest dbtime (pgno 0x12c)\n"
            "\n"
            "24 reads performed\n"
            "24 MB read\n"
            "2 seconds taken\n"
            "8 MB/second\n"
            "\n");
}

KnownSet finished(SetManifest manifest, std::string verified_utc = "") {
  KnownSet set{
      .entry = {.name = manifest.name, .path = "/r/sets/" + manifest.name, .finished = true}};
  set.entry.bytes = 300u << 20;
  set.standing.volumes.resize(manifest.volumes.size());
  if (!verified_utc.empty())
    for (SetStanding::Volume& volume : set.standing.volumes)
      volume.verified =
          Verdict{.level = "structure, stored bytes", .sound = true, .time_utc = verified_utc};
  set.entry.summary = summary_of(manifest);
  set.entry.manifest = std::move(manifest);
  return set;
}

TEST(SetText, WhatDoesNotFitTheTerminalGoesBelowItsSet) {
  SetManifest old = test::sample_manifest("20261122T181500Z-host-full-2");
  old.format = 1;
  old.volumes[0].read_back = ReadBack::none;
  old.volumes[0].name = "a-volume-with-a-name";
  const KnownSet sets[] = {finished(old)};
  EXPECT_EQ(sets_table(sets, 80),
            "SET                           FINISHED    SIZE     WHEN MADE   VERIFIED\n"
            "20261122T181500Z-host-full-2  2026-11-22  300 MiB  6 FINDINGS  never\n"
            "    not read back, no checksum; volumes: a-volume-with-a-name\n");
  EXPECT_EQ(sets_table(sets, 110),
            "SET                           FINISHED    SIZE     WHEN MADE   VERIFIED  VOLUMES\n"
            "20261122T181500Z-host-full-2  2026-11-22  300 MiB  6 FINDINGS  never     "
            "a-volume-with-a-name\n"
            "    not read back, no checksum\n");
}

TEST(SetText, Table) {
  SetManifest sound = test::sample_manifest("20261121T181500Z-host-copy");
  sound.type = BackupType::copy;
  sound.volumes[0].databases = {sound_database()};
  sound.volumes[0].unreadable.clear();
  sound.volumes[0].unreadable_total = 0;
  sound.sound = true;
  SetManifest unchecked = sound;
  unchecked.name = "20261123T181500Z-host-copy";
  unchecked.volumes[0].databases_not_checked = "unknown";
  unchecked.volumes[0].read_back = ReadBack::none;
  KnownSet gone = finished(sound);
  gone.standing.volumes[0] = {.problem = "D.tint is missing", .damaged = true};
  const KnownSet sets[] = {
      finished(sound, "2026-11-29T04:00:00Z"),
      finished(test::sample_manifest()),
      finished(unchecked),
      {{.name = "20261124T181500Z-host-full",
        .finished = true,
        .problem = "set.json: type is missing"},
       {}},
      {{.name = "20261125T181500Z-host-full", .running = true, .bytes = 4096}, {}},
      {{.name = "20261126T181500Z-host-full", .bytes = 4096}, {}},
      gone,
  };
  EXPECT_EQ(sets_table(sets, 0),
            "SET                         FINISHED    SIZE     WHEN MADE                   "
            "VERIFIED    VOLUMES\n"
            "20261121T181500Z-host-copy  2026-11-22  300 MiB  sound                       "
            "2026-11-29  D\n"
            "20261122T181500Z-host-full  2026-11-22  300 MiB  6 FINDINGS                  "
            "never       D\n"
            "20261123T181500Z-host-copy  2026-11-22  300 MiB  NOT CHECKED, not read back  "
            "never       D\n"
            "20261124T181500Z-host-full  -           0 B      DAMAGED                     "
            "-           -\n"
            "    set.json: type is missing\n"
            "20261125T181500Z-host-full  -           4 KiB    running                     "
            "-           -\n"
            "20261126T181500Z-host-full  -           4 KiB    unfinished                  "
            "-           -\n"
            "20261121T181500Z-host-copy  2026-11-22  300 MiB  sound                       "
            "DAMAGED     D\n"
            "    D.tint is missing\n");
  expect_narrow(sets_table({sets, 2}, 0));
  expect_narrow(sets_table(sets, 80));
  EXPECT_EQ(sets_table({}, 80), "no backup sets\n");
}

TEST(SetText, Everything) {
  const std::string text = set_text(finished(test::sample_manifest()), 80);
  EXPECT_EQ(text.substr(0, text.find("  findings")),
            "20261122T181500Z-host-full\n"
            "  path        /r/sets/20261122T181500Z-host-full\n"
            "  type        full\n"
            "  host        host, tintype 0.1.0\n"
            "  started     2026-11-22T18:15:00Z\n"
            "  finished    2026-11-22T18:17:21Z\n"
            "  size        300 MiB\n"
            "  manifest    format 2, its checksum is right\n"
            "  sequence    1\n"
            "D (/dev/vg/snap)\n"
            "  filesystem  ntfs \"Mail \"1\" \xC3\x9C\"\n"
            "  captured    0.49 of 1 GiB (free space is not captured)\n"
            "  stored      300 MiB, ratio 1.67, compression auto, chunks of 1 MiB\n"
            "  image       D.tint\n"
            "  digest      00112233445566778899aabbccddeeff\n"
            "  read back   equal, read from the medium\n"
            "  verified    never since it was made\n"
            "  databases\n"
            "    /DB1.edb\n"
            "      768 pages of 32 KiB: 5 BAD, 0 correctable, 385 uninitialised\n"
            "    /Mailbox/DB2.edb\n"
            "      100 pages of 4 KiB: sound, 1 correctable, 1 uninitialised\n");
  EXPECT_TRUE(
      text.ends_with("verdict when it was made: 6 FINDINGS\n"
                     "never verified since: tintype verify reads it again\n"));
  const std::string verified =
      set_text(finished(test::sample_manifest(), "2026-11-29T04:00:00Z"), 80);
  EXPECT_THAT(verified, testing::HasSubstr(
                            "  verified    2026-11-29T04:00:00Z (structure, stored bytes): as"));
  EXPECT_TRUE(verified.ends_with("last verified: 2026-11-29\n"));
  expect_narrow(text);
}

}  // namespace
}  // namespace tintype
