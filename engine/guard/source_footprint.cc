#include "engine/guard/source_footprint.h"

#include <charconv>
#include <string_view>

#include "io/storage/partition_device.h"

namespace tintype {
namespace {

// "nbd+unix:///export?socket=%2Frun%2Fs"; "" in any other URI.
std::string socket_of(std::string_view uri) {
  constexpr std::string_view kKey = "socket=";
  auto at = uri.find('?');
  while (at != std::string_view::npos && uri.substr(at + 1, kKey.size()) != kKey)
    at = uri.find('&', at + 1);
  if (at == std::string_view::npos) return "";
  std::string_view escaped = uri.substr(at + 1 + kKey.size());
  escaped = escaped.substr(0, escaped.find('&'));
  std::string path;
  for (std::size_t i = 0; i < escaped.size(); ++i) {
    unsigned char code = 0;
    const char* const digits = escaped.data() + i + 1;
    if (escaped[i] == '%' && i + 2 < escaped.size() &&
        std::from_chars(digits, digits + 2, code, 16).ptr == digits + 2) {
      path += static_cast<char>(code);
      i += 2;
    } else {
      path += escaped[i];
    }
  }
  return path;
}

}  // namespace

StorageFootprint source_footprint(const StorageMap& map, const VolumeSpec& source) {
  if (source.is_uri) {
    const std::string socket = socket_of(source.base);
    return socket.empty() ? StorageFootprint() : map.of_server(socket);
  }
  if (source.partition)
    if (const auto device = partition_device_number(source.base, *source.partition))
      return map.of_device(*device);
  return map.of_path(source.base);
}

}  // namespace tintype
