// Front door: image → the disk file of a virtual machine. qemu-img writes it, from the image served
// over NBD, and is asked afterwards whether the file is sound and equal.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/image/read/chunk_cache.h"
#include "engine/image/read/image_source.h"
#include "engine/monitor/job_monitor.h"
#include "engine/read_back.h"
#include "io/extent.h"
#include "io/permissions.h"
#include "io/result.h"

namespace tintype {

enum class DiskFormat : std::uint8_t { raw, qcow2, vhdx, vhd, vmdk };
[[nodiscard]] std::string_view to_string(DiskFormat format) noexcept;
// "vhdx", and also "img" for raw; nothing if there is no such format.
[[nodiscard]] std::optional<DiskFormat> parse_disk_format(std::string_view word) noexcept;

struct ExportOptions {
  ImageSource image;                       // a .tint file
  std::optional<std::uint32_t> partition;  // of it only this one
  std::string target;
  DiskFormat format = DiskFormat::qcow2;  // not raw: that is run_restore()
  bool overwrite = false;                 // allow an existing file
  std::string plugin;                     // path of nbdkit-tintype-plugin.so
  std::uint64_t cache_bytes = kChunkCacheBytesDefault;
  Permissions permissions = Permissions::owner_only;  // of the file
};

struct ExportOutcome {
  std::uint64_t volume_bytes = 0;
  std::uint64_t data_bytes = 0;           // of it, what is no hole
  std::uint64_t file_bytes = 0;           // on disk
  bool checked = false;                   // by `qemu-img check`, if that knows the format
  ReadBack read_back = ReadBack::unsaid;  // from where the comparison read it
  ExtentList unreadable;  // what the backup could not read is zeros, as after a restore
  double seconds = 0;
};

// Written aside, in the folder TARGET.partial; it gets its name when it was found equal. A damaged
// image is an error with code std::errc::bad_message, a stop request operation_canceled.
[[nodiscard]] Result<ExportOutcome> run_export(const ExportOptions& options, JobMonitor& monitor);

}  // namespace tintype
