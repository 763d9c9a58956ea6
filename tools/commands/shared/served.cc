#include "tools/commands/shared/served.h"

#include <fmt/format.h>

#include "tools/commands/shared/select_image.h"
#include "tools/text/units.h"

namespace tintype {

tl::expected<ServedImages, ExitCode> open_served(Session& session, const std::string& what) {
  const PartName part = parse_part_name(what);
  const auto selection = part.partition ? select_one(part.what, session.common().sets)
                                        : select_named(what, session.common().sets);
  if (!selection) return tl::unexpected(session.fail(selection.error()));
  warn_of_findings(session, *selection, part.what);
  const auto names = served_names(*selection, part.partition);
  if (!names) return tl::unexpected(session.fail(names.error()));
  ServedImages images;
  for (const ServedName& name : *names) {
    auto image = ServedImage::open(name);
    if (!image) return tl::unexpected(session.fail(image.error()));
    images.push_back(*std::move(image));
    if (const auto& unreadable = images.back()->image().epilogue().unreadable; !unreadable.empty())
      session.warn(fmt::format("{}: the backup could not read {} of this volume: tintype show {}",
                               name.name, bytes_text(total_bytes(unreadable)), name.image.path));
  }
  return images;
}

}  // namespace tintype
