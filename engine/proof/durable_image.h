// Proof that a volume's image stands whole under its final name: synced, renamed, directory synced,
// and that its stored bytes were read again and found equal. There are three ways to one: to commit
// the file, to read it again, or a record of a reading that the user is willing to believe.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "engine/manifest/manifest.h"
#include "engine/manifest/verdict.h"
#include "engine/proof/image_reading.h"
#include "engine/read_back.h"
#include "engine/store/image_store.h"

namespace tintype {

class DurableImage {
 public:
  // Commits `image`, which was read back so and found equal.
  [[nodiscard]] static Result<DurableImage> commit(NewImage& image, std::string volume,
                                                   ReadBack read_back);
  // All stored bytes of the volume's image were read again; it was opened as the one that the
  // manifest tells of, and `now` is what the store says of it since. Code std::errc::bad_message:
  // it is damaged.
  [[nodiscard]] static Result<DurableImage> read_again(const ImageReading& reading,
                                                       const VolumeManifest& volume,
                                                       const Result<FileStamp>& now);
  // `verdict` is of the image as it lies there now (VerdictStore::of) and sound.
  [[nodiscard]] static DurableImage recorded(const Verdict& verdict, const VolumeManifest& volume);

  [[nodiscard]] const std::string& volume() const noexcept { return volume_; }
  [[nodiscard]] ReadBack read_back() const noexcept { return read_back_; }
  [[nodiscard]] bool was_read_back() const noexcept { return tintype::was_read_back(read_back_); }
  // Of its file when that was proved.
  [[nodiscard]] const FileStamp& stamp() const noexcept { return stamp_; }

 private:
  DurableImage(std::string volume, ReadBack read_back, const FileStamp& stamp)
      : volume_(std::move(volume)), read_back_(read_back), stamp_(stamp) {}
  std::string volume_;
  ReadBack read_back_;
  FileStamp stamp_;
};

}  // namespace tintype
