#include "io/nbd/nbd_connection.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <system_error>

#include "io/nbd/nbd_library.h"

namespace tintype {
namespace {

using Clock = std::chrono::steady_clock;

// What a server that names no limit must take, by the protocol's description.
constexpr std::uint32_t kRequestBytesUnsaid = 32u << 20;
// What libnbd itself refuses to ask for at once.
constexpr std::uint32_t kRequestBytesLibrary = 64u << 20;
constexpr std::uint32_t kSectorBytesMin = 512;
// Reads are planned in multiples of this (engine/flow/capture_plan.cc), and no disk asks more.
constexpr std::uint32_t kSectorBytesMax = 4096;

std::string hint_for(int error_number, const std::string& words) {
  const auto says = [&](std::string_view part) { return words.find(part) != std::string::npos; };
  if (says("no export")) return "nbdinfo --list shows the server's exports";
  if (says("TLS") || says("tls") || says("certificate"))
    return "is TLS set up on both sides? nbds:// needs a server with certificates or keys, and "
           "tls-certificates=DIR or tls-psk-file=FILE in the URI";
  switch (static_cast<std::errc>(error_number)) {
    case std::errc::connection_refused:
    case std::errc::no_such_file_or_directory:
      return "is the server running, and is that its address?";
    case std::errc::permission_denied:
    case std::errc::operation_not_permitted:
      return "run as a user that may use this socket";
    default:
      return "";
  }
}

tl::unexpected<Error> connect_error(const std::string& name) {
  const int error_number = libnbd().nbd_get_errno();
  const std::string words = nbd_last_words("the server hung up");
  Error error{
      {}, fmt::format("cannot connect to {}: {}", name, words), hint_for(error_number, words)};
  if (error_number != 0) error.code = std::error_code(error_number, std::generic_category());
  return tl::unexpected(std::move(error));
}

Result<void> handshake(nbd_handle* handle, const NbdDial& dial, const std::string& name,
                       const NbdLimits& limits) {
  const auto deadline = Clock::now() + limits.connect;
  if (dial(handle) == -1) return connect_error(name);
  while (libnbd().nbd_aio_is_connecting(handle) == 1) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
    if (limits.stopped()) return tl::unexpected(nbd_stopped_error(name));
    if (left <= 0)
      return plain_error(fmt::format("cannot connect to {}: no answer within {:g} s", name,
                                     std::chrono::duration<double>(limits.connect).count()),
                         "does the server speak NBD, and does a firewall let it through?");
    const auto wait = limits.stop == nullptr ? left : std::min(left, kNbdStopPatience.count());
    if (libnbd().nbd_poll(handle, static_cast<int>(wait)) == -1) return connect_error(name);
  }
  if (libnbd().nbd_aio_is_ready(handle) != 1) return connect_error(name);
  return {};
}

Result<NbdExport> ask(nbd_handle* handle, const std::string& name) {
  NbdExport facts;
  const std::int64_t size = libnbd().nbd_get_size(handle);
  if (size < 0) return connect_error(name);
  if (size == 0) return plain_error("cannot read " + name + ": it is empty");
  facts.size_bytes = static_cast<std::uint64_t>(size);

  // 0 where the server says nothing.
  const std::int64_t unit =
      std::max<std::int64_t>(libnbd().nbd_get_block_size(handle, LIBNBD_SIZE_MINIMUM), 1);
  const std::int64_t most = libnbd().nbd_get_block_size(handle, LIBNBD_SIZE_MAXIMUM);
  if (unit > kSectorBytesMax || !std::has_single_bit(static_cast<std::uint64_t>(unit)))
    return plain_error(
        fmt::format("cannot read {}: its server wants reads in units of {} bytes", name, unit),
        "nbdkit --filter=blocksize in between serves any unit");
  facts.sector_bytes = std::max(kSectorBytesMin, static_cast<std::uint32_t>(unit));
  facts.request_bytes_max = static_cast<std::uint32_t>(
      most <= 0 ? kRequestBytesUnsaid : std::min<std::int64_t>(most, kRequestBytesLibrary));
  facts.request_bytes_max -= facts.request_bytes_max % facts.sector_bytes;
  if (facts.request_bytes_max == 0)
    return plain_error(
        fmt::format("cannot read {}: its server takes no read of more than {} bytes", name, most));

  facts.many_connections = libnbd().nbd_can_multi_conn(handle) == 1;
  facts.tells_extents = libnbd().nbd_can_meta_context(handle, LIBNBD_CONTEXT_BASE_ALLOCATION) == 1;
  return facts;
}

}  // namespace

Error nbd_stopped_error(const std::string& name) {
  return {std::make_error_code(std::errc::operation_canceled),
          fmt::format("stopped while {} was read", name), ""};
}

void NbdHandleCloser::operator()(nbd_handle* handle) const noexcept {
  libnbd().nbd_close(handle);
}

std::string nbd_last_words(std::string otherwise) {
  const char* const words = libnbd().nbd_get_error();
  if (words == nullptr || *words == '\0') return otherwise;
  std::string text = words;
  // "nbd_aio_connect_uri: connect: Connection refused"
  if (const auto colon = text.find(": "); text.starts_with("nbd_") && colon != std::string::npos)
    text.erase(0, colon + 2);
  return text;
}

NbdDial dial_nbd_uri(std::string uri) {
  return [uri = std::move(uri)](nbd_handle* handle) {
    if (libnbd().nbd_set_uri_allow_transports(
            handle, LIBNBD_ALLOW_TRANSPORT_TCP | LIBNBD_ALLOW_TRANSPORT_UNIX) == -1 ||
        // Where the keys and certificates for TLS lie: the URI is the user's own.
        libnbd().nbd_set_uri_allow_local_file(handle, true) == -1)
      return -1;
    return libnbd().nbd_aio_connect_uri(handle, uri.c_str());
  };
}

int dial_nbd_socket(nbd_handle* handle, int socket) {
  return libnbd().nbd_aio_connect_socket(handle, socket);
}

Result<NbdConnection> connect_nbd(const NbdDial& dial, const std::string& name,
                                  const NbdLimits& limits) {
  TINTYPE_CHECK(libnbd().is_loaded());
  NbdConnection made{.handle = NbdHandle(libnbd().nbd_create()), .facts = {}};
  nbd_handle* const handle = made.handle.get();
  if (handle == nullptr) return connect_error(name);
  // Every read is counted, byte by byte; nothing is gained by zeroing its buffer before.
  if (libnbd().nbd_set_pread_initialize(handle, false) == -1 ||
      libnbd().nbd_add_meta_context(handle, LIBNBD_CONTEXT_BASE_ALLOCATION) == -1)
    return connect_error(name);
  TINTYPE_CHECK(handshake(handle, dial, name, limits));
  TINTYPE_TRY(made.facts, ask(handle, name));
  return made;
}

}  // namespace tintype
