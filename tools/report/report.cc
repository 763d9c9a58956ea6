#include "tools/report/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <span>

#include "engine/guard/target_guard.h"
#include "engine/manifest/set_name.h"
#include "engine/version.h"
#include "hashing/counted.h"
#include "tools/report/report_data.h"
#include "tools/report/report_page.h"
#include "tools/text/text.h"
#include "tools/text/units.h"

namespace tintype {
namespace {

namespace fs = std::filesystem;
using Tone = ReportBody::Tone;

Tone tone_of(ExitCode code) {
  switch (code) {
    case ExitCode::sound:
      return Tone::good;
    case ExitCode::findings:
    case ExitCode::unconfirmed:
      return Tone::warn;
    default:
      return Tone::bad;
  }
}

std::string meaning_of(ExitCode code) {
  for (const ExitCodeRow& row : kExitCodes)
    if (row.code == code)
      return fmt::format("Exit code {}: {}", static_cast<int>(code), row.meaning);
  return {};
}

bool same_place(std::string_view a, std::string_view b) {
  std::error_code code_a, code_b;
  const fs::path one = fs::weakly_canonical(a, code_a), other = fs::weakly_canonical(b, code_b);
  return !code_a && !code_b && one == other;
}

// Whether what has the name may be lost: nothing has it, a page of ours, or an empty file such as
// mktemp(1) makes. Never what is no file, or a file that is somebody's, which may be the volume.
Result<void> check_replaceable(const std::string& path) {
  std::error_code ignored;
  const fs::file_status status = fs::symlink_status(path, ignored);
  if (!fs::exists(status)) return {};
  const auto stays = [&] {
    return plain_error(path + " exists and is no page of a tintype report: it stays as it is",
                       "name another file for --report");
  };
  if (!fs::is_regular_file(status)) return stays();
  TINTYPE_TRY(const File file, File::open_source(path, Caching::page_cache));
  std::string head(std::min<std::uint64_t>(file.geometry().size_bytes, 4096), '\0');
  TINTYPE_TRY(const std::size_t got, file.read_at(0, std::as_writable_bytes(std::span(head))));
  head.resize(got);
  if (head.empty() || is_report_page(head)) return {};
  return stays();
}

ReportBody::Row latency_row(const char* name, const LatencyHistogram& histogram) {
  const auto text = [&](double part) {
    return fmt::format("{:.3f} ms", histogram.within(part) * 1e3);
  };
  return {
      name,   fmt::format("{}", histogram.count()), text(0.5), text(0.9), text(0.99), text(0.999),
      text(1)};
}

// Where the limits were set, changed and lifted.
void add_limits(ReportBody& body, const JobTimeline& timeline) {
  std::vector<ReportBody::Row> rows;
  for (const JobTimeline::Limits& change : timeline.limits())
    rows.push_back(
        {duration_text(change.at_seconds), limit_text(change.read), limit_text(change.write)});
  body.table(
      {{"Limits since"}, {"Of reading", ReportBody::kNumber}, {"Of writing", ReportBody::kNumber}},
      rows);
  if (timeline.limits_total() > rows.size())
    body.paragraph(
        fmt::format("... and {}", counted(timeline.limits_total() - rows.size(), "more change")));
}

std::string share_text(double share) {
  return fmt::format("{:.0f} %", share * 100);
}

}  // namespace

std::optional<ExitCode> Report::begin(std::string_view taken,
                                      const std::vector<std::string>& sources) {
  if (!wanted()) return std::nullopt;
  if (!taken.empty() && same_place(path_, taken))
    return session_.fail(ExitCode::usage,
                         plain_error(fmt::format("{} is written by the job itself", path_),
                                     "name another file for --report")
                             .value());
  for (const std::string& source : sources)
    if (const auto spec = parse_volume_spec(source))
      if (const auto apart = check_target_apart(*spec, path_); !apart)
        return do_without(ExitCode::usage, apart.error());
  if (!has_report_page())
    return do_without(
        ExitCode::usage,
        plain_error("this tintype was built without the page of --report",
                    "run tools/install-dependencies.sh, then configure and build it again")
            .value());
  if (auto free = check_replaceable(path_); !free) return do_without(ExitCode::usage, free.error());
  if (auto name = take_name(); !name) {
    Error error = std::move(name).error();
    if (error.hint.empty()) error.hint = "choose another place for --report";
    return do_without(ExitCode::failed, error);
  }
  recorder_.emplace();
  return std::nullopt;
}

std::optional<ExitCode> Report::do_without(ExitCode code, const Error& why) {
  if (need_ == Need::required) return session_.fail(code, why);
  problem_ = why.line();
  path_.clear();
  session_.warn("there will be no report: " + problem_);
  return std::nullopt;
}

Result<void> Report::take_name() {
  const fs::path parent = fs::absolute(path_).parent_path();
  std::error_code ignored;
  if (!fs::is_directory(parent, ignored))
    return plain_error(fmt::format("the folder {} does not exist", parent.string()),
                       "make it first, or choose another place for --report");
  const std::string partial = path_ + ".partial";
  const auto lock = [&]() -> Result<void> {
    auto held = FileLock::try_lock(partial, FileLock::IfMissing::fail);
    if (held)
      lock_ = *std::move(held);
    else if (held.error().code == std::errc::resource_unavailable_try_again)
      return plain_error(fmt::format("{} is being written by another run", path_),
                         "choose another name for --report");
    return {};  // a file system without locks has to do without
  };
  if (fs::exists(partial, ignored)) TINTYPE_CHECK(lock());
  TINTYPE_TRY(auto file,
              DurableFile::create(path_, Caching::page_cache, session_.common().permissions,
                                  DurableFile::IfTaken::replace));
  file_.emplace(std::move(file));
  lock_.reset();  // perhaps of a left-over that is gone
  return lock();
}

void Report::add_charts(ReportBody& body) {
  const JobTimeline& timeline = recorder_->timeline;
  if (timeline.samples().empty() || timeline.passes().empty()) return;
  body.section("Over time");
  body.place("timeline", "How fast it was, and what limited, from moment to moment");
  std::vector<ReportBody::Row> rows;
  for (const JobTimeline::Pass& pass : timeline.passes()) {
    const double seconds = pass.end_seconds - pass.begin_seconds;
    const auto rate = [&](std::uint64_t bytes) {
      return bytes == 0 ? std::string("-") : rate_text(bytes, seconds);
    };
    rows.push_back({pass.name, std::string(to_string(pass.phase)),
                    duration_text(pass.begin_seconds), duration_text(seconds),
                    rate(pass.read_bytes), rate(pass.written_bytes), rate(pass.read_back_bytes),
                    std::string(to_string(pass.limiting))});
  }
  body.table({{"Pass"},
              {"Phase"},
              {"Began after", ReportBody::kNumber},
              {"Took", ReportBody::kNumber},
              {"Read", ReportBody::kNumber},
              {"Written", ReportBody::kNumber},
              {"Read back", ReportBody::kNumber},
              {"Limited by"}},
             rows);
  if (timeline.passes_total() > timeline.passes().size())
    body.paragraph(fmt::format(
        "... and {}",
        counted(timeline.passes_total() - timeline.passes().size(), "more pass", "more passes")));
  if (!timeline.limits().empty()) add_limits(body, timeline);
  StageTimes all;
  for (const JobTimeline::Sample& sample : timeline.samples()) all += sample.times;
  body.paragraph(fmt::format(
      "Of all the time: reading {}, computing {}, writing {}, reading back {}, held by limits {}, "
      "none of them {}.",
      share_text(all.share(Stage::read)), share_text(all.share(Stage::compute)),
      share_text(all.share(Stage::write)), share_text(all.share(Stage::read_back)),
      share_text(all.share(Stage::read_limit) + all.share(Stage::write_limit)),
      share_text(all.share(Stage::none))));

  body.section("Requests");
  const RequestLatencies& latencies = recorder_->latencies;
  rows.clear();
  if (latencies.reads.count() > 0) rows.push_back(latency_row("read", latencies.reads));
  if (latencies.writes.count() > 0) rows.push_back(latency_row("write", latencies.writes));
  if (latencies.read_backs.count() > 0)
    rows.push_back(latency_row("read back", latencies.read_backs));
  if (rows.empty()) {
    body.paragraph("Their times were not taken: there was no queue (--serial), or none was made.");
  } else {
    body.place("latencies", "How long the requests took");
    body.table({{"Requests"},
                {"Number", ReportBody::kNumber},
                {"50 % within", ReportBody::kNumber},
                {"90 %", ReportBody::kNumber},
                {"99 %", ReportBody::kNumber},
                {"99.9 %", ReportBody::kNumber},
                {"all", ReportBody::kNumber}},
               rows);
    body.paragraph(
        "From submitting to completion, to about 3 %. A request that waits in the device's own "
        "queue is waited for: more in flight means longer.");
  }

  if (recorder_->maps().empty()) return;
  body.section(recorder_->maps().size() == 1 ? "Map of the volume" : "Maps of the volumes");
  body.place("maps", "Where on the volume there is what");
  rows.clear();
  for (const auto& map : recorder_->maps()) {
    VolumeMap::Cell sum;
    std::uint64_t data_bytes = 0;
    for (const VolumeMap::Cell& cell : map->cells()) {
      sum.add(cell);
      data_bytes += cell.data_bytes();
    }
    const auto amount = [](std::uint64_t bytes, Tone tone = Tone::plain) {
      return bytes == 0 ? ReportBody::Cell("-") : ReportBody::Cell(bytes_text(bytes), tone);
    };
    rows.push_back({map->name(), bytes_text(map->volume_bytes()), amount(data_bytes),
                    amount(sum.zero_bytes),
                    amount(map->volume_bytes() - std::min(sum.captured_bytes, map->volume_bytes())),
                    amount(sum.database_bytes), amount(sum.log_bytes),
                    amount(sum.bad_bytes, Tone::bad), amount(sum.unreadable_bytes, Tone::bad)});
  }
  body.table({{"Volume"},
              {"Size", ReportBody::kNumber},
              {"Data", ReportBody::kNumber},
              {"Zero", ReportBody::kNumber},
              {"Not captured", ReportBody::kNumber},
              {"Databases", ReportBody::kNumber},
              {"Log streams", ReportBody::kNumber},
              {"Bad", ReportBody::kNumber},
              {"Unreadable", ReportBody::kNumber}},
             rows);
  if (recorder_->volumes_total() > recorder_->maps().size())
    body.paragraph(
        fmt::format("... and {} without a map",
                    counted(recorder_->volumes_total() - recorder_->maps().size(), "more volume")));
}

std::string Report::page(ExitCode code, std::string_view verdict, const JsonObject& summary) {
  recorder_->timeline.end(recorder_->seconds());
  const auto finished = std::chrono::system_clock::now();
  const std::string host = this_host(), title = fmt::format("tintype {}", session_.command());
  ReportBody body;
  body.eyebrow(fmt::format("{} on {}, {}", title, host, utc_text(started_)));
  const Tone tone = remarks && code == ExitCode::sound ? Tone::warn : tone_of(code);
  body.verdict(tone, verdict, meaning_of(code));
  if (!tiles.empty()) body.tiles(tiles);
  body.append(findings);
  if (!session_.warnings().empty()) {
    body.section("Told during the run");
    std::vector<ReportBody::Row> rows;
    for (const std::string& warning : session_.warnings()) rows.push_back({warning});
    body.table({{"Warning", ReportBody::kWide}}, rows);
  }
  add_charts(body);
  body.append(details);
  body.section("This run");
  std::vector<ReportBody::Row> facts{{"host", host},
                                     {"program", program_version()},
                                     {"started (UTC)", utc_text(started_)},
                                     {"finished (UTC)", utc_text(finished)},
                                     {"took", duration_text(recorder_->seconds())}};
  facts.insert(facts.end(), options.begin(), options.end());
  body.facts(facts);
  body.footer(
      "One file, nothing is fetched. The data is in it as JSON (id report-data). Charts: uPlot, "
      "MIT License, Copyright (c) 2022 Leon Sorokin.");

  JsonObject json_options;
  for (const ReportBody::Row& row : options) json_options.add(row[0].text, row[1].text);
  JsonObject all;
  all.add("schema", JsonEvents::kSchema)
      .add("type", "report")
      .add("command", session_.command())
      .add("program", program_version())
      .add("host", host)
      .add("started_utc", utc_text(started_))
      .add("finished_utc", utc_text(finished))
      .add("seconds", recorder_->seconds())
      .add("exit_code", static_cast<int>(code))
      .add("verdict", verdict)
      .add("options", json_options)
      .add("warnings", session_.warnings())
      .add("summary", summary)
      .add("timeline", to_json(recorder_->timeline))
      .add("latencies", to_json(recorder_->latencies))
      .add("maps", maps_json(*recorder_))
      .merge(data);
  return report_page(fmt::format("{}: {}", title, verdict), body, all.str());
}

bool Report::finish(ExitCode code, std::string_view verdict, JsonObject& summary) {
  if (!problem_.empty()) {
    session_.warn("there is no report: " + problem_);
    summary.add("report_problem", problem_);
    return false;
  }
  if (!wanted()) return true;
  const std::string html = page(code, verdict, summary);
  const auto write = [&]() -> Result<void> {
    TINTYPE_CHECK(file_->file().write_at(0, std::as_bytes(std::span(html))));
    return file_->commit();
  };
  const auto written = write();
  file_.reset();
  if (!written) {
    session_.warn("there is no report: " + written.error().line());
    summary.add("report_problem", written.error().line());
    return false;
  }
  session_.print(fmt::format("report: {}\n", printable(path_)));
  summary.add("report", path_);
  return true;
}

void Report::fail(ExitCode code, const Error& error) {
  JsonObject summary;
  summary.add("error", error.line());
  finish(code, fmt::format("{}. exit {}", error.line(), static_cast<int>(code)), summary);
}

}  // namespace tintype
