// What lies on a volume, for people and for programs.
#pragma once

#include <string>

#include "engine/survey/volume_facts.h"
#include "tools/text/json_object.h"

namespace tintype {

[[nodiscard]] std::string volume_facts_text(const VolumeFacts& facts, std::size_t width);
[[nodiscard]] JsonObject volume_facts_json(const VolumeFacts& facts);

}  // namespace tintype
