// Refuses targets whose overwriting would hurt somebody: what is in use, what is not what its name
// says, what is the source by another road.
#pragma once

#include <string>

#include "io/source/volume_spec.h"

namespace tintype {

// A device that is mounted, whole or in parts, is swap space, or that a loop device, a mapped
// device or an array is made of; a file behind a loop device; either, if another program has it
// open for writing; a read-only device; a plain file among the devices; a part of a repository.
// What does not exist is unused, if it may be made.
[[nodiscard]] Result<void> check_target_usable(const std::string& target);

// What a repository is made of: its sets, its verdicts, the file that makes it one. Other names in
// its folder are free.
[[nodiscard]] Result<void> refuse_part_of_repository(const std::string& target);

// A target that has bytes of the source, by whatever road: the same file or device under another
// name; the file behind a loop device, and the loop device over a file; a disk and its partition; a
// part of a mapped device or array; a file on the file system of the source. `source` is a file or
// device.
[[nodiscard]] Result<void> check_target_apart(const std::string& source, const std::string& target);
[[nodiscard]] Result<void> check_target_apart(const VolumeSpec& source, const std::string& target);

// The same of an NBD export, when it is connected: what its server, if it is one of this machine
// behind a Unix socket, has open. Returns what to warn of: nothing can be known of another server,
// and `target` exists. "" otherwise.
[[nodiscard]] Result<std::string> check_target_apart_from_server(const VolumeSpec& source,
                                                                 const std::string& target);

}  // namespace tintype
