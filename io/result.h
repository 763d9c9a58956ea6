// How a failing environment is reported: as a value. (A bug aborts; bad user data is a finding.)
//
// An Error is one line a tired admin can act on: what failed, where, and what to do about it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>
#include <tl/expected.hpp>

namespace tintype {

struct Error {
  std::error_code code;  // the system's word, if the system said no; empty for format errors
  std::string what;      // "cannot read /dev/sdb at offset 4096: Input/output error"
  std::string hint;      // what to do, "" if nothing helps

  // "what (hint)": one line, no trailing full stop.
  [[nodiscard]] std::string line() const;
};

template <class T>
using Result = tl::expected<T, Error>;

// A std::errc (errno has the same numbers) as an Error: "cannot {operation} {path}: {words}".
[[nodiscard]] tl::unexpected<Error> system_error(int error_number, std::string_view operation,
                                                 std::string_view path, std::string hint = {});
[[nodiscard]] tl::unexpected<Error> system_error_at(int error_number, std::string_view operation,
                                                    std::string_view path, std::uint64_t offset);
// Anything that is not one: a damaged format, a request that makes no sense.
[[nodiscard]] tl::unexpected<Error> plain_error(std::string what, std::string hint = {});
// What no machine could do, however sound: the request itself is wrong, and its words are to be
// changed. Its code is one that no system call here returns.
[[nodiscard]] tl::unexpected<Error> usage_error(std::string what, std::string hint = {});
[[nodiscard]] bool is_usage_error(const Error& error) noexcept;

}  // namespace tintype

#define TINTYPE_CONCAT_INNER(a, b) a##b
#define TINTYPE_CONCAT(a, b) TINTYPE_CONCAT_INNER(a, b)

// TINTYPE_TRY(auto file, File::open_source(path)): declares `file`, or returns the error.
#define TINTYPE_TRY(declaration, expression) \
  TINTYPE_TRY_INNER(TINTYPE_CONCAT(tintype_result_, __LINE__), declaration, expression)
#define TINTYPE_TRY_INNER(result, declaration, expression)       \
  auto result = (expression);                                    \
  if (!result) return tl::unexpected(std::move(result).error()); \
  declaration = *std::move(result)

// TINTYPE_CHECK(file.sync()): returns the error of a Result<void>.
#define TINTYPE_CHECK(expression)                               \
  do {                                                          \
    if (auto tintype_result = (expression); !tintype_result)    \
      return tl::unexpected(std::move(tintype_result).error()); \
  } while (false)
