// Images offered over NBD: the nbdkit program with our plugin in it, as a helper of this process.
//
// By default it listens on a socket in a folder of its own that nobody else may enter. However this
// process ends, the server ends with it and takes socket and folder along.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "engine/image/read/image_volume.h"
#include "engine/serve/served_image.h"
#include "io/process/child_process.h"

namespace tintype {

struct NbdServerOptions {
  std::vector<ServedName> images;  // one: the default export too
  std::string plugin;              // path of nbdkit-tintype-plugin.so
  std::string socket;              // a new socket's path; "" and no host: a private one
  std::string host;                // instead of a socket: name or address, and a port
  std::uint16_t port = 0;
  ImageVolume::Options volume{.unreadable = ImageVolume::Unreadable::error};
  bool keep_errors = false;  // keep what it says for error_text(); else it goes to standard error
};

class NbdServer {
 public:
  // It answers when this returns. Errors: nbdkit or the plugin missing, an address that is taken.
  [[nodiscard]] static Result<NbdServer> start(const NbdServerOptions& options);
  NbdServer(NbdServer&& other) noexcept;
  NbdServer& operator=(NbdServer&&) = delete;
  ~NbdServer();  // ends it, and removes socket and folder

  // "nbd+unix:///mail?socket=/run/…"; `name` of an image, or "" for the default export.
  [[nodiscard]] std::string uri(std::string_view name) const;
  // Waits; true if it has ended (by itself: that is not normal) before the time is over.
  [[nodiscard]] bool has_ended(std::chrono::milliseconds patience);
  [[nodiscard]] std::string error_text() const { return process_.error_text(); }

 private:
  struct Place {
    std::string folder, socket;  // to be removed; "" if there is none
    std::string host;
    std::uint16_t port = 0;
  };
  NbdServer(Place place, ChildProcess process)
      : place_(std::move(place)), process_(std::move(process)) {}
  static void remove(const Place& place) noexcept;

  Place place_;
  ChildProcess process_;
};

}  // namespace tintype
