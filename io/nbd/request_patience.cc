#include "io/nbd/request_patience.h"

#include <algorithm>
#include <atomic>

namespace tintype {
namespace {

constexpr std::chrono::seconds kForEver = std::chrono::hours(24 * 365);

std::atomic<std::chrono::seconds> patience_of_all{std::chrono::seconds(60)};

}  // namespace

void set_request_patience(std::chrono::seconds patience) noexcept {
  patience_of_all = patience.count() > 0 ? std::min(patience, kForEver) : kForEver;
}

std::chrono::milliseconds request_patience() noexcept {
  return patience_of_all.load();
}

}  // namespace tintype
