// A manifest with something in every member.
#pragma once

#include "engine/repository/manifest.h"

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

inline SetManifest sample_manifest(std::string name = "20261122T181500Z-host-full") {
  SetManifest manifest{.name = std::move(name),
                       .program = "tintype 0.1.0",
                       .host = "host",
                       .type = BackupType::full,
                       .started_utc = "2026-11-22T18:15:00Z",
                       .finished_utc = "2026-11-22T18:17:21Z"};
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
  volume.read_back = "direct";
  volume.unreadable.push_back(
      {.range = {.offset = 4096, .length = 512}, .path = "/a", .file_offset = 8});
  volume.databases = {damaged_database(), sound_database()};
  manifest.volumes.push_back(volume);
  return manifest;
}

}  // namespace tintype::test
