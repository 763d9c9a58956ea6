#include "engine/manifest/text_checksum.h"

#include <span>

#include "hashing/xxh3.h"
#include "io/invariant.h"

namespace tintype {
namespace {

constexpr std::string_view kName = ",\"checksum\":\"";
constexpr std::size_t kDigits = 32;
constexpr std::string_view kEnd = "\"}\n";
constexpr std::size_t kTailBytes = kName.size() + kDigits + kEnd.size();

std::string digest_of(std::string_view text) {
  return to_hex(xxh3_128(std::as_bytes(std::span(text))));
}

}  // namespace

std::string with_checksum(std::string json) {
  while (!json.empty() && json.back() != '}') json.pop_back();
  invariant(json.size() > 2 && json.front() == '{', "a checksum needs an object with members");
  json.pop_back();
  while (json.back() == '\n' || json.back() == ' ') json.pop_back();
  const std::string digits = digest_of(json);
  json.append(kName).append(digits).append(kEnd);
  return json;
}

TextChecksum judge_checksum(std::string_view text) {
  if (text.size() <= kTailBytes) return TextChecksum::absent;
  const std::string_view before = text.substr(0, text.size() - kTailBytes);
  const std::string_view tail = text.substr(before.size());
  if (!tail.starts_with(kName) || !tail.ends_with(kEnd)) return TextChecksum::absent;
  return tail.substr(kName.size(), kDigits) == digest_of(before) ? TextChecksum::right
                                                                 : TextChecksum::wrong;
}

}  // namespace tintype
