#include "io/environment_error.h"

#include <gtest/gtest.h>

#include <cerrno>

namespace tintype {
namespace {

TEST(EnvironmentError, IsTheMachinesAndNeitherTheMediumsNorTheBytes) {
  for (const int number : {EMFILE, ENFILE, ENOMEM, EPERM, EACCES, ENOSYS, ENOTCONN, ENXIO})
    EXPECT_TRUE(is_environment(system_error(number, "read", "x").value())) << number;
  for (const int number : {EIO, ENODATA, EREMOTEIO, EILSEQ, EBADMSG, EUCLEAN, ETIMEDOUT})
    EXPECT_FALSE(is_environment(system_error(number, "read", "x").value())) << number;
  EXPECT_FALSE(is_environment(plain_error("the table is damaged").value()));
}

}  // namespace
}  // namespace tintype
