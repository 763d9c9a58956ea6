// An NBD export with many reads in flight: several connections where the server allows them, and
// one thread that serves them all.
//
// That thread alone touches libnbd. Reads come to it through an inbox and an event, and go home
// through their sink. A server that falls silent, hangs up or breaks the protocol is lost for good:
// every read on its way and every later one then ends in ENOTCONN, and read_error() says why. EIO
// is the server's own word for bytes that its medium does not give.
#pragma once

#include "io/extent.h"
#include "io/file/remote_reader.h"
#include "io/nbd/nbd_connection.h"

namespace tintype {

class NbdClient final : public RemoteReader {
 public:
  // At most so many; qemu-nbd works on 16 requests of a connection at once, so these are as many as
  // a pass has in flight.
  static constexpr unsigned kConnectionsMax = 4;

  // `name` is what messages call it; `dial` is called once a connection.
  [[nodiscard]] static Result<std::unique_ptr<NbdClient>> connect(const NbdDial& dial,
                                                                  std::string name,
                                                                  const NbdLimits& limits = {});
  ~NbdClient() override;  // waits for what is in flight

  [[nodiscard]] const NbdExport& facts() const noexcept;
  [[nodiscard]] unsigned connections() const noexcept;

  // A read longer than the server takes at once comes short.
  void start_read(std::uint64_t offset, std::span<std::byte> bytes, ReadSink& sink,
                  std::uint64_t ticket) override;
  [[nodiscard]] Error read_error(int error_number, std::uint64_t offset) const override;

  // Ranges that the server does not promise to be zeros: all, where it tells nothing. Blocks.
  // Normalized. An error only if the server is lost.
  [[nodiscard]] Result<ExtentList> data_extents();

 private:
  class Service;
  explicit NbdClient(std::unique_ptr<Service> service);
  std::unique_ptr<Service> service_;
};

}  // namespace tintype
