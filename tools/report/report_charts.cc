#include "tools/report/report_charts.h"

#include <fmt/format.h>

#include <algorithm>

#include "hashing/counted.h"
#include "tools/text/text.h"
#include "tools/text/units.h"

namespace tintype {
namespace {

using Tone = ReportBody::Tone;

void add_passes(ReportBody& body, const JobTimeline& timeline) {
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

void add_shares(ReportBody& body, const JobTimeline& timeline) {
  StageTimes all;
  for (const JobTimeline::Sample& sample : timeline.samples()) all += sample.times;
  body.paragraph(fmt::format(
      "Of all the time: reading {}, computing {}, writing {}, reading back {}, held by limits {}, "
      "none of them {}.",
      share_text(all.share(Stage::read)), share_text(all.share(Stage::compute)),
      share_text(all.share(Stage::write)), share_text(all.share(Stage::read_back)),
      share_text(all.share(Stage::read_limit) + all.share(Stage::write_limit)),
      share_text(all.share(Stage::none))));
}

ReportBody::Row latency_row(const char* name, const LatencyHistogram& histogram) {
  const auto text = [&](double part) {
    return fmt::format("{:.3f} ms", histogram.within(part) * 1e3);
  };
  return {
      name,   fmt::format("{}", histogram.count()), text(0.5), text(0.9), text(0.99), text(0.999),
      text(1)};
}

void add_requests(ReportBody& body, const RequestLatencies& latencies) {
  body.section("Requests");
  std::vector<ReportBody::Row> rows;
  if (latencies.reads.count() > 0) rows.push_back(latency_row("read", latencies.reads));
  if (latencies.writes.count() > 0) rows.push_back(latency_row("write", latencies.writes));
  if (latencies.read_backs.count() > 0)
    rows.push_back(latency_row("read back", latencies.read_backs));
  if (rows.empty()) {
    body.paragraph("Their times were not taken: there was no queue (--serial), or none was made.");
    return;
  }
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

ReportBody::Row map_row(const VolumeMap& map) {
  VolumeMap::Cell sum;
  std::uint64_t data_bytes = 0;
  for (const VolumeMap::Cell& cell : map.cells()) {
    sum.add(cell);
    data_bytes += cell.data_bytes();
  }
  const auto amount = [](std::uint64_t bytes, Tone tone = Tone::plain) {
    return bytes == 0 ? ReportBody::Cell("-") : ReportBody::Cell(bytes_text(bytes), tone);
  };
  return {map.name(),
          bytes_text(map.volume_bytes()),
          amount(data_bytes),
          amount(sum.zero_bytes),
          amount(map.volume_bytes() - std::min(sum.captured_bytes, map.volume_bytes())),
          amount(sum.database_bytes),
          amount(sum.log_bytes),
          amount(sum.bad_bytes, Tone::bad),
          amount(sum.unreadable_bytes, Tone::bad)};
}

void add_maps(ReportBody& body, const JobRecorder& recorder) {
  body.section(recorder.maps().size() == 1 ? "Map of the volume" : "Maps of the volumes");
  body.place("maps", "Where on the volume there is what");
  std::vector<ReportBody::Row> rows;
  for (const auto& map : recorder.maps()) rows.push_back(map_row(*map));
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
  if (recorder.volumes_total() > recorder.maps().size())
    body.paragraph(
        fmt::format("... and {} without a map",
                    counted(recorder.volumes_total() - recorder.maps().size(), "more volume")));
}

}  // namespace

void add_charts(ReportBody& body, const JobRecorder& recorder) {
  const JobTimeline& timeline = recorder.timeline;
  if (timeline.samples().empty() || timeline.passes().empty()) return;
  body.section("Over time");
  body.place("timeline", "How fast it was, and what limited, from moment to moment");
  add_passes(body, timeline);
  if (!timeline.limits().empty()) add_limits(body, timeline);
  add_shares(body, timeline);
  add_requests(body, recorder.latencies);
  if (!recorder.maps().empty()) add_maps(body, recorder);
}

}  // namespace tintype
