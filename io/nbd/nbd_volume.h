// What an NBD server exports (qemu-nbd, nbdkit, a storage array) as a volume.
#pragma once

#include <memory>

#include "io/nbd/nbd_connection.h"
#include "io/volume/volume.h"

namespace tintype {

// nbd://host[:port]/export, nbds:// (TLS), nbd+unix:///export?socket=PATH, nbds+unix://
[[nodiscard]] bool is_nbd_uri(std::string_view path) noexcept;

// Read-only, many reads in flight. Ranges that the server declares to be zeros are no data.
// Errors: no such server or export, TLS refused, empty, a unit of reads that is no disk's.
[[nodiscard]] Result<std::unique_ptr<Volume>> open_nbd_volume(const std::string& uri,
                                                              const NbdLimits& limits = {});
// The same over connections that `dial` makes; `name` is what messages call it.
[[nodiscard]] Result<std::unique_ptr<Volume>> open_nbd_volume(const NbdDial& dial, std::string name,
                                                              const NbdLimits& limits);

}  // namespace tintype
