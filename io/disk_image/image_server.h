// Disk images through qemu-nbd: it knows the formats, we speak NBD with it.
#pragma once

#include <atomic>
#include <memory>

#include "io/disk_image/image_layers.h"
#include "io/volume/volume.h"

namespace tintype {

// Lets qemu-img check each layer, then starts a server of its own, which ends with the volume or
// with this process. It is told every file and format; it looks for none itself. They talk over a
// socket without a name: nobody else can connect, and nothing is left behind. Errors: qemu-utils is
// not installed, a layer is damaged, qemu cannot read it. `stop` as in NbdLimits.
[[nodiscard]] Result<std::unique_ptr<Volume>> serve_disk_image(
    const std::vector<ImageLayer>& layers, const std::atomic<bool>* stop);

}  // namespace tintype
