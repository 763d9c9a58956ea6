// What scans of a database's pages, and their owner, add up: verdicts, and the youngest page.
#pragma once

#include <cstdint>

#include "verify/page_verdict.h"
#include "verify/verify_report.h"

namespace tintype {

struct PageTotals {
  PageCounts counts;
  std::uint64_t highest_dbtime = 0;
  std::uint64_t highest_dbtime_page = 0;  // file page; of several the first

  // `time`: when the page was written, as its database counts (a dbtime, an LSN); 0 if it does not.
  void add(std::uint64_t file_page, PageVerdict verdict, std::uint64_t time) {
    ++counts.seen;
    switch (verdict) {
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
    if (verdict == PageVerdict::sound && time >> 63 == 0) add_time(time, file_page);
  }

  void add(const PageTotals& other) {
    counts.seen += other.counts.seen;
    counts.sound += other.counts.sound;
    counts.uninitialised += other.counts.uninitialised;
    counts.correctable += other.counts.correctable;
    counts.bad_checksum += other.counts.bad_checksum;
    counts.wrong_place += other.counts.wrong_place;
    counts.unreadable += other.counts.unreadable;
    add_time(other.highest_dbtime, other.highest_dbtime_page);
  }

 private:
  void add_time(std::uint64_t time, std::uint64_t file_page) {
    if (time > highest_dbtime || (time == highest_dbtime && file_page < highest_dbtime_page)) {
      highest_dbtime = time;
      highest_dbtime_page = file_page;
    }
  }
};

}  // namespace tintype
