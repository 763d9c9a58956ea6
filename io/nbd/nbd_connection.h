// One connection to an NBD export, made by libnbd within a time limit, and what the server says of
// the export. Everything it says is a claim: sizes are checked here, replies by libnbd and by
// whoever reads.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "io/nbd/request_patience.h"
#include "io/result.h"

struct nbd_handle;

namespace tintype {

struct NbdLimits {
  // To connect: name look-up, TCP, TLS and the handshake of one connection.
  std::chrono::milliseconds connect{10'000};
  // With reads on their way and not a byte of an answer, the server counts as lost.
  std::chrono::milliseconds silence = request_patience();
  // Once it is set nobody waits for an answer any more: the server is given up within a fifth of a
  // second (code std::errc::operation_canceled). Outlives the connection. Null: never.
  const std::atomic<bool>* stop = nullptr;
  [[nodiscard]] bool stopped() const noexcept {
    return stop != nullptr && stop->load(std::memory_order_relaxed);
  }
};
// How long a wait may be deaf to `stop`.
inline constexpr std::chrono::milliseconds kNbdStopPatience{200};

struct NbdExport {
  std::uint64_t size_bytes = 0;         // never 0
  std::uint32_t sector_bytes = 512;     // unit of reads: 512 to 4096
  std::uint32_t request_bytes_max = 0;  // of one read; at least a sector
  bool many_connections = false;        // they all show the same data
  bool tells_extents = false;           // base:allocation
};

struct NbdHandleCloser {
  void operator()(nbd_handle* handle) const noexcept;
};
using NbdHandle = std::unique_ptr<nbd_handle, NbdHandleCloser>;

struct NbdConnection {
  NbdHandle handle;
  NbdExport facts;
};

// Lets libnbd begin to connect: -1 and libnbd's last words if it cannot.
using NbdDial = std::function<int(nbd_handle*)>;
// By URI. Only TCP and Unix sockets: no URI makes us run a command.
[[nodiscard]] NbdDial dial_nbd_uri(std::string uri);
// Over a socket that is connected already; the handle takes it over.
[[nodiscard]] int dial_nbd_socket(nbd_handle* handle, int socket);

// Given up because of `stop`.
[[nodiscard]] Error nbd_stopped_error(const std::string& name);

// `name` is for messages.
[[nodiscard]] Result<NbdConnection> connect_nbd(const NbdDial& dial, const std::string& name,
                                                const NbdLimits& limits);

// libnbd's last words in this thread, without the function they came from; `otherwise` if none.
[[nodiscard]] std::string nbd_last_words(std::string otherwise);

}  // namespace tintype
