#include "engine/job/job_target.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

namespace tintype {
namespace fs = std::filesystem;

Result<void> JobTarget::try_open(const Request& request) {
  if (request.file_bytes != 0 && request.file_bytes < request.volume_bytes)
    return plain_error(fmt::format("a file of {} bytes is too small: the volume has {}",
                                   request.file_bytes, request.volume_bytes),
                       "choose a larger --size, or leave it out");
  std::error_code code;
  const fs::file_status status = fs::status(request.path, code);
  if (!fs::exists(status)) {
    const fs::path parent = fs::absolute(request.path).parent_path();
    if (!fs::is_directory(parent, code))
      return plain_error(fmt::format("the folder {} does not exist", parent.string()),
                         "make it first");
    return {};
  }
  if (fs::is_directory(status))
    return plain_error(fmt::format("{} is a folder", request.path),
                       "name a file or a block device");
  if (fs::is_block_file(status)) {
    if (!request.overwrite)
      return plain_error(
          fmt::format("{} is a device and everything on it would be lost", request.path),
          "add --overwrite if that is what you want");
    return {};
  }
  if (!request.overwrite)
    return plain_error(fmt::format("{} exists", request.path),
                       "name a new file, or add --overwrite");
  if (!fs::is_regular_file(status))
    return plain_error(fmt::format("{} is neither a file nor a block device", request.path));
  return {};
}

Result<JobTarget> JobTarget::open(const Request& request) {
  TINTYPE_CHECK(try_open(request));
  JobTarget target;
  target.file_bytes_ = std::max(request.volume_bytes, request.file_bytes);
  std::error_code code;
  if (!fs::exists(request.path, code)) {
    TINTYPE_TRY(auto aside, DurableFile::create(request.path, Caching::direct_if_possible));
    target.aside_.emplace(std::move(aside));
  } else {
    TINTYPE_TRY(target.existing_, File::open_target(request.path, Caching::direct_if_possible));
    const Geometry& geometry = target.existing_.geometry();
    if (geometry.block_device) {
      if (geometry.size_bytes < request.volume_bytes)
        return plain_error(fmt::format("{} has {} bytes, the volume has {}", request.path,
                                       geometry.size_bytes, request.volume_bytes),
                           "choose a device at least as large");
      if (request.file_bytes != 0)
        return plain_error(fmt::format("{} is a device: it has the size it has", request.path),
                           "leave out --size");
      return target;
    }
    TINTYPE_CHECK(target.existing_.set_size(0));
  }
  TINTYPE_CHECK(target.file().set_size(target.file_bytes_));
  // A target that is too full says so now and not after hours; and direct writes into reserved
  // space go on side by side, while those that fill holes wait for one another.
  for (const Extent& extent : request.data)
    TINTYPE_CHECK(target.file().preallocate(extent.offset, extent.length));
  return target;
}

std::uint64_t JobTarget::size_bytes() const noexcept {
  return file().geometry().block_device ? file().geometry().size_bytes : file_bytes_;
}

Result<void> JobTarget::commit() {
  // The last write was rounded up to whole sectors.
  if (!file().geometry().block_device) TINTYPE_CHECK(file().set_size(file_bytes_));
  if (aside_) return aside_->commit();
  return existing_.sync();
}

}  // namespace tintype
