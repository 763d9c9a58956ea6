// What scans of an ESE database, and their owner, add up: verdicts, and the youngest page.
#pragma once

#include <cstdint>

#include "verify/ese/page/ese_page_sums.h"
#include "verify/verify_report.h"

namespace tintype {

struct PageTotals {
  PageCounts counts;
  std::uint64_t highest_dbtime = 0;
  std::uint64_t highest_dbtime_page = 0;  // file page; of several the first

  void add(std::uint64_t file_page, const EsePageResult& result) {
    ++counts.seen;
    switch (result.verdict) {
      case PageVerdict::sound:
        ++counts.sound;
        break;
      case PageVerdict::uninitialised:
        ++counts.uninitialised;
        break;
      case PageVerdict::correctable:
        ++counts.correctable;
        break;
      case PageVerdict::bad_checksum:
        ++counts.bad_checksum;
        break;
      case PageVerdict::wrong_place:
        ++counts.wrong_place;
        break;
      case PageVerdict::unreadable:
        ++counts.unreadable;
        break;
    }
    // A time with its top bit set is no time.
    if (result.verdict == PageVerdict::sound && result.dbtime >> 63 == 0)
      add_dbtime(result.dbtime, file_page);
  }

  void add(const PageTotals& other) {
    counts.seen += other.counts.seen;
    counts.sound += other.counts.sound;
    counts.uninitialised += other.counts.uninitialised;
    counts.correctable += other.counts.correctable;
    counts.bad_checksum += other.counts.bad_checksum;
    counts.wrong_place += other.counts.wrong_place;
    counts.unreadable += other.counts.unreadable;
    add_dbtime(other.highest_dbtime, other.highest_dbtime_page);
  }

 private:
  void add_dbtime(std::uint64_t dbtime, std::uint64_t file_page) {
    if (dbtime > highest_dbtime || (dbtime == highest_dbtime && file_page < highest_dbtime_page)) {
      highest_dbtime = dbtime;
      highest_dbtime_page = file_page;
    }
  }
};

}  // namespace tintype
