// Volumes with the databases of support/ese_sets.h, backed up, for the tests of extraction.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "engine/extract/extract_job.h"
#include "engine/image/read/image_volume.h"
#include "engine/job/backup_job.h"
#include "io/filesystem/filesystem_map.h"
#include "io/source/open_filesystem.h"
#include "support/ese_sets.h"
#include "support/expect_ok.h"
#include "support/make_repository.h"
#include "support/temp_dir.h"
#include "support/volume_maker.h"
#include "tests/engine/job/recording_monitor.h"

namespace tintype::test {

// Large enough to be written directly: see FileWriter::kLargeFileBytes.
inline constexpr std::uint64_t kDatabaseBytes = 5 << 20;

// Backs volumes up; their images by name, as extraction takes them.
inline std::vector<ExtractOptions::Source> back_up(const std::vector<std::string>& disks,
                                                   const std::string& repository,
                                                   BackupOptions options = {}) {
  RecordingMonitor monitor;
  options.repository = repository_at(repository);
  for (const std::string& disk : disks) options.volumes.push_back({disk, ""});
  const auto outcome = must(run_backup(options, monitor));
  std::vector<ExtractOptions::Source> sources;
  for (const VolumeManifest& volume : outcome.manifest.volumes)
    sources.push_back({outcome.set_path + "/" + volume.image, volume.name});
  return sources;
}

// An ext4 volume with a folder's content.
inline void make_ext4_of(const std::string& folder, const std::string& image,
                         std::uint64_t bytes = 64 << 20) {
  make_ext(image, bytes, "-t ext4 -b 4096 -d " + folder);
}

// Every file below a folder, relative to it, sorted.
inline std::vector<std::string> files_below(const std::string& folder) {
  std::vector<std::string> files;
  if (!std::filesystem::exists(folder)) return files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
    if (!entry.is_directory()) files.push_back(std::filesystem::relative(entry.path(), folder));
  std::ranges::sort(files);
  return files;
}

inline const ExtractedFile* file_of(const ExtractOutcome& outcome, const std::string& path) {
  for (const ExtractedFile& file : outcome.files)
    if (file.path == path) return &file;
  return nullptr;
}

// The slow twin of an extraction: a file read through the image as a volume, chunk by chunk.
inline std::vector<std::byte> read_serially(const std::string& image, const std::string& path) {
  const ImageReader reader = must(ImageReader::open(image));
  const ImageVolume volume(reader, {});
  const auto map = must(open_filesystem_map(volume, must(probe_filesystem(volume))));
  const FileEntry file = must(map->find({path})).at(0);
  std::vector<std::byte> content(file.size_bytes);
  must(map->read(file, 0, content));
  return content;
}

}  // namespace tintype::test
