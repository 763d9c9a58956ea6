// A structure's members (manifest_fields.h) out of a record of JSON.
#pragma once

#include <string>
#include <type_traits>

#include "engine/manifest/json_records.h"
#include "engine/manifest/manifest_fields.h"

namespace tintype {

template <class Others>
struct RecordFields {
  template <class T>
  void may(const char* name, T& member, bool = true) {
    if constexpr (std::is_integral_v<T> || std::is_same_v<T, std::string>)
      record.get(name, member);
    else
      others(name, member);
  }
  void must(const char* name, auto& member) {
    if (!record.has(name)) return record.fail(name, "is missing");
    may(name, member);
  }
  void follows(auto&&...) {}

  JsonRecord& record;
  Others& others;
};

// What a text says of a structure must be what its members come to, once they are all there.
struct RecordClaims {
  void may(auto&&...) {}
  void must(auto&&...) {}
  void follows(const char* name, const char* others, const auto& value) {
    bool said = value();
    record.get(name, said);
    if (said != value()) record.fail(name, "is not what its " + std::string(others) + " say");
  }

  JsonRecord& record;
};

// `others` gets name and member of what is neither a number nor a text.
template <class T, class Others>
void read_fields(JsonRecord& record, T& structure, Others others) {
  RecordFields<Others> from{record, others};
  visit_fields(structure, from);
  RecordClaims claims{record};
  visit_fields(structure, claims);
}

// Of a structure that has nothing else.
template <class T>
void read_fields(JsonRecord& record, T& structure) {
  read_fields(record, structure, [](const char*, const std::string&) {});
}

}  // namespace tintype
