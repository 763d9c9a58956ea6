// A store whose images are no files of this machine: they are read as those of an object storage
// will be, by requests that come back in any order.
#pragma once

#include <memory>

#include "engine/store/folder_store.h"
#include "support/thread_reader.h"

namespace tintype::test {

class FarStore final : public FolderStore {
 public:
  using FolderStore::FolderStore;

  [[nodiscard]] Result<std::shared_ptr<const File>> open_image(
      std::string_view object) const override {
    TINTYPE_TRY(const auto file, FolderStore::open_image(object));
    const auto far = std::make_shared<Far>(file);
    return std::shared_ptr<const File>(far, &far->remote);
  }

 private:
  struct Far {
    explicit Far(std::shared_ptr<const File> near)
        : file(std::move(near)), reader(*file), remote(reader.remote()) {}
    std::shared_ptr<const File> file;
    ThreadReader reader;
    File remote;
  };
};

}  // namespace tintype::test
