// The manifest of a set of the volumes "db" and "logs", with a log stream that opens the gate.
#pragma once

#include <utility>
#include <vector>

#include "engine/job/confirm_job.h"
#include "engine/manifest/manifest.h"
#include "engine/store/folder_store.h"
#include "support/expect_ok.h"
#include "support/temp_dir.h"
#include "tests/engine/completion/live_directory.h"

namespace tintype::test {

// Through the file, as a later run has it: so nothing in it may contradict the rest.
[[nodiscard]] inline SetManifest with_good_stream(SetManifest manifest) {
  EseStreamReport stream = good_stream();
  stream.log_signature = live_signature();
  for (VolumeManifest& volume : manifest.volumes)
    if (volume.name == "db")
      for (const StreamDatabase& database : stream.databases)
        volume.databases.push_back({.path = database.path,
                                    .format = "ESE database, 4 KiB pages",
                                    .page_bytes = 4096,
                                    .pages_expected = 1,
                                    .pages = {.seen = 1, .sound = 1},
                                    .state = database.state});
  manifest.streams = {std::move(stream)};
  // As the run judged that committed the images.
  const TempDir folder;
  std::vector<DurableImage> images;
  for (const VolumeManifest& volume : manifest.volumes) {
    NewImageFile file(must(DurableFile::create(folder / volume.image, Caching::page_cache)));
    images.push_back(must(DurableImage::commit(file, volume.name, volume.read_back)));
  }
  manifest.gates.clear();
  for (const GateDecision& decision : judge_set(manifest, images))
    manifest.gates.push_back(decision.record);
  manifest.sound = flaw_in(manifest).empty();
  return must(parse_manifest(to_json(manifest), "set.json"));
}

}  // namespace tintype::test
