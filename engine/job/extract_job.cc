#include "engine/job/extract_job.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <thread>

#include "engine/job/extract_component.h"
#include "engine/job/extract_source.h"
#include "engine/job/pass.h"
#include "engine/job/stream_survey.h"
#include "engine/pipeline/extract_flow.h"
#include "engine/pipeline/file_read_back_flow.h"
#include "engine/pipeline/pass_runner.h"
#include "engine/pipeline/rate_gate.h"
#include "io/filesystem/glob.h"
#include "verify/ese_database_check.h"

namespace tintype {
namespace {

constexpr std::uint64_t kResidentBytesMax = 1 << 20;  // they lie inside a record of a few KiB
constexpr const char* kDamagedSuffix = ".damaged";

// A file asked for, from where it lies to where it goes.
struct Item {
  std::size_t source = 0;
  FileEntry entry;
  EseFileKind kind = EseFileKind::none;  // of a component
  std::size_t number = 0;                // of the writer and the tree; if it is written
};

std::string why_not_extractable(const FileEntry& entry) {
  if (!entry.problem.empty()) return entry.problem;
  switch (entry.storage) {
    case FileStorage::compressed:
      return "compressed by the file system: its bytes do not lie on the volume as they are";
    case FileStorage::encrypted:
      return "encrypted by the file system";
    case FileStorage::resident:
      if (entry.size_bytes > kResidentBytesMax) return "its size makes no sense";
      [[fallthrough]];
    case FileStorage::runs:
      return entry.stands_for_another ? "a link, or a placeholder for what is stored elsewhere"
                                      : "";
  }
  return "";
}

// Whether one PATH asks for a file: by its very path, by a glob, or by a folder above it.
class Request {
 public:
  explicit Request(std::string path) : path_(std::move(path)) {
    while (path_.size() > 1 && (path_.ends_with('/') || path_.ends_with('\\'))) path_.pop_back();
    const bool anywhere = path_.find_first_of("/\\") == std::string::npos;
    literal_ = path_.starts_with('/') ? path_ : "/" + path_;
    below_ = path_ == "/" ? "**" : anywhere ? "**/" + path_ + "/**" : path_ + "/**";
  }
  [[nodiscard]] bool fits(const std::string& path) const {
    return path == literal_ ||
           (path.size() > literal_.size() && path.starts_with(literal_) &&
            path[literal_.size()] == '/') ||
           glob_matches(path_, path) || glob_matches(below_, path);
  }
  [[nodiscard]] const std::string& path() const noexcept { return path_; }

 private:
  std::string path_, literal_, below_;
};

class Extraction {
 public:
  Extraction(const ExtractOptions& options, JobMonitor& monitor)
      : options_(options), monitor_(monitor) {}

  Result<ExtractOutcome> run() {
    auto outcome = extract();
    if (outcome || outcome.error().code) return outcome;
    // What the file system seems to lack may only be what the image has lost.
    for (const ExtractSource& source : sources_)
      if (const std::string damage = source.damage(); !damage.empty())
        return tl::unexpected(
            Error{std::make_error_code(std::errc::bad_message),
                  fmt::format("{}; therefore: {}", damage, outcome.error().what),
                  "use another backup set; `tintype verify` shows all the damage"});
    for (const ExtractSource& source : sources_)
      if (const std::string doubt = source.doubt(); !doubt.empty())
        outcome.error().what += fmt::format(" ({}: {})", source.image().file().path(), doubt);
    return outcome;
  }

 private:
  Result<ExtractOutcome> extract() {
    TINTYPE_CHECK(open_sources());
    TINTYPE_CHECK(options_.component.empty() ? find_files() : find_database());
    settle_targets();
    outcome_.pass.dry_run = options_.dry_run;
    if (options_.dry_run) {
      for (ExtractedFile& file : outcome_.files)
        if (file.problem.empty()) file.state = ExtractedFile::State::planned;
    } else {
      TINTYPE_CHECK(write_files());
    }
    collect_doubts();
    return std::move(outcome_);
  }

  Result<void> open_sources() {
    for (const ExtractOptions::Source& source : options_.sources) {
      TINTYPE_TRY(auto opened, ExtractSource::open(source));
      outcome_.pass.volume_bytes += opened.image().geometry().volume_bytes;
      outcome_.pass.captured_bytes += total_bytes(opened.image().epilogue().captured);
      outcome_.pass.filesystem = std::string(opened.map().type());
      outcome_.pass.label = opened.map().label();
      sources_.push_back(std::move(opened));
    }
    return {};
  }

  Result<void> find_files() {
    std::vector<Request> requests;
    for (const std::string& path : options_.paths) requests.emplace_back(path);
    std::vector<bool> met(requests.size());
    for (std::size_t i = 0; i < sources_.size(); ++i) {
      TINTYPE_TRY(auto files, sources_[i].find([&](const std::string& path) {
        return std::ranges::any_of(requests, [&](const Request& r) { return r.fits(path); });
      }));
      for (FileEntry& entry : files) {
        for (std::size_t r = 0; r < requests.size(); ++r)
          if (!met[r]) met[r] = requests[r].fits(entry.path);
        std::string target = output_path(entry.path);
        if (sources_.size() > 1) target = sources_[i].volume_name() + "/" + target;
        add({.source = i, .entry = std::move(entry)}, std::move(target));
      }
    }
    for (std::size_t r = 0; r < requests.size(); ++r)
      if (!met[r])
        return plain_error(fmt::format("no file fits {}", requests[r].path()),
                           "`tintype extract … / --to DIR --dry-run` lists all");
    return {};
  }

  Result<void> find_database() {
    TINTYPE_TRY(component_,
                find_component(sources_, options_.component, options_.component_volume, monitor_));
    for (ComponentFile& file : component_.files)
      add({.source = file.source, .entry = std::move(file.entry), .kind = file.kind},
          std::move(file.target));
    return {};
  }

  void add(Item item, std::string target) {
    outcome_.files.push_back({.volume = sources_[item.source].volume_name(),
                              .path = item.entry.path,
                              .target = std::move(target),
                              .size_bytes = item.entry.size_bytes,
                              .problem = why_not_extractable(item.entry)});
    items_.push_back(std::move(item));
  }

  // Two files of a volume may come to the same path: orphans, names that were too long.
  void settle_targets() {
    std::set<std::string> used;
    for (ExtractedFile& file : outcome_.files) {
      const std::string wanted = file.target;
      for (int twin = 2; !used.insert(file.target).second; ++twin)
        file.target = fmt::format("{}~{}", wanted, twin);
    }
  }

  [[nodiscard]] bool is_written(std::size_t i) const { return outcome_.files[i].problem.empty(); }
  [[nodiscard]] std::string shown(const std::string& target) const {
    return fmt::format("{}/{}", options_.folder, target);
  }

  Result<void> write_files() {
    TINTYPE_TRY(const OutputTree tree, OutputTree::open(options_.folder));
    TINTYPE_CHECK(check_room(tree));
    std::uint32_t chunk_bytes = kChunkBytesMax;
    for (const ExtractSource& source : sources_)
      chunk_bytes = std::min(chunk_bytes, source.image().geometry().chunk_bytes);
    // At most eight parts of a chunk are in flight by themselves: that bounds the open files.
    FileWriter writer(tree, chunk_bytes / 8);
    TINTYPE_CHECK(prepare(writer));
    TINTYPE_CHECK(write_resident(writer));
    for (std::size_t source = 0; source < sources_.size(); ++source)
      TINTYPE_CHECK(write_streamed(source, writer));
    monitor_.progress({.phase = Phase::commit, .volume = options_.folder});
    TINTYPE_CHECK(writer.finish());
    TINTYPE_CHECK(set_times(tree));
    TINTYPE_CHECK(tree.sync());
    TINTYPE_CHECK(read_back(writer));
    TINTYPE_CHECK(name_files(tree));
    if (!options_.component.empty()) judge();
    return {};
  }

  // Before anything is written: names that are taken, and room for all of it.
  Result<void> check_room(const OutputTree& tree) const {
    constexpr std::uint64_t kUnit = 4096;
    std::uint64_t needed = 0;
    for (std::size_t i = 0; i < items_.size(); ++i) {
      if (!is_written(i)) continue;
      const std::string& target = outcome_.files[i].target;
      TINTYPE_TRY(const auto taken, tree.taken(target));
      if (taken == OutputTree::Taken::by_other)
        return plain_error(
            fmt::format("{}: a folder, or something that is no folder, is in its way",
                        shown(target)),
            "extract to another folder");
      if (taken == OutputTree::Taken::by_file && !options_.overwrite)
        return plain_error(fmt::format("{} exists", shown(target)),
                           "extract to another folder, or add --overwrite");
      if (items_[i].entry.storage == FileStorage::resident)
        needed += (items_[i].entry.size_bytes + kUnit - 1) / kUnit * kUnit;
      for (const FileRun& run : items_[i].entry.runs)
        needed += (run.length + kUnit - 1) / kUnit * kUnit;
    }
    TINTYPE_TRY(const std::uint64_t free, tree.free_bytes());
    if (needed > free)
      return plain_error(
          fmt::format("{} has room for {} bytes, the files need {}", options_.folder, free, needed),
          "free some space there, or extract to another folder");
    return {};
  }

  Result<void> prepare(FileWriter& writer) {
    for (std::size_t i = 0; i < items_.size(); ++i) {
      if (!is_written(i)) continue;
      const FileEntry& entry = items_[i].entry;
      ExtentList data;
      for (const FileRun& run : entry.runs) data.push_back({run.file_offset, run.length});
      items_[i].number = writer.add(shown(outcome_.files[i].target), entry.size_bytes,
                                    normalized(std::move(data)));
      // Large ones now, so that a lack of room shows at once; those without data, for nothing else
      // will make them.
      const bool small = entry.size_bytes < FileWriter::kLargeFileBytes && !entry.runs.empty();
      if (small || entry.storage == FileStorage::resident) continue;
      if (auto made = writer.prepare(items_[i].number); !made) {
        if (made.error().code != std::errc::file_too_large &&
            made.error().code != std::errc::invalid_argument)
          return made;
        outcome_.files[i].problem = made.error().what;
      }
    }
    return {};
  }

  // Contents inside of file records, in the order of the records: neighbours share a chunk. They
  // are no pass's: what a pass is told about limits, stopping and progress is looked after here.
  Result<void> write_resident(FileWriter& writer) {
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < items_.size(); ++i)
      if (is_written(i) && items_[i].entry.storage == FileStorage::resident) order.push_back(i);
    std::ranges::sort(
        order, {}, [&](std::size_t i) { return std::pair(items_[i].source, items_[i].entry.id); });
    Progress progress{.phase = Phase::copy, .volume = options_.folder};
    for (const std::size_t i : order) progress.total_bytes += items_[i].entry.size_bytes;
    RateGate gate(&monitor_.limits);
    for (const std::size_t i : order) {
      while (!gate.lets_through(IoKind::write, items_[i].entry.size_bytes)) {
        progress.limiting = Stage::write_limit;
        monitor_.progress(progress);
        std::this_thread::sleep_until(gate.ask_again_at());
        if (monitor_.stop_requested) return stopped_error();
      }
      if (monitor_.stop_requested) return stopped_error();
      const Item& item = items_[i];
      progress.read_bytes += item.entry.size_bytes;
      std::vector<std::byte> content(item.entry.size_bytes);
      if (auto read = sources_[item.source].read(item.entry, 0, content); !read) {
        outcome_.files[i].problem = read.error().what;
        continue;
      }
      TINTYPE_CHECK(writer.write_whole(item.number, content));
      progress.written_bytes += content.size();
      outcome_.pass.written_bytes += content.size();
    }
    return {};
  }

  Result<void> write_streamed(std::size_t source, FileWriter& writer) {
    const ExtractSource& from = sources_[source];
    std::vector<ExtractFlow::Piece> pieces;
    std::map<std::size_t, std::size_t> item_of;  // by the writer's number
    InlineChecks checks;
    for (std::size_t i = 0; i < items_.size(); ++i) {
      if (items_[i].source != source || !is_written(i)) continue;
      const FileEntry& entry = items_[i].entry;
      item_of[items_[i].number] = i;
      for (const FileRun& run : entry.runs)
        pieces.push_back({run.volume_offset, run.length, run.file_offset, items_[i].number});
      for (auto& [range, why] : from.holes(entry))
        outcome_.files[i].losses.push_back({range, std::move(why), false});
      add_check(i, checks);
    }
    checks.seal();
    const bool has_work = !pieces.empty();
    ExtractFlow flow(from.image(), std::move(pieces), checks, writer);
    if (has_work)
      TINTYPE_CHECK(run_pass(flow, options_.pass,
                             {from.image().file().path(), flow.total_bytes(), Phase::copy},
                             monitor_, outcome_.pass));
    for (const ExtractFlow::Fault& fault : flow.faults())
      outcome_.files[item_of.at(fault.file)].losses.push_back(
          {fault.file_range,
           fmt::format("{} is damaged at offset {}: {}", from.image().file().path(),
                       fault.image_offset, fault.why),
           true});
    if (options_.component.empty()) return {};
    auto reports = checks.finish();
    streams_.finish(reports);
    std::ranges::move(reports, std::back_inserter(outcome_.pass.databases));
    return {};
  }

  // The pages of a component's files are verified on their way, and under their new paths.
  void add_check(std::size_t i, InlineChecks& checks) {
    const Item& item = items_[i];
    if (item.kind == EseFileKind::none || item.entry.storage != FileStorage::runs) return;
    FileEntry renamed = item.entry;
    renamed.path = outcome_.files[i].target;
    if (item.kind != EseFileKind::database) {
      streams_.add(item.kind, std::move(renamed), checks, false);
      return;
    }
    streams_.add_database(renamed.path, component_.header);
    checks.add(open_ese_database_check(renamed.path, renamed.size_bytes, component_.database_front),
               renamed.size_bytes, renamed.runs);
  }

  Result<void> set_times(const OutputTree& tree) const {
    for (std::size_t i = 0; i < items_.size(); ++i)
      if (is_written(i) && items_[i].entry.modified)
        TINTYPE_CHECK(tree.set_modified(items_[i].number, *items_[i].entry.modified));
    return {};
  }

  // All of it, when all is synced: then small files need no sync of their own to be read from the
  // medium.
  Result<void> read_back(FileWriter& writer) {
    outcome_.pass.read_back = "none";
    if (!options_.read_back) return {};
    FileReadBackFlow flow(writer.take_parts(), writer);
    PassOutcome pass;
    TINTYPE_CHECK(run_pass(flow, options_.pass,
                           {options_.folder, flow.total_bytes(), Phase::compare}, monitor_, pass));
    outcome_.pass.read_back = flow.all_direct() ? "direct" : "page cache";
    outcome_.pass.read_back_bytes = pass.read_bytes;
    outcome_.pass.seconds += pass.seconds;
    return {};
  }

  Result<void> name_files(const OutputTree& tree) {
    for (std::size_t i = 0; i < items_.size(); ++i) {
      if (!is_written(i)) continue;
      ExtractedFile& file = outcome_.files[i];
      const bool damaged = !file.losses.empty();
      if (damaged) file.target = output_path(file.target + kDamagedSuffix);
      if (auto named = tree.name(items_[i].number, file.target, options_.overwrite); !named) {
        // One name that cannot be is no reason to drop the files that can have theirs.
        file.problem = named.error().what;
        outcome_.unnamed = true;
        continue;
      }
      file.state = damaged ? ExtractedFile::State::damaged : ExtractedFile::State::whole;
    }
    return tree.sync();
  }

  void judge() {
    auto reports = judge_ese_streams(streams_.take_facts(""));
    for (EseStreamReport& report : reports)
      if (!report.databases.empty()) outcome_.stream = std::move(report);
  }

  void collect_doubts() {
    for (const ExtractSource& source : sources_) {
      if (const std::string damage = source.damage(); !damage.empty())
        outcome_.damage.push_back(damage + ": files may be missing");
      if (const std::string doubt = source.doubt(); !doubt.empty())
        outcome_.doubts.push_back(fmt::format("{}: {}: files may be missing or older",
                                              source.image().file().path(), doubt));
    }
  }

  const ExtractOptions& options_;
  JobMonitor& monitor_;
  std::vector<ExtractSource> sources_;
  std::vector<Item> items_;  // beside outcome_.files
  Component component_;
  StreamSurvey streams_;
  ExtractOutcome outcome_;
};

}  // namespace

std::string_view to_string(ExtractedFile::State state) noexcept {
  switch (state) {
    case ExtractedFile::State::whole:
      return "whole";
    case ExtractedFile::State::damaged:
      return "damaged";
    case ExtractedFile::State::skipped:
      return "skipped";
    case ExtractedFile::State::planned:
      return "planned";
  }
  return "";
}

bool ExtractOutcome::image_damaged() const noexcept {
  return !damage.empty() || std::ranges::any_of(files, [](const ExtractedFile& file) {
    return std::ranges::any_of(file.losses, &ExtractedFile::Loss::in_image);
  });
}

bool ExtractOutcome::sound() const noexcept {
  return damage.empty() && doubts.empty() && !unnamed && (!stream || !spoils_backup(*stream)) &&
         std::ranges::all_of(files, [](const ExtractedFile& file) {
           return file.state == ExtractedFile::State::whole ||
                  file.state == ExtractedFile::State::planned;
         });
}

Result<ExtractOutcome> run_extract(const ExtractOptions& options, JobMonitor& monitor) {
  return Extraction(options, monitor).run();
}

}  // namespace tintype
