#include "engine/completion/completion_gate.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "hashing/counted.h"

namespace tintype {
namespace {

// What every backup must be, whatever lies on it, before it lets a log go.
GatePrecondition backup_type(const GateInputs& in) {
  const bool full = in.type == BackupType::full;
  return {"backup type", full,
          full ? "full" : fmt::format("{}: only a full backup truncates", to_string(in.type))};
}

GatePrecondition whole_volumes(const GateInputs& in) {
  return {"whole volumes", in.whole_volumes,
          in.whole_volumes ? "volumes were copied whole"
                           : "a folder was copied: it restores as files only"};
}

GatePrecondition source_unchanged(const GateInputs& in) {
  return {"source unchanged", in.source_changed.empty(),
          in.source_changed.empty() ? "nothing changed while it was read" : in.source_changed};
}

GatePrecondition images_durable(const GateInputs& in, const std::string& stream_volume) {
  const auto is_durable = [&](const std::string& volume) {
    return std::ranges::any_of(in.images,
                               [&](const DurableImage& image) { return image.volume() == volume; });
  };
  if (std::ranges::find(in.volumes, stream_volume) == in.volumes.end())
    return {"images durable", false, fmt::format("volume {} is not in this backup", stream_volume)};
  for (const std::string& volume : in.volumes)
    if (!is_durable(volume))
      return {"images durable", false,
              fmt::format("the image of {} does not stand whole under its final name", volume)};
  return {"images durable", true,
          fmt::format("{} synced, under {}", counted(in.volumes.size(), "image"),
                      word_for(in.volumes.size(), "its final name", "final names"))};
}

GatePrecondition images_read_back(const GateInputs& in) {
  ReadBack how = ReadBack::unsaid;
  for (const DurableImage& image : in.images) {
    if (!image.was_read_back())
      return {"read back", false, fmt::format("the image of {} was not read back", image.volume())};
    if (how != ReadBack::page_cache) how = image.read_back();  // the weaker one is told
  }
  // No image at all is the precondition before this one.
  return {
      "read back", true,
      how == ReadBack::unsaid ? "no image to read back" : fmt::format("equal, {}", to_string(how))};
}

std::vector<GatePrecondition> preconditions_of(const ApplicationStream& stream,
                                               const GateInputs& inputs) {
  std::vector<GatePrecondition> all{backup_type(inputs), whole_volumes(inputs),
                                    source_unchanged(inputs)};
  const auto add = [&](std::vector<GatePrecondition> more) {
    std::ranges::move(more, std::back_inserter(all));
  };
  add(stream.held(inputs));
  add({images_durable(inputs, stream.identity().volume), images_read_back(inputs)});
  add(stream.releasable());
  return all;
}

std::string refusal(const GateRecord& record) {
  std::string names;
  for (const GatePrecondition& precondition : record.preconditions)
    if (!precondition.met) names += (names.empty() ? "" : ", ") + precondition.name;
  return fmt::format("logs stay: {}", names);
}

}  // namespace

GateDecision judge_completion(const ApplicationStream& stream, const GateInputs& inputs) {
  GateDecision decision;
  GateRecord& record = decision.record;
  ApplicationStream::Identity identity = stream.identity();
  record.base = identity.base;
  record.volume = identity.volume;
  record.log_folder = identity.log_folder;
  record.preconditions = preconditions_of(stream, inputs);
  if (!record.open()) {
    record.summary = refusal(record);
    return decision;
  }
  ApplicationStream::Release release = stream.release();
  record.limit = std::move(release.limit);
  record.event = release.event;
  record.summary = std::move(release.summary);
  if (release.below <= release.from) return decision;
  record.truncate_from = release.from;
  record.truncate_below = release.below;
  TruncationPermit permit;
  permit.base_ = std::move(identity.base);
  permit.volume_ = std::move(identity.volume);
  permit.log_folder_ = std::move(identity.log_folder);
  permit.log_signature_ = std::move(identity.log_signature);
  permit.last_closed_ = identity.last_closed;
  permit.last_closed_created_ = std::move(identity.last_closed_created);
  permit.from_ = release.from;
  permit.below_ = release.below;
  permit.logs_ = std::move(release.logs);
  decision.permit = std::move(permit);
  return decision;
}

}  // namespace tintype
