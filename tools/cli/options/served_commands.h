// Help of the commands that show what is in images without restoring it: serve, mount, unmount,
// export. Each has a text, and examples that stand at its end.
#pragma once

#include <string_view>

namespace tintype {

extern const std::string_view kServe, kServeEnd;
extern const std::string_view kMount, kMountEnd;
extern const std::string_view kUnmount, kUnmountEnd;
extern const std::string_view kExport, kExportEnd;

}  // namespace tintype
