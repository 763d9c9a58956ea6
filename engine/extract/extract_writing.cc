#include "engine/extract/extract_writing.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <thread>

#include "engine/extract/extract_names.h"
#include "engine/extract/extract_room.h"
#include "engine/flow/extract_flow.h"
#include "engine/flow/file_read_back_flow.h"
#include "engine/guard/target_guard.h"
#include "engine/image/chunk_bytes.h"
#include "engine/job/pass.h"
#include "engine/pipeline/pass_runner.h"
#include "engine/pipeline/rate_gate.h"
#include "verify/ese/page/ese_database_check.h"

namespace tintype {

std::string ExtractWriting::shown(const std::string& target) const {
  return fmt::format("{}/{}", options_.folder, target);
}

Result<void> ExtractWriting::run() {
  TINTYPE_CHECK(refuse_part_of_repository(options_.folder));
  for (const ExtractOptions::Source& source : options_.sources)
    TINTYPE_CHECK(check_target_apart(source.image.path, options_.folder));
  TINTYPE_TRY(const OutputTree tree, OutputTree::open(options_.folder, options_.permissions));
  TINTYPE_CHECK(check_extract_room(options_, tree, plan_, outcome_));
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
  TINTYPE_CHECK(make_the_rest(writer));
  TINTYPE_CHECK(make_links(tree, writer));
  TINTYPE_CHECK(writer.finish());
  ExtractNames names(options_, tree, plan_, outcome_, numbers_);
  names.set_times();
  TINTYPE_CHECK(tree.sync());
  TINTYPE_CHECK(read_back(writer));
  TINTYPE_CHECK(names.give());
  if (!options_.component.empty()) judge();
  return {};
}

Result<void> ExtractWriting::prepare(FileWriter& writer) {
  for (std::size_t i = 0; i < items_.size(); ++i) {
    if (!plan_.is_written(i)) continue;
    const FileEntry& entry = items_[i].entry;
    ExtentList data;
    for (const FileRun& run : entry.runs) data.push_back({run.file_offset, run.length});
    items_[i].number =
        writer.add(shown(plan_.file(i).target), entry.size_bytes, normalized(std::move(data)));
    numbers_ = items_[i].number + 1;
    // Large ones now, so that a lack of room shows at once.
    if (!plan_.has_content(i) || entry.size_bytes < FileWriter::kLargeFileBytes) continue;
    TINTYPE_CHECK(writer.prepare(items_[i].number));
  }
  return {};
}

// Contents inside of file records, in the order of the records: neighbours share a chunk. They
// are no pass's: what a pass is told about limits, stopping and progress is looked after here.
Result<void> ExtractWriting::write_resident(FileWriter& writer) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < items_.size(); ++i)
    if (plan_.has_content(i) && items_[i].entry.storage == FileStorage::resident)
      order.push_back(i);
  std::ranges::sort(order, {},
                    [&](std::size_t i) { return std::pair(items_[i].source, items_[i].entry.id); });
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
    const ExtractItem& item = items_[i];
    progress.read_bytes += item.entry.size_bytes;
    std::vector<std::byte> content(item.entry.size_bytes);
    if (auto read = sources_[item.source].read(item.entry, 0, content); !read) {
      plan_.file(i).problem = read.error().what;
      continue;
    }
    TINTYPE_CHECK(writer.write_whole(item.number, content));
    progress.written_bytes += content.size();
    outcome_.pass.written_bytes += content.size();
  }
  return {};
}

Result<void> ExtractWriting::write_streamed(std::size_t source, FileWriter& writer) {
  const ExtractSource& from = sources_[source];
  std::vector<ExtractFlow::Piece> pieces;
  std::map<std::size_t, std::size_t> item_of;  // by the writer's number
  InlineChecks checks;
  for (std::size_t i = 0; i < items_.size(); ++i) {
    if (items_[i].source != source || !plan_.has_content(i)) continue;
    const FileEntry& entry = items_[i].entry;
    item_of[items_[i].number] = i;
    for (const FileRun& run : entry.runs)
      pieces.push_back({run.volume_offset, run.length, run.file_offset, items_[i].number});
    for (auto& [range, why] : from.holes(entry))
      plan_.file(i).losses.push_back({range, std::move(why), false});
    add_check(i, checks);
  }
  checks.seal();
  const bool has_work = !pieces.empty();
  ExtractFlow flow(from.image(), std::move(pieces), checks, writer);
  if (has_work)
    TINTYPE_CHECK(run_pass(flow, options_.pass,
                           {from.image().file().path(), flow.total_bytes(), Phase::copy}, monitor_,
                           outcome_.pass));
  for (const ExtractFlow::Fault& fault : flow.faults())
    plan_.file(item_of.at(fault.file))
        .losses.push_back({fault.file_range,
                           fmt::format("{} is damaged at offset {}: {}", fault.chunk.file->path(),
                                       fault.chunk.payload_offset, fault.why),
                           true});
  if (options_.component.empty()) return {};
  auto reports = checks.finish();
  streams_.finish(reports);
  std::ranges::move(reports, std::back_inserter(outcome_.pass.databases));
  return {};
}

// The pages of a component's files are verified on their way, and under their new paths.
void ExtractWriting::add_check(std::size_t i, InlineChecks& checks) {
  const ExtractItem& item = items_[i];
  if (item.kind == EseFileKind::none || item.entry.storage != FileStorage::runs) return;
  FileEntry renamed = item.entry;
  renamed.path = plan_.file(i).target;
  if (item.kind != EseFileKind::database) {
    streams_.add(item.kind, std::move(renamed), checks, false);
    return;
  }
  streams_.add_database(renamed.path, plan_.component().header);
  checks.add(
      open_ese_database_check(renamed.path, renamed.size_bytes, plan_.component().database_front),
      renamed.size_bytes, renamed.runs);
}

// What got no piece: empty files, those that lie in zeros alone, and those whose every part is
// lost.
Result<void> ExtractWriting::make_the_rest(FileWriter& writer) {
  for (std::size_t i = 0; i < items_.size(); ++i) {
    if (!plan_.has_content(i)) continue;
    TINTYPE_CHECK(writer.prepare(items_[i].number));
    plan_.file(i).problem = writer.problem(items_[i].number);
  }
  return {};
}

// A file's further names stand for the same file, or, on a medium that gives it one name only, for
// another with the same content.
Result<void> ExtractWriting::make_links(const OutputTree& tree, FileWriter& writer) {
  std::vector<FileWriter::Twin> twins;
  for (std::size_t i = 0; i < items_.size(); ++i) {
    if (!items_[i].same_as || !plan_.is_written(i)) continue;
    const ExtractedFile& first = plan_.file(*items_[i].same_as);
    ExtractedFile& file = plan_.file(i);
    file.losses = first.losses;
    file.problem = first.problem;
    if (!plan_.is_written(i)) continue;
    const std::size_t number = items_[*items_[i].same_as].number;
    const auto linked = tree.link(number, items_[i].number);
    if (linked) continue;
    if (!concerns_one_file(linked.error())) return linked;
    twins.push_back({number, items_[i].number});
  }
  TINTYPE_CHECK(writer.repeat(twins));
  for (std::size_t i = 0; i < items_.size(); ++i)
    if (items_[i].same_as && plan_.is_written(i))
      plan_.file(i).problem = writer.problem(items_[i].number);
  return {};
}

// All of it, when all is synced: then small files need no sync of their own to be read from the
// medium.
Result<void> ExtractWriting::read_back(FileWriter& writer) {
  outcome_.pass.read_back = ReadBack::none;
  if (!options_.read_back) return {};
  FileReadBackFlow flow(writer.take_parts(), writer);
  PassOutcome pass;
  TINTYPE_CHECK(run_pass(flow, options_.pass, {options_.folder, flow.total_bytes(), Phase::compare},
                         monitor_, pass));
  outcome_.pass.read_back = read_back_of(true, flow.all_direct());
  outcome_.pass.read_back_bytes = pass.read_bytes;
  outcome_.pass.seconds += pass.seconds;
  return {};
}

void ExtractWriting::judge() {
  auto reports = judge_ese_streams(streams_.take_facts(""));
  for (EseStreamReport& report : reports)
    if (!report.databases.empty()) outcome_.stream = std::move(report);
}

}  // namespace tintype
