#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "engine/image/read/image_reader.h"
#include "engine/repository/find_set.h"
#include "engine/survey/volume_facts.h"
#include "hashing/counted.h"
#include "io/source/volume_spec.h"
#include "tools/cli/options/repository_commands.h"
#include "tools/session/clock_warnings.h"
#include "tools/session/session.h"
#include "tools/text/report_text.h"
#include "tools/text/set_text.h"
#include "tools/text/text.h"
#include "tools/text/units.h"
#include "tools/text/volume_text.h"

namespace tintype {
namespace {

struct ImageFacts {
  std::uint64_t chunks = 0, stored_plain = 0, runs = 0, run_bytes = 0, plain_bytes = 0,
                stored_bytes = 0;
};

ImageFacts facts_of(const ImageReader& image) {
  ImageFacts facts;
  for (const ImageRecord& record : image.records()) {
    if ((record.flags & kRecordRun) != 0) {
      ++facts.runs;
      facts.run_bytes += record.plain_bytes;
      continue;
    }
    ++facts.chunks;
    facts.stored_plain += (record.flags & kRecordStoredPlain) != 0;
    facts.plain_bytes += record.plain_bytes;
    facts.stored_bytes += record.stored_bytes;
  }
  return facts;
}

ExitCode show_image(Session& session, const std::string& path) {
  const auto image = ImageReader::open(path);
  if (!image) return session.fail(image.error());
  const ImageGeometry& geometry = image->geometry();
  const ImageEpilogue& epilogue = image->epilogue();
  const ImageFacts facts = facts_of(*image);
  const std::size_t width = session.width();
  const std::uint64_t captured = total_bytes(epilogue.captured);
  std::string text = fmt::format("{}\n", printable(path));
  text += fact_line(
      "volume",
      fmt::format("{}, {} bytes ({}), sectors of {} bytes", printable(epilogue.volume_name),
                  geometry.volume_bytes, bytes_text(geometry.volume_bytes), geometry.sector_bytes),
      width);
  text += fact_line("filesystem", filesystem_text(epilogue.filesystem, ""), width);
  text += fact_line("captured",
                    fmt::format("{} in {}{}", bytes_of_text(captured, geometry.volume_bytes),
                                counted(epilogue.captured.size(), "extent"),
                                epilogue.all_blocks ? " (all blocks)" : ""),
                    width);
  text += fact_line("chunks",
                    fmt::format("{} of up to {}, {} of them stored plain", facts.chunks,
                                bytes_text(geometry.chunk_bytes), facts.stored_plain),
                    width);
  text += fact_line("stored",
                    fmt::format("{} as {}; image {}{}", bytes_text(facts.plain_bytes),
                                bytes_text(facts.stored_bytes), bytes_text(image->file_bytes()),
                                geometry.stock ? ", stock lz4" : ""),
                    width);
  text += fact_line(
      "zeros", fmt::format("{} in {}", bytes_text(facts.run_bytes), counted(facts.runs, "run")),
      width);
  text += fact_line("digest", to_hex(image->content_digest()), width);
  std::vector<UnreadableRange> unreadable;
  for (const Extent& range : epilogue.unreadable) unreadable.push_back({.range = range});
  text += findings_text({}, unreadable, width);
  session.print(text);
  return session.finish(ExitCode::sound, JsonObject()
                                             .add("image", path)
                                             .add("image_bytes", image->file_bytes())
                                             .add("volume", epilogue.volume_name)
                                             .add("volume_bytes", geometry.volume_bytes)
                                             .add("sector_bytes", geometry.sector_bytes)
                                             .add("filesystem", epilogue.filesystem)
                                             .add("captured_bytes", captured)
                                             .add("all_blocks", epilogue.all_blocks)
                                             .add("stock", geometry.stock)
                                             .add("chunk_bytes", geometry.chunk_bytes)
                                             .add("chunks", facts.chunks)
                                             .add("chunks_stored_plain", facts.stored_plain)
                                             .add("stored_bytes", facts.stored_bytes)
                                             .add("zero_bytes", facts.run_bytes)
                                             .add("content_digest", to_hex(image->content_digest()))
                                             .add("unreadable_ranges", epilogue.unreadable.size())
                                             // Out of a file that nobody vouches for: a string.
                                             .add("report", epilogue.report_json));
}

ExitCode show_set(Session& session, const Repository& repository, const SetQuery& query) {
  auto entry = repository.find(query);
  if (!entry) return session.fail(entry.error());
  if (const auto usable = check_usable(*entry); !usable) return session.fail(usable.error());
  if (query.set == "latest") {
    if (const auto sets = repository.sets()) warn_of_clocks(session, *sets);
  }
  SetStanding standing = standing_of(VerdictStore(repository), *entry);
  const KnownSet set{*std::move(entry), std::move(standing)};
  const SetManifest& manifest = set.entry.manifest;
  session.print(set_text(set, session.width()));
  ExitCode code = code_of(set);
  // The index of each image: is it the one that the manifest tells of?
  for (std::size_t i = 0; i < manifest.volumes.size(); ++i) {
    const auto image = ImageReader::open(image_in(set.entry, manifest.volumes[i]));
    if (image) continue;
    session.report_error(image.error());
    code = worse_of(code, failure_code(image.error()));
  }
  return session.finish(code, JsonObject()
                                  .add("set", set.entry.name)
                                  .add("path", set.entry.path)
                                  .add("bytes", set.entry.bytes)
                                  .add("state", code == ExitCode::damaged  ? "damaged"
                                                : code == ExitCode::failed ? "unreadable"
                                                                           : set_state(set))
                                  .add("recorded", recorded_word(set.entry))
                                  .add_raw("last_verified", last_verified_json(set.standing))
                                  .add_raw("manifest", to_json_line(manifest)));
}

ExitCode show_repository(Session& session, const Repository& repository, const SetFilter& filter) {
  auto sets = repository.sets();
  if (!sets) return session.fail(sets.error());
  warn_of_clocks(session, *sets);
  const VerdictStore verdicts(repository);
  std::uint64_t bytes = 0;
  std::map<std::string_view, std::size_t> count;  // by state
  std::string recorded_sound, verified_sound, verified_utc;
  ExitCode code = ExitCode::sound;
  for (SetEntry& entry : *sets) {
    if (!could_fit(entry, filter)) continue;
    bytes += entry.bytes;
    SetStanding standing = standing_of(verdicts, entry);
    const KnownSet set{std::move(entry), std::move(standing)};
    ++count[set_state(set)];
    code = worse_of(code, code_of(set));
    if (code_of(set) != ExitCode::sound || recorded_word(set.entry) != "sound") continue;
    recorded_sound = set.entry.name;
    if (const std::string utc = set.standing.verified_utc(); !utc.empty()) {
      verified_sound = set.entry.name;
      verified_utc = utc;
    }
  }
  const std::size_t width = session.width();
  session.print(
      fmt::format("{}\n", printable(repository.path())) +
      fact_line("id", printable(repository.id()), width) +
      fact_line(
          "sets",
          fmt::format("{} finished, {} unfinished, {} running, {} damaged{}", count["finished"],
                      count["unfinished"], count["running"], count["damaged"],
                      count["unreadable"] == 0
                          ? ""
                          : fmt::format(", {} not readable", count["unreadable"])),
          width) +
      fact_line("size", bytes_text(bytes), width) +
      fact_line("last sound",
                recorded_sound.empty() ? "none" : printable(recorded_sound) + ", when it was made",
                width) +
      fact_line("verified",
                verified_sound.empty() ? "none that was sound has been verified since it was made"
                                       : printable(fmt::format("{}, as it was written: {}",
                                                               verified_sound, verified_utc)),
                width));
  return session.finish(code, JsonObject()
                                  .add("repository", repository.path())
                                  .add("id", repository.id())
                                  .add("finished", count["finished"])
                                  .add("unfinished", count["unfinished"])
                                  .add("running", count["running"])
                                  .add("damaged", count["damaged"])
                                  .add("unreadable", count["unreadable"])
                                  .add("bytes", bytes)
                                  .add("last_recorded_sound", recorded_sound)
                                  .add("last_verified_sound", verified_sound)
                                  .add("last_verified_utc", verified_utc));
}

ExitCode show_volume(Session& session, const ShowCommand& command) {
  const auto facts = [&] {
    ToolMonitor monitor(session, "look");
    return probe_volume(command.what, monitor, command.allowed_folders);
  }();
  if (!facts) return session.fail(ExitCode::failed, facts.error());
  session.print(volume_facts_text(*facts, session.width()));
  return session.finish(facts->complete() ? ExitCode::sound : ExitCode::findings,
                        volume_facts_json(*facts));
}

// A device, a file that is no image, or a shadow copy on one of them.
bool is_volume(const std::string& what) {
  const auto selector = parse_selector(what);
  if (selector && !selector->set.empty()) return false;  // "repo::latest#2" is no partition
  const auto spec = parse_volume_spec(what);
  if (!spec) return false;
  if (spec->is_uri || spec->partition || spec->shadow) return true;
  std::error_code ignored;
  const auto status = std::filesystem::status(spec->base, ignored);
  return std::filesystem::is_block_file(status) ||
         (std::filesystem::is_regular_file(status) && !looks_like_image(spec->base));
}

}  // namespace

ExitCode run_command(Session& session, const ShowCommand& command) {
  session.start(JsonObject().add("what", command.what));
  if (const auto spec = parse_volume_spec(command.what); !spec) return session.fail(spec.error());
  if (is_volume(command.what)) return show_volume(session, command);
  const auto selector = parse_selector(command.what, session.common().sets);
  if (!selector) return session.fail(selector.error());
  if (!selector->image.empty()) return show_image(session, selector->image);
  const auto repository = Repository::open(selector->repository);
  if (!repository) return session.fail(repository.error());
  return selector->set.empty() ? show_repository(session, *repository, selector->filter)
                               : show_set(session, *repository, selector->query());
}

}  // namespace tintype
