// What a repository keeps as JSON, any bytes: a set's manifest, its own head, a truncation journal.
// As they are, and signed: a checksum would keep every mutation out. What is accepted can be
// written, and reads the same again; of format 1 it may lack what format 2 demands.
#include "engine/manifest/manifest.h"
#include "engine/manifest/manifest_json.h"
#include "engine/manifest/text_checksum.h"
#include "engine/manifest/truncation_journal.h"
#include "io/invariant.h"

namespace {

using namespace tintype;

void read(std::string_view json) {
  if (const auto manifest = parse_manifest(json, "set.json"); manifest && manifest->format > 1) {
    const std::string once = to_json(*manifest);
    const auto again = parse_manifest(once, "set.json");
    invariant(again.has_value(), "our own manifest is refused");
    invariant(to_json(*again) == once, "a manifest that changes");
  }
  if (const auto head = parse_repository_head(json, "tintype.json"))
    invariant(parse_repository_head(to_json(*head), "tintype.json").has_value(),
              "our own head is refused");
  static_cast<void>(parse_truncation_journal(json, "truncation.json"));
}

std::string signed_again(std::string json) {
  if (const auto tail = json.rfind(",\"checksum\":"); tail != std::string::npos)
    json.replace(tail, std::string::npos, "\n}");
  const bool is_object =
      json.size() > 4 && json[0] == '{' && json.find('}', 4) != std::string::npos;
  return is_object ? with_checksum(std::move(json)) : json;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0 || size > (1 << 18)) return 0;
  const std::string json(reinterpret_cast<const char*>(data), size);
  read(json);
  read(signed_again(json));
  return 0;
}
