#include "engine/pipeline/pass_runner.h"

#include <fmt/format.h>

#include "io/environment_error.h"
#include "io/file/remote_reader.h"

namespace tintype {

bool is_medium_error(int error_number) noexcept {
  return error_number != 0 &&
         !is_environment({std::error_code(error_number, std::generic_category()), {}, {}});
}

tl::unexpected<Error> stopped_error() {
  return tl::unexpected(
      Error{std::make_error_code(std::errc::operation_canceled), "stopped on request", {}});
}

tl::unexpected<Error> too_many_unreadable_error(const std::string& path) {
  return plain_error(fmt::format("more than {} MiB of {} cannot be read: giving up",
                                 kUnreadableBytesMax >> 20, path),
                     "the medium is failing; rescue it with ddrescue first");
}

tl::unexpected<Error> ended_early_error(const File& file, std::uint64_t offset) {
  return plain_error(
      fmt::format("{} ended at offset {} while it was being read", file.path(), offset),
      "it became shorter: read a snapshot, not a file in use");
}

tl::unexpected<Error> read_error(int error_number, const File& file, std::uint64_t offset) {
  if (file.remote() != nullptr)
    return tl::unexpected(file.remote()->read_error(error_number, offset));
  return system_error_at(error_number, "read", file.path(), offset);
}

tl::unexpected<Error> write_error(int error_number, const File& file, std::uint64_t offset) {
  auto error = system_error_at(error_number, "write", file.path(), offset);
  if (is_out_of_space(error_number))
    error.value().hint = "free some space on the target and run again";
  return error;
}

}  // namespace tintype
