// What a recorder holds, as JSON for the page of a report.
#pragma once

#include "engine/monitor/job_recorder.h"
#include "tools/text/json_object.h"

namespace tintype {

[[nodiscard]] JsonObject to_json(const JobTimeline& timeline);
[[nodiscard]] JsonObject to_json(const RequestLatencies& latencies);
// Cells are runs of like ones: how many, then the members that "cell_fields" names.
[[nodiscard]] JsonObject to_json(const VolumeMap& map);
[[nodiscard]] std::vector<JsonObject> maps_json(const JobRecorder& recorder);

}  // namespace tintype
