// A manifest with something in every member.
#pragma once

#include "engine/manifest/manifest.h"
#include "engine/manifest/set_name.h"
#include "engine/manifest/text_checksum.h"

namespace tintype::test {

inline FileReport damaged_database() {
  FileReport report{.path = "/DB1.edb",
                    .format = "ESE database, 32 KiB pages",
                    .page_bytes = 32768,
                    .pages_expected = 768};
  report.pages = {.seen = 768, .sound = 378, .uninitialised = 385, .bad_checksum = 5};
  report.highest_dbtime = 0x4f21;
  report.highest_dbtime_page = 300;
  report.state = "Dirty Shutdown";
  for (int page = 600; page < 605; ++page)
    report.add({.kind = FindingKind::bad_checksum,
                .error_number = -1018,
                .text = "page checksum is wrong",
                .page_number = page,
                .file_offset = static_cast<std::uint64_t>(page + 1) * 32768,
                .length = 32768,
                .volume_offset = 0x4000000u + static_cast<std::uint64_t>(page) * 32768});
  return report;
}

inline FileReport sound_database() {
  FileReport report{.path = "/Mailbox/DB2.edb",
                    .format = "ESE database, 4 KiB pages",
                    .page_bytes = 4096,
                    .pages_expected = 100};
  report.pages = {.seen = 100, .sound = 98, .uninitialised = 1, .correctable = 1};
  report.state = "Clean Shutdown";
  report.add({.kind = FindingKind::correctable,
              .error_number = -1018,
              .text = "one flipped bit (5021)",
              .page_number = 7,
              .file_offset = 32768,
              .length = 4096});
  return report;
}

// What somebody changed in a text and gave a right checksum again: what its reader makes of it
// then.
inline std::string signed_again(std::string json) {
  if (const auto tail = json.rfind(",\"checksum\":"); tail != std::string::npos)
    json.replace(tail, std::string::npos, "\n}");
  const bool is_object = json.size() > 4 && json[0] == '{' && json.find('}', 4) != json.npos;
  return is_object ? with_checksum(std::move(json)) : json;
}

inline SetManifest sample_manifest(std::string name = "20261122T181500Z-host-full") {
  SetManifest manifest{.sequence = 1,
                       .name = std::move(name),
                       .program = "tintype 0.1.0",
                       .host = "host",
                       .type = BackupType::full,
                       .started_utc = "2026-11-22T18:15:00Z",
                       .finished_utc = "2026-11-22T18:17:21Z"};
  if (const auto told = parse_set_name(manifest.name))
    manifest.started_utc = utc_text(told->started);
  VolumeManifest volume{.name = "D",
                        .source = "/dev/vg/snap",
                        .image = "D.tint",
                        .filesystem = "ntfs",
                        .label = "Mail \"1\" Ü"};
  volume.volume_bytes = 1u << 30;
  volume.captured_bytes = 500u << 20;
  volume.image_bytes = 300u << 20;
  volume.chunk_bytes = 1u << 20;
  volume.compression = "auto";
  volume.content_digest = "00112233445566778899aabbccddeeff";
  volume.read_back = ReadBack::direct;
  volume.unreadable.push_back(
      {.range = {.offset = 4096, .length = 512}, .path = "/a", .file_offset = 8});
  volume.databases = {damaged_database(), sound_database()};
  manifest.volumes.push_back(volume);
  return manifest;
}

// A sound full backup of a stream whose gate is open.
inline SetManifest stream_manifest() {
  SetManifest manifest = sample_manifest();
  manifest.sound = true;
  manifest.all_databases = true;
  VolumeManifest& volume = manifest.volumes[0];
  volume.unreadable.clear();
  volume.unreadable_total = 0;
  volume.databases = {sound_database()};
  volume.databases[0].state = "Dirty Shutdown";
  EseStreamReport stream{.base = "E00",
                         .volume = "D",
                         .log_folder = "/Mailbox",
                         .verdict = StreamVerdict::recoverable,
                         .why = "all of it is here"};
  stream.databases.push_back({.path = "/Mailbox/DB2.edb",
                              .state = "Dirty Shutdown",
                              .dirty = true,
                              .sound = true,
                              .gen_min_required = 4,
                              .gen_max_required = 6,
                              .gen_max_committed = 6});
  for (std::int64_t generation = 1; generation <= 5; ++generation)
    stream.logs.push_back({.path = "/Mailbox/E000000000" + std::to_string(generation) + ".log",
                           .generation = generation,
                           .sound = true});
  stream.logs.push_back(
      {.path = "/Mailbox/E00.log", .generation = 6, .current = true, .sound = true});
  stream.gen_lowest = 1;
  stream.gen_highest = 6;
  stream.gen_last_closed = 5;
  stream.last_closed_created = "1122030405060708";
  stream.gen_min_required = 4;
  stream.gen_max_required = stream.gen_max_committed = 6;
  stream.gen_checkpoint = 4;
  GateRecord gate{.base = "E00",
                  .volume = "D",
                  .log_folder = "/Mailbox",
                  .preconditions = {{.name = "checkpoint", .met = true, .why = "generation 4"}},
                  .truncate_from = 1,
                  .truncate_below = 4,
                  .limit = "the checkpoint",
                  .summary = "may be deleted",
                  .event = 224};
  manifest.streams.push_back(std::move(stream));
  manifest.gates.push_back(std::move(gate));
  return manifest;
}

}  // namespace tintype::test
