#include "engine/guard/job_target.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "engine/guard/target_guard.h"
#include "hashing/counted.h"

namespace tintype {
namespace fs = std::filesystem;

namespace {

constexpr Caching kCaching = Caching::direct_if_possible;

// A link stays a link: what it leads to is replaced.
std::string final_path_of(const std::string& path) {
  std::error_code code;
  if (!fs::is_symlink(fs::symlink_status(path, code))) return path;
  const fs::path real = fs::weakly_canonical(path, code);
  return code ? path : real.string();
}

// An existing file, of which nothing is to be kept but what it is until the new one is complete.
bool is_replaced(const JobTarget::Request& request) {
  std::error_code code;
  return !request.in_place && !request.keep_content && fs::is_regular_file(request.path, code);
}

}  // namespace

std::string JobTarget::aside_path(const std::string& path) {
  return final_path_of(path) + ".partial";
}

Result<void> JobTarget::try_open(const Request& request) {
  if (request.file_bytes != 0 && request.file_bytes < request.volume_bytes)
    return plain_error(fmt::format("a file of {} is too small: the volume has {}",
                                   counted(request.file_bytes, "byte"), request.volume_bytes),
                       "choose a larger --size, or leave it out");
  TINTYPE_CHECK(check_target_usable(request.path));
  std::error_code code;
  const fs::file_status status = fs::status(request.path, code);
  if (!fs::exists(status)) {
    const fs::path parent = fs::absolute(request.path).parent_path();
    if (!fs::is_directory(parent, code))
      return plain_error(fmt::format("the folder {} does not exist", parent.string()),
                         "make it first");
    if (request.resume && kept_path(request).empty())
      return plain_error(fmt::format("there is nothing to go on with: neither {} nor {} is there",
                                     request.path, aside_path(request.path)),
                         "leave out --resume to begin");
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
  if (request.resume && kept_path(request).empty())
    return plain_error(
        fmt::format("there is nothing to go on with: {} is not there", aside_path(request.path)),
        "leave out --resume to begin; what --in-place left is gone on with by both");
  return {};
}

std::string JobTarget::kept_path(const Request& request) {
  if (!request.keep_content && !request.resume) return "";
  std::error_code code;
  if (fs::exists(request.path, code) && !is_replaced(request)) return request.path;
  const std::string partial = aside_path(request.path);
  return request.resume && fs::exists(fs::symlink_status(partial, code)) ? partial : "";
}

// Two runs must not write one file. A file system without locks has to do without this guard.
Result<void> JobTarget::lock(const std::string& path) {
  auto lock = FileLock::try_lock(path, FileLock::IfMissing::fail);
  if (lock) {
    lock_ = *std::move(lock);
  } else if (lock.error().code == std::errc::resource_unavailable_try_again) {
    return plain_error(fmt::format("{} is being written by another run", path),
                       "wait for it, or choose another name");
  }
  return {};
}

void JobTarget::use_cache_if_unaligned(std::uint64_t alignment) {
  const Geometry& geometry = file().geometry();
  if (!geometry.direct || std::max(geometry.sector_bytes, geometry.memory_alignment) <= alignment)
    return;
  if (aside_)
    aside_->use_page_cache();
  else
    existing_.use_page_cache();
}

Result<JobTarget> JobTarget::open(const Request& request) {
  TINTYPE_CHECK(try_open(request));
  JobTarget target;
  target.file_bytes_ = std::max(request.volume_bytes, request.file_bytes);
  const std::string kept = kept_path(request);
  target.keeps_content_ = !kept.empty();
  std::error_code code;
  target.replaces_ = is_replaced(request);
  if (target.replaces_ || !fs::exists(request.path, code)) {
    const std::string final_path = final_path_of(request.path);
    const std::string partial = aside_path(request.path);
    if (fs::exists(partial, code)) TINTYPE_CHECK(target.lock(partial));
    const auto if_taken =
        target.replaces_ ? DurableFile::IfTaken::replace : DurableFile::IfTaken::refuse;
    TINTYPE_TRY(auto aside, kept.empty() ? DurableFile::create(final_path, kCaching,
                                                               request.permissions, if_taken)
                                         : DurableFile::resume(final_path, kCaching, if_taken));
    target.aside_.emplace(std::move(aside));
    target.lock_.reset();  // perhaps of a left-over that is gone
    TINTYPE_CHECK(target.lock(partial));
    target.use_cache_if_unaligned(request.alignment);
    return target;
  }
  TINTYPE_TRY(target.existing_, File::open_target(request.path, kCaching));
  target.use_cache_if_unaligned(request.alignment);
  const Geometry& geometry = target.existing_.geometry();
  if (!geometry.block_device) {
    TINTYPE_CHECK(target.lock(request.path));
    return target;
  }
  if (geometry.size_bytes < request.volume_bytes)
    return plain_error(fmt::format("{} has {} bytes, the volume has {}", request.path,
                                   geometry.size_bytes, request.volume_bytes),
                       "choose a device at least as large");
  if (request.file_bytes != 0)
    return plain_error(fmt::format("{} is a device: it has the size it has", request.path),
                       "leave out --size");
  return target;
}

Result<void> JobTarget::begin(const ExtentList& data) {
  if (file().geometry().block_device) return {};
  if (!keeps_content_) TINTYPE_CHECK(file().set_size(0));
  TINTYPE_CHECK(file().set_size(file_bytes_));
  // Direct writes into reserved space go on side by side; those that fill holes wait for one
  // another.
  for (const Extent& extent : data)
    if (auto reserved = file().preallocate(extent.offset, extent.length); !reserved) {
      Error error = std::move(reserved).error();
      if (replaces_ && error.code == std::errc::no_space_on_device)
        error.hint += "; or --in-place writes into the old file, which is lost then";
      return tl::unexpected(std::move(error));
    }
  return {};
}

std::uint64_t JobTarget::size_bytes() const noexcept {
  return file().geometry().block_device ? file().geometry().size_bytes : file_bytes_;
}

tl::unexpected<Error> JobTarget::broken_off(Error error) const {
  if (!aside_) error.what += fmt::format("; {} holds an incomplete volume now", existing_.path());
  return tl::unexpected(std::move(error));
}

Result<void> JobTarget::commit() {
  // The last write was rounded up to whole sectors.
  if (!file().geometry().block_device) TINTYPE_CHECK(file().set_size(file_bytes_));
  if (aside_) return aside_->commit();
  return existing_.sync();
}

}  // namespace tintype
