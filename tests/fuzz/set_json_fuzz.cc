// What a repository keeps as JSON, any bytes: a set's manifest, its own head, a truncation journal.
// What is accepted can be written, and reads the same again.
#include "engine/completion/truncation_journal.h"
#include "engine/repository/manifest.h"
#include "engine/repository/manifest_json.h"
#include "io/invariant.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tintype;
  if (size == 0 || size > (1 << 18)) return 0;
  const std::string_view json(reinterpret_cast<const char*>(data), size);
  if (const auto manifest = parse_manifest(json, "set.json")) {
    const std::string once = to_json(*manifest);
    const auto again = parse_manifest(once, "set.json");
    invariant(again.has_value(), "our own manifest is refused");
    invariant(to_json(*again) == once, "a manifest that changes");
  }
  if (const auto head = parse_repository_head(json, "tintype.json"))
    invariant(parse_repository_head(to_json(*head), "tintype.json").has_value(),
              "our own head is refused");
  static_cast<void>(parse_truncation_journal(json, "truncation.json"));
  return 0;
}
