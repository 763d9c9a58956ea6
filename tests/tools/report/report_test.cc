// --report of the built program: refused before anything is done, written whatever the outcome is,
// true to what the job said, and drawn by a real browser.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "support/changed_environment.h"
#include "support/ese_generator.h"
#include "support/make_repository.h"
#include "support/random_bytes.h"
#include "support/samples.h"
#include "support/tiny_tmpfs.h"
#include "support/volume_maker.h"
#include "tests/tools/built_program.h"
#include "tests/tools/json_summary.h"
#include "tests/tools/report/looked_at_page.h"

namespace tintype {
namespace {

namespace fs = std::filesystem;
using test::ChildProgram;
using test::json_summary;
using test::LookedAtPage;
using test::ProgramOutcome;
using test::run_program;
using test::TempDir;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using Json = nlohmann::json;

constexpr const char* kRead = "0072b2";  // also of databases
constexpr const char* kWrite = "d55e00";
constexpr const char* kReadBack = "00845f";
constexpr const char* kReadLimit = "7fb8d8";
constexpr const char* kWriteLimit = "efb284";
constexpr const char* kMapData = "8597a6";
constexpr const char* kMapBad = "c5162e";

std::string text_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

struct Place {
  std::size_t begin = 0, length = 0;
};
Place place_of_data(const std::string& html) {
  constexpr std::string_view kBegin = "id=\"report-data\">";
  const std::size_t begin = html.find(kBegin);
  if (begin == std::string::npos) return {};
  const std::size_t from = begin + kBegin.size();
  return {from, html.find("</script>", from) - from};
}

Json data_of(const std::string& html) {
  const auto [begin, length] = place_of_data(html);
  return length == 0 ? Json::object() : Json::parse(html.substr(begin, length), nullptr, false);
}

std::string last_line(const std::string& text) {
  const auto end = text.find_last_not_of('\n');
  const auto before = text.rfind('\n', end);
  return text.substr(before + 1, end - before);
}

void expect_shares_sum_to_one(const Json& data) {
  for (const Json& sample : data["timeline"]["samples"]) {
    double sum = 0;
    for (const Json& share : sample["shares"]) sum += share.get<double>();
    EXPECT_NEAR(sum, 1, 1e-4) << sample;
  }
}

std::uint64_t sum_of_samples(const Json& data, const char* member) {
  std::uint64_t sum = 0;
  for (const Json& sample : data["timeline"]["samples"]) sum += sample[member].get<std::uint64_t>();
  return sum;
}

// Of a map: captured bytes; and that its cells are as many as the volume needs.
std::uint64_t captured_of(const Json& map) {
  std::uint64_t captured = 0, cells = 0;
  for (const Json& run : map["cells"]) {
    cells += run[0].get<std::uint64_t>();
    captured += run[0].get<std::uint64_t>() * run[1].get<std::uint64_t>();
  }
  const auto bytes = map["volume_bytes"].get<std::uint64_t>();
  const auto cell_bytes = map["cell_bytes"].get<std::uint64_t>();
  EXPECT_EQ(cells, (bytes + cell_bytes - 1) / cell_bytes);
  return captured;
}

void expect_drawn(const LookedAtPage& page, const std::vector<std::string>& places) {
  EXPECT_THAT(page.console(), IsEmpty());
  EXPECT_THAT(page.document(), HasSubstr("data-report=\"drawn\""));
  for (const std::string& id : places)
    EXPECT_THAT(page.document(), HasSubstr("id=\"" + id + "\" data-drawn=\"yes\""));
  for (const LookedAtPage::Inks& inks : page.canvases()) {
    long pixels = 0;
    for (const auto& [ink, count] : inks) pixels += count;
    EXPECT_GT(pixels, 500) << "a canvas is blank";
  }
}

class ReportFile : public testing::Test {
 protected:
  std::string damaged_volume() {
    const std::string image = dir_ / "mail.img";
    test::make_ntfs(image, {.bytes = 64u << 20, .label = "Mail"});
    test::EseDatabaseSpec spec{.file_bytes = 8 << 20};
    std::vector<std::byte> file = test::EseDatabaseGenerator(spec).whole();
    test::damage_ese(file, spec.page_bytes, "badchecksum:77");
    test::write_file(dir_ / "db", file);
    test::put_into_ntfs(image, dir_ / "db", "/DB1.edb");
    return image;
  }
  std::string plain_volume(std::size_t bytes = 4 << 20) {
    test::write_file(dir_ / "plain.img", test::random_bytes(bytes));
    return dir_ / "plain.img";
  }

  TempDir dir_;
  const std::string html_ = dir_ / "report.html";
};

TEST_F(ReportFile, OfABackupWithFindings) {
  TINTYPE_NEED_SAMPLES(samples);
  const std::string volume = dir_ / "sample.img";
  test::raw_from_qcow2(samples / "volumes/ntfs_vss_ese_generated.qcow2", volume);
  const ProgramOutcome backup = run_program(
      {"backup", "mail=" + volume, "--to", test::repository_at(dir_ / "repo"), "--report", html_});
  ASSERT_EQ(backup.code, 3) << backup.err;
  EXPECT_THAT(backup.out, HasSubstr("report: " + html_ + "\n"));
  const std::string html = text_of(html_);
  EXPECT_THAT(html, HasSubstr("<h1>" + last_line(backup.out) + "</h1>"))
      << "the outcome in the terminal's words";
  EXPECT_THAT(html, HasSubstr("Exit code 3: "));
  const Json data = data_of(html);
  EXPECT_EQ(data["verdict"], last_line(backup.out));
  EXPECT_EQ(data["exit_code"], 3);
  EXPECT_EQ(data["command"], "backup");
  expect_shares_sum_to_one(data);
  const Json& summary = data["summary"]["volumes"][0];
  EXPECT_EQ(sum_of_samples(data, "read_bytes"), summary["read_bytes"]);
  EXPECT_EQ(sum_of_samples(data, "read_back_bytes") > 0, true);
  EXPECT_EQ(data["latencies"]["reads"]["count"], summary["reads"]);
  ASSERT_EQ(data["maps"].size(), 1u);
  EXPECT_EQ(captured_of(data["maps"][0]), summary["captured_bytes"]);
  EXPECT_GT(data["maps"][0]["files_total"], 0);

  const LookedAtPage page(html_);
  expect_drawn(page, {"timeline", "latencies", "maps"});
  EXPECT_EQ(page.canvases().size(), 4u) << "throughput, stages, requests, map";
  EXPECT_GT(page.pixels(kRead), 200);
  EXPECT_GT(page.pixels(kMapData), 100);
  EXPECT_GT(page.pixels(kReadBack), 50);
}

// Requests of any length have an axis that ends: these once made one that did not.
TEST_F(ReportFile, OfRequestsOfAnyLength) {
  ASSERT_EQ(run_program({"copy", plain_volume(), dir_ / "copy.img", "--report", html_}).code, 0);
  const std::string html = text_of(html_);
  Json data = data_of(html);
  for (const double shortest : {1.3e-7, 0.00012288, 0.0033, 0.9, 80.0})
    for (const double times : {1.0, 9.0, 7e4}) {
      const double longest = shortest * times;
      for (auto& [kind, of_kind] : data["latencies"].items())
        of_kind["bars"] = Json::array({{shortest, shortest * 1.1, of_kind["count"]},
                                       {longest * 1.2, longest * 1.3, of_kind["count"]}});
      std::string changed = html;
      const auto [begin, length] = place_of_data(html);
      changed.replace(begin, length, data.dump());
      std::ofstream(html_, std::ios::binary | std::ios::trunc) << changed;
      SCOPED_TRACE(data["latencies"].dump());
      expect_drawn(LookedAtPage(html_), {"latencies"});
    }
}

TEST_F(ReportFile, OfACopyAndItsBadPage) {
  const ProgramOutcome copy =
      run_program({"copy", damaged_volume(), dir_ / "copy.img", "--report", html_, "--json"});
  ASSERT_EQ(copy.code, 3) << copy.err;
  const Json summary = json_summary(copy.out);
  EXPECT_EQ(summary["report"], html_);
  const Json data = data_of(text_of(html_));
  EXPECT_EQ(data["summary"]["content_digest"], summary["content_digest"]);
  EXPECT_EQ(captured_of(data["maps"][0]), summary["captured_bytes"]);
  EXPECT_EQ(data["maps"][0]["files"][0]["path"], "/DB1.edb");
  EXPECT_THAT(text_of(html_), HasSubstr("bad checksum (-1018"));
  const LookedAtPage page(html_);
  expect_drawn(page, {"timeline", "latencies", "maps"});
  EXPECT_GT(page.pixels(kRead), 500);
  EXPECT_GT(page.pixels(kWrite), 50);
  EXPECT_GT(page.pixels(kReadBack), 50);
  EXPECT_GT(page.pixels(kMapBad), 20);
}

TEST_F(ReportFile, OfAVerificationOfSeveralVolumes) {
  ASSERT_EQ(run_program({"backup", "a=" + damaged_volume(), "b=" + plain_volume(), "--to",
                         test::repository_at(dir_ / "repo")})
                .code,
            3);
  const ProgramOutcome verify =
      run_program({"verify", dir_ / "repo", "--pages", "--report", html_});
  ASSERT_EQ(verify.code, 3) << verify.out << verify.err;
  const Json data = data_of(text_of(html_));
  EXPECT_EQ(data["verdict"], last_line(verify.out));
  EXPECT_EQ(data["maps"].size(), 2u);
  EXPECT_EQ(data["timeline"]["passes"].size(), 2u);
  expect_shares_sum_to_one(data);
  EXPECT_THAT(data["warnings"].dump(), HasSubstr("databases are NOT CHECKED"));
  const LookedAtPage page(html_, 400);
  expect_drawn(page, {"timeline", "latencies", "maps"});
  EXPECT_GT(page.pixels(kRead), 200);
  EXPECT_GT(page.pixels(kMapData), 100);
}

// Exit code 0, but not green.
TEST_F(ReportFile, WhatWasNotCheckedIsNotShownAsGood) {
  const std::string volume = plain_volume();
  ASSERT_EQ(run_program({"copy", volume, dir_ / "a.img", "--report", html_}).code, 0);
  EXPECT_THAT(text_of(html_), HasSubstr("class=\"verdict warn\""));
  EXPECT_THAT(text_of(html_), HasSubstr("databases NOT CHECKED. exit 0</h1>"));
  const std::string good = dir_ / "good.img";
  test::make_ext(good, 16u << 20, "-t ext4");
  ASSERT_EQ(run_program({"copy", good, dir_ / "b.img", "--report", dir_ / "good.html"}).code, 0);
  EXPECT_THAT(text_of(dir_ / "good.html"), HasSubstr("class=\"verdict good\""));
}

TEST_F(ReportFile, OfDamageInAnImage) {
  ASSERT_EQ(
      run_program({"backup", "p=" + plain_volume(), "--to", test::repository_at(dir_ / "repo")})
          .code,
      0);
  std::string image;
  for (const auto& entry : fs::recursive_directory_iterator(dir_ / "repo"))
    if (entry.path().extension() == ".tint") image = entry.path();
  std::fstream(image, std::ios::in | std::ios::out | std::ios::binary).seekp(2 << 20).put('!');
  const ProgramOutcome verify = run_program({"verify", image, "--report", html_});
  ASSERT_EQ(verify.code, 4) << verify.out;
  const Json data = data_of(text_of(html_));
  EXPECT_EQ(data["exit_code"], 4);
  std::uint64_t bad = 0;
  for (const Json& run : data["maps"][0]["cells"])
    bad += run[0].get<std::uint64_t>() * run[6].get<std::uint64_t>();
  EXPECT_EQ(bad, 1u << 20) << "the chunk that is damaged";
  EXPECT_THAT(text_of(html_), HasSubstr("DAMAGED: bytes "));
}

TEST_F(ReportFile, OfBenches) {
  const ProgramOutcome device =
      run_program({"bench", "device", dir_.path().string(), "--size", "1MiB", "--bs", "4k,64k",
                   "--iodepth", "1,4,16", "--runs", "2", "--report", html_});
  ASSERT_EQ(device.code, 0) << device.err;
  const Json data = data_of(text_of(html_));
  ASSERT_EQ(data["bench"]["methods"].size(), 4u * 2 * 3);
  EXPECT_EQ(data["bench"]["methods"][0]["access"], "read");
  EXPECT_EQ(data["bench"]["methods"][0]["runs"].size(), 2u);
  EXPECT_EQ(data["bench"]["results"]["kind"], "device");
  const LookedAtPage page(html_);
  expect_drawn(page, {"bars", "curves"});
  EXPECT_EQ(page.canvases().size(), 8u) << "throughput and times of four accesses";
  std::size_t dots = 0;
  for (std::size_t at = 0; (at = page.document().find("<circle", at)) != std::string::npos; ++at)
    ++dots;
  EXPECT_EQ(dots, 4u * 2 * 3 * 2) << "each single run";
  EXPECT_GT(page.pixels(kRead), 100);
  EXPECT_GT(page.pixels(kWrite), 100);

  fs::create_directory(dir_ / "to");
  const ProgramOutcome copy =
      run_program({"bench", "copy", plain_volume(), "--to", dir_ / "to", "--runs", "1", "--only",
                   "backup none", "--report", dir_ / "copy.html"});
  ASSERT_EQ(copy.code, 0) << copy.err;
  const LookedAtPage of_copy(dir_ / "copy.html");
  expect_drawn(of_copy, {"bars"});
  EXPECT_THAT(of_copy.document(), Not(HasSubstr("id=\"curves\"")));
  EXPECT_EQ(data_of(text_of(dir_ / "copy.html"))["bench"]["methods"].size(), 3u);
}

// Named so that a page that took it for markup would end its script, or run another.
TEST_F(ReportFile, NamesFromAVolumeAreText) {
  fs::create_directories(dir_ / "tree/<");
  const std::string name = "script><img src=x onerror=\"document.title='owned'\">&.edb";
  std::vector<std::byte> file = test::EseDatabaseGenerator({.file_bytes = 1 << 20}).whole();
  test::damage_ese(file, 32768, "badchecksum:5");
  test::write_file((dir_ / "tree/<") + "/" + name, file);
  const std::string volume = dir_ / "hostile.img";
  test::make_ext(volume, 16u << 20, "-t ext4 -L '<b>bold</b>' -d " + (dir_ / "tree"));
  const ProgramOutcome backup = run_program(
      {"backup", "v=" + volume, "--to", test::repository_at(dir_ / "repo"), "--report", html_});
  ASSERT_EQ(backup.code, 3) << backup.out << backup.err;
  const std::string html = text_of(html_);
  EXPECT_THAT(html, Not(HasSubstr("<img")));
  EXPECT_THAT(html, Not(HasSubstr("<b>bold")));
  EXPECT_EQ(data_of(html)["maps"][0]["files"][0]["path"], "/</" + name);
  const LookedAtPage page(html_);
  expect_drawn(page, {"timeline", "maps"});
  EXPECT_THAT(page.document(), Not(HasSubstr("<img")));
  EXPECT_THAT(page.document(), Not(HasSubstr("<title>owned")));
  EXPECT_THAT(page.document(), HasSubstr("&lt;/script&gt;&lt;img"));
}

TEST_F(ReportFile, WhatCannotBeMeantIsRefusedBeforeAnythingIsDone) {
  const std::string volume = plain_volume();
  const ProgramOutcome dry = run_program(
      {"backup", volume, "--to", test::repository_at(dir_ / "repo"), "-n", "--report", html_});
  EXPECT_EQ(dry.code, 2);
  EXPECT_THAT(dry.err, HasSubstr("--report and --dry-run contradict each other"));
  const ProgramOutcome same = run_program({"copy", volume, dir_ / "x", "--report", dir_ / "./x"});
  EXPECT_EQ(same.code, 2);
  EXPECT_THAT(same.err, HasSubstr("is written by the job itself"));
  const ProgramOutcome bench = run_program(
      {"bench", "kernels", "--runs", "1", "--output", dir_ / "y", "--report", dir_ / "y"});
  EXPECT_EQ(bench.code, 2);
  EXPECT_EQ(run_program({"bench", "compare", "a", "b", "--report", html_}).code, 2);
  for (const char* name : {"report.html", "report.html.partial", "x", "x.partial", "y"})
    EXPECT_FALSE(fs::exists(dir_ / name)) << name;
}

TEST_F(ReportFile, ALeftOverOfADeadRunIsReplacedThatOfALivingOneIsNot) {
  test::write_file(html_ + ".partial", test::random_bytes(100));
  const std::string volume = plain_volume(64 << 20);
  ChildProgram first({TINTYPE_PROGRAM, "backup", volume, "--to", test::repository_at(dir_ / "one"),
                      "--serial", "--json", "--limit-read", "20MiB/s", "--report", html_});
  ASSERT_TRUE(first.wait_for_output("\"read_bytes\"")) << first.err();
  first.signal(SIGSTOP);
  const ProgramOutcome second =
      run_program({"backup", volume, "--to", test::repository_at(dir_ / "two"), "--report", html_});
  EXPECT_EQ(second.code, 0);
  EXPECT_THAT(second.err, HasSubstr("is being written by another run"));
  first.signal(SIGCONT);
  first.signal(SIGINT);
  EXPECT_EQ(first.wait(), 130);
  // The report of what was done until then.
  const Json data = data_of(text_of(html_));
  EXPECT_EQ(data["exit_code"], 130);
  EXPECT_THAT(data["verdict"].get<std::string>(), HasSubstr("interrupted; the unfinished set"));
  EXPECT_FALSE(data["timeline"]["samples"].empty());
  EXPECT_EQ(data["timeline"]["passes"][0]["read_bytes"], sum_of_samples(data, "read_bytes"));
  EXPECT_FALSE(fs::exists(html_ + ".partial"));
  expect_drawn(LookedAtPage(html_), {"timeline", "maps"});
}

// 24 MiB at 16 MiB/s, and in the middle of it at 8.
TEST_F(ReportFile, ShowsTheLimitsAsTheyWereChanged) {
  const test::ChangedEnvironment jobs("TINTYPE_JOB_FOLDER", dir_ / "jobs");
  ChildProgram copy({TINTYPE_PROGRAM, "copy", plain_volume(24 << 20), dir_ / "copy", "--json",
                     "--limit-read", "16MiB/s", "--report", html_});
  EXPECT_TRUE(copy.wait_for_output("\"read_bytes\"")) << copy.err();
  const std::string job = std::to_string(
      json_summary(run_program({"limit", "--json"}).out)["jobs"][0]["pid"].get<int>());
  EXPECT_EQ(run_program({"limit", job, "--read", "8MiB/s", "--write", "1GiB/s"}).code, 0);
  EXPECT_EQ(copy.wait(), 0) << copy.err();
  const std::string html = text_of(html_);
  const Json timeline = data_of(html)["timeline"];
  ASSERT_EQ(timeline["limits"].size(), 2u);
  EXPECT_EQ(timeline["limits_total"], 2);
  EXPECT_EQ(timeline["limits"][0]["read_bytes_per_second"], 16 << 20);
  EXPECT_EQ(timeline["limits"][0]["write_bytes_per_second"], 0);
  EXPECT_EQ(timeline["limits"][1]["read_bytes_per_second"], 8 << 20);
  EXPECT_EQ(timeline["limits"][1]["write_bytes_per_second"], 1 << 30);
  const double first = timeline["limits"][0]["at_seconds"],
               second = timeline["limits"][1]["at_seconds"];
  EXPECT_LT(first, second);
  EXPECT_LT(second, timeline["passes"][0]["end_seconds"].get<double>());
  EXPECT_THAT(html, HasSubstr(">16 MiB/s<"));
  EXPECT_THAT(html, HasSubstr(">1 GiB/s<"));
  const LookedAtPage page(html_);
  expect_drawn(page, {"timeline"});
  EXPECT_GT(page.canvases().at(0).count(kReadLimit), 0u) << "its line beside the throughput";
  EXPECT_EQ(page.canvases().at(0).count(kWriteLimit), 0u) << "far out of sight";
  EXPECT_THAT(page.document(), HasSubstr("limit of writing"));
}

TEST_F(ReportFile, OfAJobThatFailed) {
  const ProgramOutcome backup = run_program(
      {"backup", dir_ / "nothing", "--to", test::repository_at(dir_ / "repo"), "--report", html_});
  EXPECT_EQ(backup.code, 1);
  const Json data = data_of(text_of(html_));
  EXPECT_EQ(data["exit_code"], 1);
  EXPECT_THAT(data["verdict"].get<std::string>(), HasSubstr("No such file or directory"));
  EXPECT_THAT(text_of(html_), HasSubstr("class=\"verdict bad\""));
  const LookedAtPage page(html_);
  EXPECT_THAT(page.console(), IsEmpty());
  EXPECT_THAT(page.document(), HasSubstr("data-report=\"drawn\""));
}

TEST_F(ReportFile, ThatCannotBeWrittenAtTheEndLeavesTheBackupItsExitCode) {
  auto disk = test::TinyTmpfs::mount(dir_ / "small", 64 << 10);
  if (!disk) GTEST_SKIP() << disk.error();
  const ProgramOutcome backup =
      run_program({"backup", plain_volume(), "--to", test::repository_at(dir_ / "repo"), "--report",
                   dir_ / "small/r.html"});
  EXPECT_EQ(backup.code, 0) << backup.out << backup.err;
  EXPECT_THAT(backup.err, HasSubstr("warning: there is no report: "));
  EXPECT_THAT(backup.err, HasSubstr("No space left on device"));
  EXPECT_TRUE(fs::is_empty(dir_ / "small")) << "no half page";
  EXPECT_EQ(run_program({"verify", dir_ / "repo"}).code, 0);
  const ProgramOutcome bench =
      run_program({"bench", "kernels", "--runs", "1", "--report", dir_ / "small/b.html"});
  EXPECT_EQ(bench.code, 1) << "a bench has nothing else to show";
}

TEST_F(ReportFile, DoesNotChangeWhatIsWritten) {
  const std::string volume = damaged_volume();
  ASSERT_EQ(run_program({"copy", volume, dir_ / "a.img"}).code, 3);
  ASSERT_EQ(run_program({"copy", volume, dir_ / "b.img", "--report", html_}).code, 3);
  EXPECT_EQ(test::read_file(dir_ / "a.img"), test::read_file(dir_ / "b.img"));
}

}  // namespace
}  // namespace tintype
