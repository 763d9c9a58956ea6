#include "tools/session/json_events.h"

namespace tintype {

void JsonEvents::write(std::string_view type, const JsonObject& members) {
  const JsonObject event = JsonObject().add("schema", kSchema).add("type", type).merge(members);
  out_ << event.str() << '\n' << std::flush;
}

void JsonEvents::progress(const Progress& progress, double now) {
  if (last_progress_ >= 0 && progress.phase == last_phase_ && now - last_progress_ < 1) return;
  last_progress_ = now;
  last_phase_ = progress.phase;
  write("progress", JsonObject()
                        .add("phase", to_string(progress.phase))
                        .add("volume", progress.volume)
                        .add("total_bytes", progress.total_bytes)
                        .add("read_bytes", progress.read_bytes)
                        .add("written_bytes", progress.written_bytes)
                        .add("read_back_bytes", progress.read_back_bytes)
                        .add("unreadable_bytes", progress.unreadable_bytes)
                        .add("seconds", progress.seconds)
                        .add("read_share", read_share(progress.times))
                        .add("compute_share", progress.times.share(Stage::compute))
                        .add("write_share", write_share(progress.times))
                        .add("read_back_share", progress.times.share(Stage::read_back))
                        .add("limiting", to_string(progress.limiting)));
}

}  // namespace tintype
