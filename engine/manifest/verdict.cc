#include "engine/manifest/verdict.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "engine/manifest/text_checksum.h"

namespace tintype {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::pair<const char*, std::string Verdict::*> kTexts[] = {
    {"kind", &Verdict::kind},
    {"repository", &Verdict::repository},
    {"set", &Verdict::set},
    {"volume", &Verdict::volume},
    {"content_digest", &Verdict::content_digest},
    {"level", &Verdict::level},
    {"found", &Verdict::found},
    {"pages", &Verdict::pages},
    {"time_utc", &Verdict::time_utc},
    {"program", &Verdict::program},
    {"host", &Verdict::host}};

}  // namespace

std::string to_json(const Verdict& verdict) {
  Json json{{"format", Verdict::kFormat}};
  for (const auto& [key, member] : kTexts) json[key] = verdict.*member;
  json["image_bytes"] = verdict.image.size_bytes;
  json["inode"] = verdict.image.inode;
  json["modified_ns"] = verdict.image.modified_ns;
  json["changed_ns"] = verdict.image.changed_ns;
  json["sound"] = verdict.sound;
  return with_checksum(json.dump(-1, ' ', false, Json::error_handler_t::replace));
}

Result<Verdict> parse_verdict(std::string_view text, std::string_view path) {
  const auto refuse = [&](std::string_view why) {
    return plain_error(fmt::format("{} {}", path, why), "it counts for nothing");
  };
  if (judge_checksum(text) != TextChecksum::right) return refuse("has no right checksum");
  const Json json = Json::parse(text, nullptr, false);
  if (json.is_discarded() || !json.is_object()) return refuse("is not a JSON object");
  const auto number = [&](const char* key, auto& value) {
    const auto found = json.find(key);
    if (found == json.end() || !found->is_number_integer()) return false;
    value = found->get<std::remove_reference_t<decltype(value)>>();
    return true;
  };
  Verdict verdict;
  int format = 0;
  if (!number("format", format) || format != Verdict::kFormat) return refuse("has another format");
  for (const auto& [key, member] : kTexts) {
    const auto found = json.find(key);
    if (found == json.end() || !found->is_string()) return refuse(fmt::format("has no {}", key));
    verdict.*member = found->get<std::string>();
  }
  const auto sound = json.find("sound");
  if (sound == json.end() || !sound->is_boolean()) return refuse("has no sound");
  verdict.sound = sound->get<bool>();
  if (!number("image_bytes", verdict.image.size_bytes) || !number("inode", verdict.image.inode) ||
      !number("modified_ns", verdict.image.modified_ns) ||
      !number("changed_ns", verdict.image.changed_ns))
    return refuse("does not say of which file it is");
  return verdict;
}

}  // namespace tintype
