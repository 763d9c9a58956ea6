#include "engine/job/image_proof.h"

#include <fmt/format.h>

#include "engine/image/read/image_reader.h"
#include "engine/manifest/set_name.h"

namespace tintype {
namespace {

// The newest verdict decides, whatever an older one says.
const Verdict* believable(const std::vector<Verdict>& known, std::chrono::seconds age_max) {
  if (known.empty() || !known.front().sound || age_max.count() <= 0) return nullptr;
  const auto made = parse_utc_text(known.front().time_utc);
  return made && std::chrono::system_clock::now() - *made <= age_max ? &known.front() : nullptr;
}

}  // namespace

bool fill_verdict(Verdict& verdict, const VerdictStore& verdicts, const SetEntry& set,
                  const VolumeManifest& volume, const Result<VerifyOutcome>& outcome) {
  verdict.kind = kVerdictVerified;
  if (!outcome) {
    if (outcome.error().code != std::errc::bad_message) return false;
    verdict.found = outcome.error().what;
    const auto stamp = verdicts.stamp_of(set, volume);
    if (stamp) verdict.image = *stamp;
    return stamp.has_value();
  }
  verdict.image = outcome->stamp;
  verdict.level = outcome->level;
  verdict.sound = outcome->faults.empty();
  if (!verdict.sound) verdict.found = fault_summary(*outcome);
  if (outcome->pages) verdict.pages = outcome->pass.sound() ? "sound" : "findings";
  return outcome->stamp != FileStamp{};
}

void keep_verdict(const VerdictStore& verdicts, const Verdict& verdict, JobMonitor& monitor) {
  if (const auto kept = verdicts.keep(verdict); !kept)
    monitor.detail(fmt::format("the verdict on {} of {} is not recorded: {}", verdict.volume,
                               verdict.set, kept.error().line()));
}

Result<DurableImage> prove_image(const VerdictStore& verdicts, const SetEntry& set,
                                 const VolumeManifest& volume, std::span<const DurableImage> own,
                                 const ProofOptions& options, JobMonitor& monitor) {
  const ImageSource source = image_in(set, volume);
  // Whatever proves its bytes, the image must be the one that the manifest tells of.
  TINTYPE_CHECK(ImageReader::open(source));
  for (const DurableImage& image : own)
    if (image.volume() == volume.name)
      if (const auto now = verdicts.stamp_of(set, volume); now && *now == image.stamp())
        return image;
  const std::vector<Verdict> known = verdicts.of(set, volume);
  if (const Verdict* const verdict = believable(known, options.trust_verified)) {
    monitor.detail(
        fmt::format("{}: {} at {}, believed", source.path, verdict->kind, verdict->time_utc));
    return DurableImage::recorded(*verdict, volume);
  }
  Verdict verdict = verdicts.about(set, volume);
  const auto outcome =
      run_verify({.image = source, .decode = false, .pass = options.pass}, monitor);
  if (fill_verdict(verdict, verdicts, set, volume, outcome) && options.keep_verdicts)
    keep_verdict(verdicts, verdict, monitor);
  if (!outcome) return tl::unexpected(outcome.error());
  return DurableImage::read_again(*outcome, volume, verdicts.stamp_of(set, volume));
}

}  // namespace tintype
