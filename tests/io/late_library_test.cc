#include "io/late_library.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <cmath>

namespace tintype {
namespace {

using ::testing::HasSubstr;

struct MathLibrary : LateLibrary {
  MathLibrary() : LateLibrary("libm.so.6", "libc6") {}
  TINTYPE_LATE(floorf);
};
struct WrongLibrary : LateLibrary {
  WrongLibrary() : LateLibrary("libcom_err.so.2", "libcom-err2") {}
  TINTYPE_LATE(floorf);
};
struct MissingLibrary : LateLibrary {
  MissingLibrary() : LateLibrary("libnowhere.so.7", "libnowhere7") {}
  TINTYPE_LATE(floorf);
  TINTYPE_LATE(getpid);
};

TEST(LateLibrary, GivesTheFunctionsOfALoadedLibrary) {
  const MathLibrary library;
  ASSERT_TRUE(library.is_loaded());
  EXPECT_EQ(library.floorf(2.5F), 2.0F);
}

TEST(LateLibrary, NamesTheFileThatIsNotThereAndItsPackage) {
  const auto loaded = MissingLibrary().is_loaded();
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().line(),
            "cannot load libnowhere.so.7: cannot open shared object file: No such file or "
            "directory (apt-get install libnowhere7)");
}

TEST(LateLibrary, NamesTheFunctionThatALibraryLacks) {
  const auto loaded = WrongLibrary().is_loaded();
  ASSERT_FALSE(loaded);
  EXPECT_THAT(loaded.error().line(), HasSubstr("libcom_err.so.2: undefined symbol: floorf"));
}

}  // namespace
}  // namespace tintype
