#include "engine/job/check_job.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/job/pass.h"
#include "engine/pipeline/copy_flow.h"
#include "io/volume/raw_volume.h"
#include "verify/ese_database_check.h"
#include "verify/ese_header.h"

namespace tintype {

Result<PassOutcome> run_check(const CheckOptions& options, JobMonitor& monitor) {
  TINTYPE_TRY(const auto file, open_raw_volume(options.file));
  const std::uint64_t file_bytes = file->size_bytes();
  std::vector<std::byte> first(
      std::min<std::uint64_t>(file_bytes, 2 * std::uint64_t{kEsePageBytesMax}));
  TINTYPE_CHECK(file->read(0, first));
  const EseHeaderReading header = read_ese_header(first);
  if (header.is_temporary)
    return plain_error(
        fmt::format("{} is a temporary database: it keeps no checksums", options.file),
        "there is nothing to check in it");
  if (header.status == EseHeaderReading::Status::corrupt && !looks_like_ese(first))
    return plain_error(fmt::format("{} is not an ESE database: {}", options.file, header.problem),
                       "name a database file such as priv1.edb");

  InlineChecks checks;
  checks.add(open_ese_database_check(options.file, file_bytes, first), file_bytes,
             {{.file_offset = 0, .volume_offset = 0, .length = file_bytes}});
  checks.seal();
  TINTYPE_TRY(const ExtentList data, file->data_extents());
  CapturePlan plan(file_bytes, kChunkBytesDefault, {{0, file_bytes}}, data);
  CopyFlow flow(*file, plan, checks, nullptr);
  PassOutcome outcome;
  outcome.volume_bytes = file_bytes;
  outcome.captured_bytes = file_bytes;
  outcome.read_back = "none";
  TINTYPE_CHECK(run_pass(flow, options.pass, {options.file, plan.data_bytes(), Phase::copy},
                         monitor, outcome));
  TINTYPE_CHECK(flow.finish());
  outcome.databases = checks.finish();
  for (const Extent& range : flow.unreadable())
    outcome.unreadable.push_back({range, options.file, range.offset});
  return outcome;
}

}  // namespace tintype
