// A structure's members (engine/manifest/manifest_fields.h) into an object of --json.
#pragma once

#include <string>
#include <type_traits>
#include <vector>

#include "engine/manifest/manifest_fields.h"
#include "tools/text/json_object.h"

namespace tintype {

struct ObjectFields {
  template <class T>
  void may(const char* name, const T& member, bool is_written = true) {
    if (!is_written) return;
    if constexpr (std::is_same_v<T, FindingKind>)
      object.add(name, to_string(member)).add("warning", is_warning(member));
    else if constexpr (std::is_integral_v<T> || std::is_same_v<T, std::string>)
      object.add(name, member);
    else
      object.add(name, objects_of(member));
  }
  void must(const char* name, const auto& member) { may(name, member); }
  void follows(const char* name, const char*, const auto& value) { object.add(name, value()); }

  JsonObject object;
};

template <class T>
[[nodiscard]] JsonObject object_of(const T& structure) {
  ObjectFields to;
  visit_fields(structure, to);
  return to.object;
}

template <class T>
[[nodiscard]] std::vector<JsonObject> objects_of(const std::vector<T>& list) {
  std::vector<JsonObject> objects;
  for (const T& one : list) objects.push_back(object_of(one));
  return objects;
}

}  // namespace tintype
