#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "engine/image/image_reader.h"
#include "engine/job/volume_facts.h"
#include "engine/repository/repository.h"
#include "io/volume/volume_spec.h"
#include "tools/commands.h"
#include "tools/report_text.h"
#include "tools/set_text.h"
#include "tools/text.h"
#include "tools/units.h"
#include "tools/volume_text.h"

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
  if (!image)
    return session.fail(image.error().code ? ExitCode::failed : ExitCode::damaged, image.error());
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
  text +=
      fact_line("captured",
                fmt::format("{} in {} extents{}", bytes_of_text(captured, geometry.volume_bytes),
                            epilogue.captured.size(), epilogue.all_blocks ? " (all blocks)" : ""),
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
  text += fact_line("zeros", fmt::format("{} in {} runs", bytes_text(facts.run_bytes), facts.runs),
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

ExitCode show_set(Session& session, const Repository& repository, const std::string& name) {
  const auto entry = repository.find(name);
  if (!entry) return session.fail(ExitCode::failed, entry.error());
  if (!entry->problem.empty())
    return session.fail(ExitCode::damaged,
                        {{}, entry->problem, "its images can be shown one by one"});
  if (!entry->finished)
    return session.fail(ExitCode::failed,
                        {{},
                         fmt::format("backup set {} is {}", entry->name, set_state(*entry)),
                         "only a finished set has something to show"});
  session.print(set_text(*entry, session.width()));
  return session.finish(ExitCode::sound, JsonObject()
                                             .add("set", entry->name)
                                             .add("path", entry->path)
                                             .add("bytes", entry->bytes)
                                             .add("state", set_state(*entry))
                                             .add_raw("manifest", to_json_line(entry->manifest)));
}

ExitCode show_repository(Session& session, const Repository& repository) {
  const auto sets = repository.sets();
  if (!sets) return session.fail(ExitCode::failed, sets.error());
  std::uint64_t bytes = 0;
  std::size_t finished = 0, unfinished = 0, running = 0, damaged = 0;
  const SetEntry* last_sound = nullptr;
  for (const SetEntry& entry : *sets) {
    bytes += entry.bytes;
    const auto state = set_state(entry);
    if (state == "damaged")
      ++damaged;
    else if (state == "running")
      ++running;
    else if (state == "unfinished")
      ++unfinished;
    else
      ++finished;
    if (state == "sound") last_sound = &entry;
  }
  const std::size_t width = session.width();
  session.print(
      fmt::format("{}\n", printable(repository.path())) +
      fact_line("id", printable(repository.id()), width) +
      fact_line("sets",
                fmt::format("{} finished, {} unfinished, {} running, {} damaged", finished,
                            unfinished, running, damaged),
                width) +
      fact_line("size", bytes_text(bytes), width) +
      fact_line("last sound", last_sound == nullptr ? "none" : printable(last_sound->name), width));
  return session.finish(damaged > 0 ? ExitCode::damaged : ExitCode::sound,
                        JsonObject()
                            .add("repository", repository.path())
                            .add("id", repository.id())
                            .add("finished", finished)
                            .add("unfinished", unfinished)
                            .add("running", running)
                            .add("damaged", damaged)
                            .add("bytes", bytes)
                            .add("last_sound", last_sound == nullptr ? "" : last_sound->name));
}

ExitCode show_volume(Session& session, const std::string& source) {
  const auto facts = [&] {
    ToolMonitor monitor(session, "look");
    return look_at_volume(source, monitor);
  }();
  if (!facts) return session.fail(ExitCode::failed, facts.error());
  session.print(volume_facts_text(*facts, session.width()));
  return session.finish(facts->complete() ? ExitCode::sound : ExitCode::findings,
                        volume_facts_json(*facts));
}

// A device, a file that is no image, or a shadow copy on one of them.
bool is_volume(const std::string& what) {
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
  if (is_volume(command.what)) return show_volume(session, command.what);
  const auto selector = parse_selector(command.what);
  if (!selector) return session.fail(ExitCode::failed, selector.error());
  if (!selector->image.empty()) return show_image(session, selector->image);
  const auto repository = Repository::open(selector->repository);
  if (!repository) return session.fail(ExitCode::failed, repository.error());
  return selector->set.empty() ? show_repository(session, *repository)
                               : show_set(session, *repository, selector->set);
}

}  // namespace tintype
