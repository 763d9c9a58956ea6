// What was recorded while the job ran, for its page: the places of the charts, and the same numbers
// as tables for who reads without script. Nothing of a job that recorded nothing.
#pragma once

#include "engine/monitor/job_recorder.h"
#include "tools/report/report_body.h"

namespace tintype {
void add_charts(ReportBody& body, const JobRecorder& recorder);
}  // namespace tintype
