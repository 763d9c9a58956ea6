#include "io/file/durable_file.h"

#include <filesystem>
#include <utility>

namespace tintype {
namespace {

namespace fs = std::filesystem;

tl::unexpected<Error> name_is_taken(const std::string& path) {
  return system_error(static_cast<int>(std::errc::file_exists), "create", path,
                      "an existing file is never replaced: choose another name");
}

// Anything but "not found" shows again, with its reason, when the file is created. Only a file is
// ever replaced: no folder, no device, no link.
bool is_taken(const std::string& path, DurableFile::IfTaken if_taken) {
  std::error_code code;
  const fs::file_status status = fs::symlink_status(path, code);
  return fs::exists(status) &&
         !(if_taken == DurableFile::IfTaken::replace && fs::is_regular_file(status));
}

}  // namespace

Result<DurableFile> DurableFile::create(const std::string& final_path, Caching caching,
                                        Permissions permissions, IfTaken if_taken) {
  if (is_taken(final_path, if_taken)) return name_is_taken(final_path);
  std::error_code code;
  const std::string partial_path = final_path + ".partial";
  const fs::file_status left_over = fs::symlink_status(partial_path, code);
  if (fs::is_directory(left_over)) return name_is_taken(partial_path);
  if (fs::exists(left_over) && !fs::remove(partial_path, code) && code)
    return system_error(code.value(), "remove the unfinished", partial_path);

  DurableFile created;
  TINTYPE_TRY(created.file_, File::create(partial_path, caching, permissions));
  created.final_path_ = final_path;
  created.partial_path_ = partial_path;
  created.if_taken_ = if_taken;
  return created;
}

Result<DurableFile> DurableFile::resume(const std::string& final_path, Caching caching,
                                        IfTaken if_taken) {
  if (is_taken(final_path, if_taken)) return name_is_taken(final_path);
  std::error_code code;
  const std::string partial_path = final_path + ".partial";
  const fs::file_status left_over = fs::symlink_status(partial_path, code);
  if (!fs::exists(left_over))
    return system_error(static_cast<int>(std::errc::no_such_file_or_directory), "go on with",
                        partial_path);
  if (!fs::is_regular_file(left_over))
    return plain_error("cannot go on with " + partial_path + ": it is no file");
  DurableFile resumed;
  TINTYPE_TRY(resumed.file_, File::open_target(partial_path, caching));
  resumed.final_path_ = final_path;
  resumed.partial_path_ = partial_path;
  resumed.if_taken_ = if_taken;
  resumed.keep_partial_ = true;
  return resumed;
}

DurableFile::DurableFile(DurableFile&& other) noexcept
    : file_(std::move(other.file_)),
      final_path_(std::move(other.final_path_)),
      partial_path_(std::exchange(other.partial_path_, {})),
      if_taken_(other.if_taken_),
      committed_(other.committed_),
      keep_partial_(other.keep_partial_) {}

DurableFile::~DurableFile() {
  if (partial_path_.empty() || committed_ || keep_partial_) return;
  std::error_code ignored;
  fs::remove(partial_path_, ignored);
}

Result<void> DurableFile::commit() {
  if (!file_.is_open())
    return plain_error("cannot finish " + final_path_ + ": it was closed before");
  const File file =
      std::move(file_);  // closed on every way out: a failed commit is not tried again
  std::error_code code;
  if (if_taken_ == IfTaken::replace && fs::exists(final_path_, code))
    take_over_owner_and_mode(file, final_path_);
  TINTYPE_CHECK(file.sync());
  // Another program may have taken our ".partial" for a left-over and begun its own: its unfinished
  // bytes must not get the final name.
  const auto named = File::open_source(partial_path_, Caching::page_cache);
  if (!named || !named->is_same_file_as(file)) {
    keep_partial_ = true;  // whatever stands there may not be ours
    if (!named && named.error().code != std::errc::no_such_file_or_directory)
      return tl::unexpected(named.error());
    return plain_error("cannot finish " + final_path_ + ": " + partial_path_ +
                           " was replaced while it was written",
                       "is another backup writing to the same place?");
  }
  if (is_taken(final_path_, if_taken_)) return name_is_taken(final_path_);
  if (if_taken_ == IfTaken::replace)
    TINTYPE_CHECK(replace_durably(partial_path_, final_path_));
  else
    TINTYPE_CHECK(rename_durably(partial_path_, final_path_));
  committed_ = true;
  return {};
}

Result<void> write_durably(const std::string& final_path, std::string_view content,
                           Permissions permissions) {
  TINTYPE_TRY(DurableFile file, DurableFile::create(final_path, Caching::page_cache, permissions));
  TINTYPE_CHECK(file.file().write_at(0, std::as_bytes(std::span(content))));
  return file.commit();
}

}  // namespace tintype
