#include "tools/report/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <span>

#include "engine/guard/target_guard.h"
#include "engine/manifest/set_name.h"
#include "engine/version.h"
#include "tools/report/report_charts.h"
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
  add_charts(body, *recorder_);
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
