#include "engine/store/image_store.h"

#include <fmt/format.h>

#include "engine/store/folder_store.h"

namespace tintype {

std::string ImageStore::path_of(std::string_view object) const {
  return fmt::format("{}/{}", location(), object);
}

std::string set_object(std::string_view key, std::string_view name) {
  return name.empty() ? fmt::format("sets/{}", key) : fmt::format("sets/{}/{}", key, name);
}

std::string verdict_object(std::string_view name) {
  return fmt::format("{}/{}", kVerdictsName, name);
}

std::string adoption_hint(std::string_view location) {
  return fmt::format("tintype init {} --adopt writes a new one; the sets stay as they are",
                     location);
}

std::shared_ptr<ImageStore> open_store(const std::string& location) {
  return std::make_shared<FolderStore>(location);
}

Result<std::shared_ptr<ImageStore>> create_store(const std::string& location, std::string_view head,
                                                 std::string_view id, Permissions permissions) {
  TINTYPE_CHECK(FolderStore::make(location, head, id, permissions));
  return open_store(location);
}

}  // namespace tintype
