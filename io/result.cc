#include "io/result.h"

#include <fmt/format.h>

#include <cerrno>

#include "io/process_limits.h"

namespace tintype {

namespace {

// What to do about it, where nobody who knows more said so.
std::string hint_of(int error_number) {
  return error_number == EACCES ? "run as root, or give this user access to it"
                                : limit_hint(error_number);
}

}  // namespace

std::string Error::line() const {
  return hint.empty() ? what : fmt::format("{} ({})", what, hint);
}

tl::unexpected<Error> system_error(int error_number, std::string_view operation,
                                   std::string_view path, std::string hint) {
  const std::error_code code(error_number, std::generic_category());
  if (hint.empty()) hint = hint_of(error_number);
  return tl::unexpected(Error{
      code, fmt::format("cannot {} {}: {}", operation, path, code.message()), std::move(hint)});
}

tl::unexpected<Error> system_error_at(int error_number, std::string_view operation,
                                      std::string_view path, std::uint64_t offset) {
  const std::error_code code(error_number, std::generic_category());
  return tl::unexpected(Error{
      code, fmt::format("cannot {} {} at offset {}: {}", operation, path, offset, code.message()),
      hint_of(error_number)});
}

tl::unexpected<Error> usage_error(std::string what, std::string hint) {
  return tl::unexpected(Error{std::make_error_code(std::errc::argument_out_of_domain),
                              std::move(what), std::move(hint)});
}

bool is_usage_error(const Error& error) noexcept {
  return error.code == std::errc::argument_out_of_domain;
}

tl::unexpected<Error> plain_error(std::string what, std::string hint) {
  return tl::unexpected(Error{{}, std::move(what), std::move(hint)});
}

}  // namespace tintype
