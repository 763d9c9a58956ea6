#include "io/result.h"

#include <gtest/gtest.h>

#include <cerrno>

namespace tintype {
namespace {

Result<int> half(int number) {
  if (number % 2 != 0) return plain_error("cannot halve an odd number", "try another");
  return number / 2;
}

Result<int> quarter(int number) {
  TINTYPE_TRY(const int once, half(number));
  TINTYPE_TRY(const int twice, half(once));
  return twice;
}

Result<void> checked(int number) {
  TINTYPE_CHECK(half(number));
  return {};
}

TEST(Result, SystemErrorNamesOperationPathAndReason) {
  const Error error = system_error(ENOSPC, "write", "/mnt/x", "free some space").value();
  EXPECT_EQ(error.code, std::errc::no_space_on_device);
  EXPECT_EQ(error.what, "cannot write /mnt/x: No space left on device");
  EXPECT_EQ(error.line(), "cannot write /mnt/x: No space left on device (free some space)");
}

TEST(Result, SystemErrorAtNamesTheOffset) {
  EXPECT_EQ(system_error_at(EIO, "read", "/dev/sdb", 4096).value().line(),
            "cannot read /dev/sdb at offset 4096: Input/output error");
}

TEST(Result, PlainErrorHasNoCode) {
  EXPECT_FALSE(plain_error("damaged").value().code);
  EXPECT_EQ(plain_error("damaged").value().line(), "damaged");
}

TEST(Result, TryHandsOnTheValueOrTheFirstError) {
  EXPECT_EQ(quarter(12).value(), 3);
  ASSERT_FALSE(quarter(6).has_value());
  EXPECT_EQ(quarter(6).error().line(), "cannot halve an odd number (try another)");
  EXPECT_TRUE(checked(2).has_value());
  EXPECT_EQ(checked(3).error().what, "cannot halve an odd number");
}

}  // namespace
}  // namespace tintype
