#include "io/result.h"

#include <fmt/format.h>

#include "io/process_limits.h"

namespace tintype {

std::string Error::line() const {
  return hint.empty() ? what : fmt::format("{} ({})", what, hint);
}

tl::unexpected<Error> system_error(int error_number, std::string_view operation,
                                   std::string_view path, std::string hint) {
  const std::error_code code(error_number, std::generic_category());
  if (hint.empty()) hint = limit_hint(error_number);
  return tl::unexpected(Error{
      code, fmt::format("cannot {} {}: {}", operation, path, code.message()), std::move(hint)});
}

tl::unexpected<Error> system_error_at(int error_number, std::string_view operation,
                                      std::string_view path, std::uint64_t offset) {
  const std::error_code code(error_number, std::generic_category());
  return tl::unexpected(Error{
      code, fmt::format("cannot {} {} at offset {}: {}", operation, path, offset, code.message()),
      limit_hint(error_number)});
}

tl::unexpected<Error> plain_error(std::string what, std::string hint) {
  return tl::unexpected(Error{{}, std::move(what), std::move(hint)});
}

}  // namespace tintype
