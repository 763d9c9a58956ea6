// What a repository keeps as JSON, written: member by member, as manifest_fields.h has them. Who
// reads it, and trusts nothing in it, are manifest_read.cc, head_read.cc and verdict.cc.
#include <nlohmann/json.hpp>

#include "engine/manifest/log_runs.h"
#include "engine/manifest/manifest_fields.h"
#include "engine/manifest/text_checksum.h"

namespace tintype {
namespace {

using Json = nlohmann::ordered_json;

template <class T>
Json tree_of(const T& structure);

template <class T>
Json tree_of(const std::vector<T>& list) {
  Json tree = Json::array();
  for (const T& one : list) tree.push_back(tree_of(one));
  return tree;
}

Json tree_of(const std::vector<StreamLog>& logs) {
  return tree_of(runs_of(logs));
}

struct TreeFields {
  template <class T>
  void may(const char* name, const T& member, bool is_written = true) {
    if (!is_written) return;
    if constexpr (std::is_enum_v<T>)
      tree[name] = to_string(member);
    else if constexpr (std::is_integral_v<T> || std::is_same_v<T, std::string>)
      tree[name] = member;
    else
      tree[name] = tree_of(member);
  }
  void must(const char* name, const auto& member) { may(name, member); }
  void follows(const char* name, const char*, const auto& value) { tree[name] = value(); }

  Json tree;
};

template <class T>
Json tree_of(const T& structure) {
  TreeFields to;
  visit_fields(structure, to);
  return std::move(to.tree);
}

// As a text by itself, which says by which format it is to be read.
template <class T>
Json text_of(const T& structure) {
  TreeFields to{.tree = {{"format", T::kFormat}}};
  visit_fields(structure, to);
  return std::move(to.tree);
}

std::string dump(const Json& json, int indent) {
  return json.dump(indent, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

std::string to_json(const SetManifest& manifest) {
  return with_checksum(dump(text_of(manifest), 2));
}

std::string to_json(const RepositoryHead& head) {
  return with_checksum(dump(text_of(head), 2));
}

std::string to_json(const TruncationJournal& journal) {
  return with_checksum(dump(text_of(journal), 2));
}

std::string to_json(const Verdict& verdict) {
  return with_checksum(dump(text_of(verdict), -1));
}

std::string to_json_line(const SetManifest& manifest) {
  return dump(text_of(manifest), -1);
}

std::string to_json_line(const VolumeManifest& volume) {
  return dump(tree_of(volume), -1);
}

std::string to_json_line(const FileReport& report) {
  return dump(tree_of(report), -1);
}

std::string to_json_line(const EseStreamReport& report) {
  return dump(tree_of(report), -1);
}

}  // namespace tintype
