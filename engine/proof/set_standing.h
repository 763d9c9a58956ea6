// What can be told of a finished set beyond its manifest without reading an image: whether its
// images are there (one stat a volume), and what was found when somebody last read them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/proof/verdict_store.h"

namespace tintype {

struct SetStanding {
  struct Volume {
    std::string problem;              // one line; "" if nothing is known against its image
    bool damaged = false;             // the problem is the image's own: missing, cut, found damaged
    std::optional<Verdict> verified;  // the last time after the backup; none: never
  };
  std::vector<Volume> volumes;  // as in the manifest; none of a set that has no usable one

  [[nodiscard]] bool damaged() const noexcept;
  [[nodiscard]] bool unknown() const noexcept;  // some image cannot be looked at
  // Since when all of it is known to be good: the oldest of its volumes' last verdicts, if each has
  // one and all are sound. "" = never.
  [[nodiscard]] std::string verified_utc() const;
};

[[nodiscard]] SetStanding standing_of(const VerdictStore& verdicts, const SetEntry& set);

}  // namespace tintype
