// The headers of one member of a pax archive, as libarchive writes them: metadata of a file,
// folder, link or device in, bytes out.
//
// Owners are numbers; their names are nobody's business but the system's that the folder is of.
// Names of files are bytes. Where one is not ASCII the header says so ("hdrcharset=BINARY"),
// because a reader would otherwise be free to normalise it.
#pragma once

#include <sys/stat.h>

#include <string>
#include <vector>

#include "io/extent.h"
#include "io/folder/archive_library.h"
#include "io/result.h"

namespace tintype {

class MemberHeaders {
 public:
  // libarchive is loaded.
  MemberHeaders();
  ~MemberHeaders();
  MemberHeaders(const MemberHeaders&) = delete;
  MemberHeaders& operator=(const MemberHeaders&) = delete;

  struct Request {
    std::string path;             // in the archive; a folder's ends in no slash
    std::string found_at;         // where its metadata are read; no link on the way
    int handle = -1;              // of a regular file that is open
    const struct stat* status{};  // of it
    std::string hard_link_to;     // path of an earlier member; "" if it is none
    bool sparse = false;
    ExtentList runs;  // if it is sparse
  };
  struct Headers {
    std::vector<std::byte> bytes;  // whole blocks; of a sparse file the map of its runs too
    std::size_t map_bytes = 0;     // of them: that map
    std::string problem;           // metadata that could not be read or told; "" if all were
  };
  [[nodiscard]] Result<Headers> make(const Request& request);

 private:
  ArchiveHandle disk_;
};

}  // namespace tintype
