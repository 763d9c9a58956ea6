// The members of everything that is kept as JSON, under their names and in their order: one table a
// structure, walked by who writes it, by who reads it, and by --json. A new member is a line here.
//
// A table is a function: it shows each member to `m`, of a `const` structure to look at, of another
// to fill in.
//   m.must(name, member)             is always written, and a text without it is refused
//   m.may(name, member)              is written too; missing, it keeps what it is at first
//   m.may(name, member, is_written)  is not always written
//   m.follows(name, others, value)   is no member: what the others come to, and if a text says
//                                    something else, it is refused
// Members are numbers, texts, enums (as words), structures that have a table, and lists of those.
//
// must is for what says nothing good when it is missing, where its default would: a default always
// means "not known".
#pragma once

#include <concepts>
#include <string>
#include <type_traits>

#include "engine/manifest/gate_record.h"
#include "engine/manifest/log_runs.h"
#include "engine/manifest/manifest.h"
#include "engine/manifest/manifest_json.h"
#include "engine/manifest/truncation_journal.h"
#include "engine/manifest/verdict.h"
#include "engine/unreadable_range.h"
#include "io/folder/folder_problems.h"
#include "verify/ese/stream/ese_stream_report.h"
#include "verify/verify_report.h"

namespace tintype {

// A structure, `const` or not.
template <class T, class Structure>
concept Either = std::same_as<std::remove_const_t<T>, Structure>;

// A finding is told in three parts: an event of --json has the error before the place.
void visit_what(Either<Finding> auto& finding, auto& m) {
  m.must("kind", finding.kind);
  m.may("text", finding.text);
}
void visit_place(Either<Finding> auto& finding, auto& m) {
  m.may("page_number", finding.page_number);
  m.may("file_offset", finding.file_offset);
  m.may("length", finding.length);
}
void visit_error(Either<Finding> auto& finding, auto& m) {
  m.may("error", finding.error_number, finding.error_number != 0);
}
void visit_bit(Either<Finding> auto& finding, auto& m) {
  m.may("bit", finding.bit, finding.bit >= 0);
  m.may("volume_offset", finding.volume_offset, finding.volume_offset != Finding::kNowhere);
}
void visit_fields(Either<Finding> auto& finding, auto& m) {
  visit_what(finding, m);
  visit_place(finding, m);
  visit_error(finding, m);
  visit_bit(finding, m);
}

void visit_fields(Either<PageCounts> auto& pages, auto& m) {
  m.may("seen", pages.seen);
  m.may("sound", pages.sound);
  m.may("uninitialised", pages.uninitialised);
  m.may("correctable", pages.correctable);
  m.may("bad_checksum", pages.bad_checksum);
  m.may("wrong_place", pages.wrong_place);
  m.may("unreadable", pages.unreadable);
}

void visit_fields(Either<FileReport> auto& report, auto& m) {
  m.must("path", report.path);
  m.follows("sound", "pages and findings", [&] { return report.sound(); });
  m.follows("checked", "findings", [&] { return report.checked(); });
  m.may("format", report.format);
  m.may("state", report.state);
  m.may("page_bytes", report.page_bytes);
  m.may("pages_expected", report.pages_expected);
  m.may("pages", report.pages);
  m.may("highest_dbtime", report.highest_dbtime);
  m.may("highest_dbtime_page", report.highest_dbtime_page);
  m.may("findings_total", report.findings_total);
  m.may("unsound_total", report.unsound_total);
  m.may("unchecked_total", report.unchecked_total);
  m.may("findings", report.findings);
}

// An event of --json calls the offset by its full name, and tells of a file where there is one.
void visit_fields(Either<UnreadableRange> auto& bad, auto& m, const char* offset = "offset",
                  bool tells_file = true) {
  m.must(offset, bad.range.offset);
  m.must("length", bad.range.length);
  m.may("path", bad.path, tells_file);
  m.may("file_offset", bad.file_offset, tells_file);
}

void visit_fields(Either<FolderProblem> auto& problem, auto& m) {
  m.must("path", problem.path);
  m.must("text", problem.what);
}

void visit_fields(Either<VolumeManifest> auto& volume, auto& m) {
  m.must("name", volume.name);
  m.may("source", volume.source);
  m.must("image", volume.image);
  m.may("filesystem", volume.filesystem);
  m.may("label", volume.label);
  m.must("volume_bytes", volume.volume_bytes);
  m.may("captured_bytes", volume.captured_bytes);
  m.may("image_bytes", volume.image_bytes);
  m.may("chunk_bytes", volume.chunk_bytes);
  m.may("all_blocks", volume.all_blocks);
  m.may("stock", volume.stock);
  m.may("compression", volume.compression);
  m.may("content_digest", volume.content_digest);
  m.may("read_back", volume.read_back);
  m.may("unreadable", volume.unreadable);
  m.may("unreadable_total", volume.unreadable_total,
        volume.unreadable_total > volume.unreadable.size());
  m.may("databases", volume.databases);
  m.may("databases_not_checked", volume.databases_not_checked);
  m.may("folder", volume.folder);
  m.may("source_watched", volume.source_watched);
  m.may("source_in_use", volume.source_in_use, !volume.source_in_use.empty());
  const bool tells_files = volume.folder || volume.folder_problems.total != 0;
  m.may("folder_problems", volume.folder_problems.kept, tells_files);
  m.may("folder_problems_total", volume.folder_problems.total, tells_files);
}

// A path by itself, as one of a list: an object, so that it may come to have more members.
void visit_fields(Either<std::string> auto& path, auto& m) {
  m.must("path", path);
}

void visit_fields(Either<StreamDatabase> auto& database, auto& m) {
  m.must("path", database.path);
  m.may("state", database.state);
  m.must("dirty", database.dirty);
  m.must("sound", database.sound);
  m.must("gen_min_required", database.gen_min_required);
  m.must("gen_max_required", database.gen_max_required);
  m.must("gen_max_committed", database.gen_max_committed);
  m.may("repairs", database.repairs, database.repairs != 0);
}

// The logs of a stream are written as runs.
void visit_fields(Either<LogRun> auto& run, auto& m) {
  m.must("path", run.first.path);
  m.must("generation", run.first.generation);
  m.may("count", run.count);
  m.must("current", run.first.current);
  m.must("sound", run.first.sound);
}

void visit_fields(Either<EseStreamReport> auto& stream, auto& m) {
  m.must("base", stream.base);
  m.may("volume", stream.volume);
  m.may("log_folder", stream.log_folder);
  m.may("log_signature", stream.log_signature);
  m.may("last_closed_created", stream.last_closed_created);
  m.must("verdict", stream.verdict);
  m.may("why", stream.why);
  m.may("next_command", stream.next_command);
  // Missing, these must not read as "off" or "none": both shut the gate.
  m.must("circular", stream.circular);
  m.may("current_log_missing", stream.current_log_missing);
  m.must("attached_elsewhere", stream.attached_elsewhere);
  m.must("gen_lowest", stream.gen_lowest);
  m.must("gen_highest", stream.gen_highest);
  m.must("gen_last_closed", stream.gen_last_closed);
  m.must("gen_min_required", stream.gen_min_required);
  m.must("gen_max_required", stream.gen_max_required);
  m.must("gen_max_committed", stream.gen_max_committed);
  m.must("gen_checkpoint", stream.gen_checkpoint);
  m.must("gen_flush_map_min_required", stream.gen_flush_map_min_required);
  m.may("databases", stream.databases);
  m.may("logs", stream.logs);
  m.may("findings", stream.findings);
}

void visit_fields(Either<GatePrecondition> auto& precondition, auto& m) {
  m.must("name", precondition.name);
  m.must("met", precondition.met);
  m.may("why", precondition.why);
}

// A gate is told in three parts: --json has the stream first, and no limit.
void visit_stream(Either<GateRecord> auto& gate, auto& m) {
  m.may("base", gate.base);
  m.may("volume", gate.volume);
  m.may("log_folder", gate.log_folder);
}
void visit_range(Either<GateRecord> auto& gate, auto& m) {
  m.follows("open", "preconditions", [&] { return gate.open(); });
  m.may("event", gate.event);
  m.may("truncate_from", gate.truncate_from);
  m.may("truncate_below", gate.truncate_below);
}
void visit_reasons(Either<GateRecord> auto& gate, auto& m) {
  m.may("summary", gate.summary);
  m.may("preconditions", gate.preconditions);
}
void visit_fields(Either<GateRecord> auto& gate, auto& m) {
  visit_range(gate, m);
  visit_stream(gate, m);
  m.may("limit", gate.limit);
  visit_reasons(gate, m);
}

void visit_fields(Either<SetManifest> auto& manifest, auto& m) {
  m.may("sequence", manifest.sequence);
  m.must("name", manifest.name);
  m.may("program", manifest.program);
  m.may("host", manifest.host);
  m.must("type", manifest.type);
  m.may("started_utc", manifest.started_utc);
  m.may("finished_utc", manifest.finished_utc);
  m.may("sound", manifest.sound);
  m.may("all_databases", manifest.all_databases);
  m.may("volumes", manifest.volumes);
  m.may("streams", manifest.streams);
  m.may("gates", manifest.gates);
}

void visit_fields(Either<RepositoryHead> auto& head, auto& m) {
  m.must("id", head.id);
  m.may("program", head.program);
  m.may("sets_format_min", head.sets_format_min, head.sets_format_min != RepositoryHead::kFormat);
}

void visit_fields(Either<TruncationJournal> auto& journal, auto& m) {
  m.must("state", journal.state);
  m.must("base", journal.base);
  m.must("volume", journal.volume);
  m.must("log_folder", journal.log_folder);
  m.must("log_signature", journal.log_signature);
  m.must("directory", journal.directory);
  m.must("time_utc", journal.time_utc);
  m.must("truncate_from", journal.from);
  m.must("truncate_below", journal.below);
  m.may("deleted", journal.deleted);
  m.may("already_missing", journal.already_missing);
}

void visit_fields(Either<Verdict> auto& verdict, auto& m) {
  m.must("kind", verdict.kind);
  m.must("repository", verdict.repository);
  m.must("set", verdict.set);
  m.must("volume", verdict.volume);
  m.must("content_digest", verdict.content_digest);
  m.must("level", verdict.level);
  m.must("found", verdict.found);
  m.must("pages", verdict.pages);
  m.must("time_utc", verdict.time_utc);
  m.must("program", verdict.program);
  m.must("host", verdict.host);
  m.must("image_bytes", verdict.image.size_bytes);
  m.must("inode", verdict.image.inode);
  m.must("modified_ns", verdict.image.modified_ns);
  m.must("changed_ns", verdict.image.changed_ns);
  m.must("sound", verdict.sound);
}

}  // namespace tintype
