#include "engine/monitor/job_recorder.h"

namespace tintype {

VolumeMap* JobRecorder::begin_map(const std::string& name, std::uint64_t volume_bytes) {
  ++volumes_total_;
  if (maps_.size() == kMapsMax) return nullptr;
  maps_.push_back(std::make_unique<VolumeMap>(name, volume_bytes));
  const auto cells = [&] {
    std::size_t sum = 0;
    for (const auto& map : maps_) sum += map->cells().size();
    return sum;
  };
  while (cells() > kCellsMax)
    for (const auto& map : maps_)
      if (map->cells().size() > 1) map->coarsen();
  return maps_.back().get();
}

void add_bad_pages(VolumeMap& map, std::span<const FileReport> databases) {
  for (const FileReport& database : databases)
    for (const Finding& finding : database.findings)
      if (finding.length != 0 && finding.volume_offset != Finding::kNowhere &&
          finding.kind != FindingKind::unreadable)
        map.add_bad({finding.volume_offset, finding.length});
}

}  // namespace tintype
