#include "tools/report/report_data.h"

#include <fmt/format.h>

namespace tintype {
namespace {

constexpr Stage kAllStages[] = {Stage::none,       Stage::read,      Stage::compute,
                                Stage::write,      Stage::read_back, Stage::read_limit,
                                Stage::write_limit};

JsonObject to_json(const JobTimeline::Sample& sample) {
  JsonObject shares;
  for (const Stage stage : kAllStages) shares.add(to_string(stage), sample.times.share(stage));
  return JsonObject()
      .add("seconds", sample.seconds)
      .add("read_bytes", sample.read_bytes)
      .add("written_bytes", sample.written_bytes)
      .add("read_back_bytes", sample.read_back_bytes)
      .add("shares", shares)
      .add("limiting", to_string(sample.times.limiting()));
}

JsonObject to_json(const LatencyHistogram& histogram) {
  std::string bars;
  for (const LatencyHistogram::Bar& bar : histogram.bars())
    bars += fmt::format("{}[{:.6g},{:.6g},{}]", bars.empty() ? "" : ",", bar.from_seconds,
                        bar.to_seconds, bar.count);
  return JsonObject()
      .add("count", histogram.count())
      .add("p50_s", histogram.within(0.5))
      .add("p90_s", histogram.within(0.9))
      .add("p99_s", histogram.within(0.99))
      .add("p999_s", histogram.within(0.999))
      .add("max_s", histogram.within(1))
      .add_raw("bars", "[" + bars + "]");
}

// -1 stands for files that are not named.
std::string files_of(const VolumeMap::Cell& cell) {
  std::string numbers;
  for (std::size_t i = 0; i < cell.files_kept; ++i)
    numbers += fmt::format("{}{}", i == 0 ? "" : ",", cell.files[i]);
  if (cell.more_files) numbers += numbers.empty() ? "-1" : ",-1";
  return "[" + numbers + "]";
}

}  // namespace

JsonObject to_json(const JobTimeline& timeline) {
  std::vector<JsonObject> samples, passes, limits;
  for (const JobTimeline::Sample& sample : timeline.samples()) samples.push_back(to_json(sample));
  for (const JobTimeline::Pass& pass : timeline.passes())
    passes.push_back(JsonObject()
                         .add("name", pass.name)
                         .add("phase", to_string(pass.phase))
                         .add("begin_seconds", pass.begin_seconds)
                         .add("end_seconds", pass.end_seconds)
                         .add("read_bytes", pass.read_bytes)
                         .add("written_bytes", pass.written_bytes)
                         .add("read_back_bytes", pass.read_back_bytes)
                         .add("limiting", to_string(pass.limiting)));
  for (const JobTimeline::Limits& change : timeline.limits())
    limits.push_back(JsonObject()
                         .add("at_seconds", change.at_seconds)
                         .add("read_bytes_per_second", change.read)
                         .add("write_bytes_per_second", change.write));
  return JsonObject()
      .add("interval_seconds", timeline.interval_seconds())
      .add("samples", samples)
      .add("passes", passes)
      .add("passes_total", timeline.passes_total())
      .add("limits", limits)
      .add("limits_total", timeline.limits_total());
}

JsonObject to_json(const RequestLatencies& latencies) {
  return JsonObject()
      .add("reads", to_json(latencies.reads))
      .add("writes", to_json(latencies.writes))
      .add("read_backs", to_json(latencies.read_backs));
}

JsonObject to_json(const VolumeMap& map) {
  std::vector<JsonObject> files;
  for (const VolumeMap::File& file : map.files())
    files.push_back(
        JsonObject()
            .add("kind", file.kind == VolumeMap::FileKind::database ? "database" : "log")
            .add("path", file.path)
            .add("file_bytes", file.file_bytes)
            .add("runs", file.runs));
  std::string cells, last;
  std::size_t alike = 0;
  const auto flush = [&] {
    if (alike != 0) cells += fmt::format("{}[{},{}]", cells.empty() ? "" : ",", alike, last);
  };
  for (const VolumeMap::Cell& cell : map.cells()) {
    std::string now = fmt::format("{},{},{},{},{},{},{}", cell.captured_bytes, cell.zero_bytes,
                                  cell.unreadable_bytes, cell.database_bytes, cell.log_bytes,
                                  cell.bad_bytes, files_of(cell));
    if (now != last) {
      flush();
      alike = 0;
      last = std::move(now);
    }
    ++alike;
  }
  flush();
  return JsonObject()
      .add("name", map.name())
      .add("volume_bytes", map.volume_bytes())
      .add("cell_bytes", map.cell_bytes())
      .add("files", files)
      .add("files_total", map.files_total())
      .add("cell_fields", std::vector<std::string>{"cells_alike", "captured_bytes", "zero_bytes",
                                                   "unreadable_bytes", "database_bytes",
                                                   "log_bytes", "bad_bytes", "files"})
      .add_raw("cells", "[" + cells + "]");
}

std::vector<JsonObject> maps_json(const JobRecorder& recorder) {
  std::vector<JsonObject> maps;
  for (const auto& map : recorder.maps()) maps.push_back(to_json(*map));
  return maps;
}

}  // namespace tintype
