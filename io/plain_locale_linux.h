// For as long as one of these lives its thread has the locale "C". libarchive converts names by the
// thread's locale; in this one it has nothing to convert, and names stay the bytes they are.
#pragma once

#include <locale.h>

namespace tintype {

class PlainLocale {
 public:
  PlainLocale() : locale_(::newlocale(LC_ALL_MASK, "C", locale_t{})) {
    if (locale_ != locale_t{}) before_ = ::uselocale(locale_);
  }
  ~PlainLocale() {
    if (locale_ == locale_t{}) return;
    ::uselocale(before_);
    ::freelocale(locale_);
  }
  PlainLocale(const PlainLocale&) = delete;
  PlainLocale& operator=(const PlainLocale&) = delete;

 private:
  locale_t locale_, before_{};
};

}  // namespace tintype
