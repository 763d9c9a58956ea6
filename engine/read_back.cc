#include "engine/read_back.h"

namespace tintype {

std::string_view to_string(ReadBack read_back) noexcept {
  switch (read_back) {
    case ReadBack::unsaid:
      return "";
    case ReadBack::none:
      return "none";
    case ReadBack::page_cache:
      return "page cache";
    case ReadBack::direct:
      return "direct";
  }
  return "";
}

std::optional<ReadBack> parse_read_back(std::string_view text) noexcept {
  for (const ReadBack known :
       {ReadBack::unsaid, ReadBack::none, ReadBack::page_cache, ReadBack::direct})
    if (text == to_string(known)) return known;
  return std::nullopt;
}

}  // namespace tintype
