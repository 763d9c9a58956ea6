// Images as files, through FUSE: a read-only folder with one NAME.img for each, ready for a loop
// device. Reads are checked as everywhere; a damaged chunk is EIO for who reads it.
//
// When this process ends, however it does, it is unmounted (unmount_guard.h).
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/serve/served_image.h"

namespace tintype {

using ServedImages = std::vector<std::unique_ptr<ServedImage>>;

struct FuseMountOptions {
  std::string folder;
  // The memory of all caches together.
  ImageVolume::Options volume{.unreadable = ImageVolume::Unreadable::error};
  std::function<void()> on_up;                            // it is mounted and answers
  std::function<void(std::string_view line)> on_trouble;  // why somebody got EIO; from any thread
};

// Mounts and serves until somebody unmounts the folder, or SIGINT, SIGTERM or SIGHUP comes: that is
// the normal end. Starts the images. Call it on the main thread.
[[nodiscard]] Result<void> serve_mount(const ServedImages& images, const FuseMountOptions& options);
// The same in a process of its own, which tells trouble to the system's log. Returns when it is
// mounted and answers. No thread may have been started before.
[[nodiscard]] Result<void> mount_in_background(const ServedImages& images,
                                               FuseMountOptions options);
// Only what was mounted by the two above.
[[nodiscard]] Result<void> unmount(const std::string& folder);

}  // namespace tintype
