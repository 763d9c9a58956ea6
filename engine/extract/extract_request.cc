#include "engine/extract/extract_request.h"

#include "io/filesystem/glob.h"

namespace tintype {

ExtractRequest::ExtractRequest(std::string path) : path_(std::move(path)) {
  while (path_.size() > 1 && (path_.ends_with('/') || path_.ends_with('\\'))) path_.pop_back();
  const bool anywhere = path_.find_first_of("/\\") == std::string::npos;
  literal_ = path_.starts_with('/') ? path_ : "/" + path_;
  below_ = path_ == "/" ? "**" : anywhere ? "**/" + path_ + "/**" : path_ + "/**";
}

bool ExtractRequest::fits(const std::string& path) const {
  return path == literal_ ||
         (path.size() > literal_.size() && path.starts_with(literal_) &&
          path[literal_.size()] == '/') ||
         glob_matches(path_, path) || glob_matches(below_, path);
}

}  // namespace tintype
