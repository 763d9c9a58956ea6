#include "tools/session/request_watch.h"

#include <algorithm>
#include <set>

namespace tintype {

void RequestWatch::look(const std::vector<InFlightBoard::Seen>& seen, double seconds) {
  std::map<unsigned, Watched> now;
  std::set<std::string> moving;
  for (const auto& [request, path] : seen) {
    Watched watched{request.number,
                    {request.verb, std::string(request.path), request.offset, 0},
                    request.patience};
    const auto before = slots_.find(request.slot);
    if (before != slots_.end() && before->second.number == request.number) {
      watched.request.seconds = before->second.request.seconds + seconds;
      slots_.erase(before);
    } else {
      moving.insert(watched.request.path);
    }
    now.emplace(request.slot, std::move(watched));
  }
  for (const auto& [slot, over] : slots_) moving.insert(over.request.path);
  slots_ = std::move(now);
  std::map<std::string, double> quiet;
  for (const auto& [slot, watched] : slots_) {
    const std::string& path = watched.request.path;
    const auto before = quiet_seconds_.find(path);
    quiet[path] =
        moving.contains(path) || before == quiet_seconds_.end() ? 0 : before->second + seconds;
  }
  quiet_seconds_ = std::move(quiet);
}

std::optional<WaitingRequest> RequestWatch::longest() const {
  std::optional<WaitingRequest> found;
  for (const auto& [slot, watched] : slots_)
    if (!found || watched.request.seconds > found->seconds) found = watched.request;
  return found;
}

std::optional<WaitingRequest> RequestWatch::lost(double patience_seconds) const {
  for (const auto& [slot, watched] : slots_)
    if (watched.patience == Patience::soon && watched.request.seconds >= patience_seconds &&
        quiet_seconds_.at(watched.request.path) >= patience_seconds)
      return watched.request;
  return std::nullopt;
}

}  // namespace tintype
