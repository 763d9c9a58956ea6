#include "engine/extract/extract_writing.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <thread>

#include "engine/flow/extract_flow.h"
#include "engine/flow/file_read_back_flow.h"
#include "engine/guard/target_guard.h"
#include "engine/image/chunk_bytes.h"
#include "engine/job/pass.h"
#include "engine/pipeline/pass_runner.h"
#include "engine/pipeline/rate_gate.h"
#include "hashing/counted.h"
#include "verify/ese/page/ese_database_check.h"

namespace tintype {
namespace {

constexpr const char* kDamagedSuffix = ".damaged";

std::string remark(std::string_view what, const Error& error) {
  return fmt::format("{}: {}", what, error.what);
}

}  // namespace

std::string ExtractWriting::shown(const std::string& target) const {
  return fmt::format("{}/{}", options_.folder, target);
}

Result<void> ExtractWriting::run() {
  TINTYPE_CHECK(refuse_part_of_repository(options_.folder));
  for (const ExtractOptions::Source& source : options_.sources)
    TINTYPE_CHECK(check_target_apart(source.image.path, options_.folder));
  TINTYPE_TRY(const OutputTree tree, OutputTree::open(options_.folder, options_.permissions));
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
  TINTYPE_CHECK(make_the_rest(writer));
  TINTYPE_CHECK(make_links(tree, writer));
  TINTYPE_CHECK(writer.finish());
  set_times(tree);
  TINTYPE_CHECK(tree.sync());
  TINTYPE_CHECK(read_back(writer));
  TINTYPE_CHECK(name_all(tree));
  if (!options_.component.empty()) judge();
  return {};
}

Result<std::string> ExtractWriting::in_the_way(const OutputTree& tree,
                                               const std::string& target) const {
  const auto taken = tree.taken(target);
  if (!taken && concerns_one_file(taken.error())) return taken.error().what;
  if (!taken) return tl::unexpected(taken.error());
  if (*taken == OutputTree::Taken::by_other)
    return plain_error(
        fmt::format("{}: a folder, or something that is no folder, is in its way", shown(target)),
        "extract to another folder");
  if (*taken == OutputTree::Taken::by_file && !options_.overwrite)
    return plain_error(fmt::format("{} exists", shown(target)),
                       "extract to another folder, or add --overwrite");
  return std::string();
}

// Before anything is written: names that are taken, and room for all of it.
Result<void> ExtractWriting::check_room(const OutputTree& tree) {
  constexpr std::uint64_t kUnit = 4096;
  std::uint64_t needed = 0;
  for (std::size_t i = 0; i < items_.size(); ++i) {
    if (!is_written(i)) continue;
    TINTYPE_TRY(outcome_.files[i].problem, in_the_way(tree, outcome_.files[i].target));
    if (!has_content(i)) continue;
    if (items_[i].entry.storage == FileStorage::resident)
      needed += (items_[i].entry.size_bytes + kUnit - 1) / kUnit * kUnit;
    for (const FileRun& run : items_[i].entry.runs)
      needed += (run.length + kUnit - 1) / kUnit * kUnit;
  }
  for (ExtractedNode& node : outcome_.nodes)
    if (node.is_link() && node.problem.empty()) {
      TINTYPE_TRY(node.problem, in_the_way(tree, node.target));
    }
  TINTYPE_TRY(const std::uint64_t free, tree.free_bytes());
  if (needed > free)
    return plain_error(fmt::format("{} has room for {}, the files need {}", options_.folder,
                                   counted(free, "byte"), needed),
                       "free some space there, or extract to another folder");
  return {};
}

Result<void> ExtractWriting::prepare(FileWriter& writer) {
  for (std::size_t i = 0; i < items_.size(); ++i) {
    if (!is_written(i)) continue;
    const FileEntry& entry = items_[i].entry;
    ExtentList data;
    for (const FileRun& run : entry.runs) data.push_back({run.file_offset, run.length});
    items_[i].number =
        writer.add(shown(outcome_.files[i].target), entry.size_bytes, normalized(std::move(data)));
    numbers_ = items_[i].number + 1;
    // Large ones now, so that a lack of room shows at once.
    if (!has_content(i) || entry.size_bytes < FileWriter::kLargeFileBytes) continue;
    TINTYPE_CHECK(writer.prepare(items_[i].number));
  }
  return {};
}

// Contents inside of file records, in the order of the records: neighbours share a chunk. They
// are no pass's: what a pass is told about limits, stopping and progress is looked after here.
Result<void> ExtractWriting::write_resident(FileWriter& writer) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < items_.size(); ++i)
    if (has_content(i) && items_[i].entry.storage == FileStorage::resident) order.push_back(i);
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
      outcome_.files[i].problem = read.error().what;
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
    if (items_[i].source != source || !has_content(i)) continue;
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
                           {from.image().file().path(), flow.total_bytes(), Phase::copy}, monitor_,
                           outcome_.pass));
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
void ExtractWriting::add_check(std::size_t i, InlineChecks& checks) {
  const ExtractItem& item = items_[i];
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

// What got no piece: empty files, those that lie in zeros alone, and those whose every part is
// lost.
Result<void> ExtractWriting::make_the_rest(FileWriter& writer) {
  for (std::size_t i = 0; i < items_.size(); ++i) {
    if (!has_content(i)) continue;
    TINTYPE_CHECK(writer.prepare(items_[i].number));
    outcome_.files[i].problem = writer.problem(items_[i].number);
  }
  return {};
}

// A file's further names stand for the same file, or, on a medium that gives it one name only, for
// another with the same content.
Result<void> ExtractWriting::make_links(const OutputTree& tree, FileWriter& writer) {
  std::vector<FileWriter::Twin> twins;
  for (std::size_t i = 0; i < items_.size(); ++i) {
    if (!items_[i].same_as || !is_written(i)) continue;
    const ExtractedFile& first = outcome_.files[*items_[i].same_as];
    ExtractedFile& file = outcome_.files[i];
    file.losses = first.losses;
    file.problem = first.problem;
    if (!is_written(i)) continue;
    const std::size_t number = items_[*items_[i].same_as].number;
    const auto linked = tree.link(number, items_[i].number);
    if (linked) continue;
    if (!concerns_one_file(linked.error())) return linked;
    twins.push_back({number, items_[i].number});
  }
  TINTYPE_CHECK(writer.repeat(twins));
  for (std::size_t i = 0; i < items_.size(); ++i)
    if (items_[i].same_as && is_written(i))
      outcome_.files[i].problem = writer.problem(items_[i].number);
  return {};
}

void ExtractWriting::set_times(const OutputTree& tree) {
  for (std::size_t i = 0; i < items_.size(); ++i) {
    if (!is_written(i) || !items_[i].entry.modified) continue;
    if (const auto set = tree.set_modified(items_[i].number, *items_[i].entry.modified); !set)
      outcome_.files[i].metadata = remark("its time could not be set", set.error());
  }
}

// Last of all: a mode may keep this run itself out.
void ExtractWriting::set_modes(const OutputTree& tree) {
  for (std::size_t i = 0; i < items_.size(); ++i) {
    if (!is_written(i)) continue;
    if (const auto set = tree.set_mode(items_[i].number, items_[i].entry.mode); !set)
      outcome_.files[i].metadata = remark("its mode could not be set", set.error());
  }
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

Result<void> ExtractWriting::name_all(const OutputTree& tree) {
  set_modes(tree);
  name_files(tree);
  // Behind the files, so that none comes to lie where a link or a folder's mode would have it.
  make_nodes(tree);
  finish_folders(tree);
  return tree.sync();
}

void ExtractWriting::name_files(const OutputTree& tree) {
  for (std::size_t i = 0; i < items_.size(); ++i) {
    if (!is_written(i)) continue;
    ExtractedFile& file = outcome_.files[i];
    const bool damaged = !file.losses.empty();
    if (damaged) file.target = output_path(file.target + kDamagedSuffix);
    if (auto named = tree.name(items_[i].number, file.target, options_.overwrite); !named) {
      // One name that cannot be is no reason to drop the files that can have theirs.
      file.problem = named.error().what;
      outcome_.unnamed |= !concerns_one_file(named.error());
      continue;
    }
    file.state = damaged ? ExtractedFile::State::damaged : ExtractedFile::State::whole;
  }
}

void ExtractWriting::make_nodes(const OutputTree& tree) {
  for (ExtractedNode& node : outcome_.nodes) {
    if (!node.problem.empty() || node.node.kind == FileNode::Kind::special) continue;
    const auto make = [&]() -> Result<void> {
      if (!node.is_link()) return tree.make_folder(node.target);
      const std::size_t number = numbers_++;
      TINTYPE_CHECK(tree.link_to_text(number, node.node.text));
      if (node.node.modified) (void)tree.set_modified(number, *node.node.modified);
      return tree.name(number, node.target, options_.overwrite);
    };
    if (const auto made = make(); !made) {
      node.problem = made.error().what;
      outcome_.unnamed |= !concerns_one_file(made.error());
      continue;
    }
    node.state = ExtractedFile::State::whole;
  }
}

// A folder stands before what is in it, and is finished behind it.
void ExtractWriting::finish_folders(const OutputTree& tree) {
  for (auto node = outcome_.nodes.rbegin(); node != outcome_.nodes.rend(); ++node) {
    if (node->node.kind != FileNode::Kind::folder || !node->problem.empty()) continue;
    if (const auto set = tree.finish_folder(node->target, node->node.mode, node->node.modified);
        !set)
      node->problem = remark("its time or mode could not be set", set.error());
  }
}

void ExtractWriting::judge() {
  auto reports = judge_ese_streams(streams_.take_facts(""));
  for (EseStreamReport& report : reports)
    if (!report.databases.empty()) outcome_.stream = std::move(report);
}

}  // namespace tintype
