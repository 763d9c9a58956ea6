// One volume image as a source of files: the image, the map of the file system in it, and what
// stands against trusting that map.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/extract/extract_job.h"
#include "engine/image/read/image_reader.h"
#include "io/filesystem/filesystem_map.h"

namespace tintype {

class ExtractSource {
 public:
  // Errors: the image cannot be opened, or no file system in it can be mapped. With code
  // std::errc::bad_message if the image is damaged.
  [[nodiscard]] static Result<ExtractSource> open(const ExtractOptions::Source& from);
  ExtractSource(ExtractSource&&) noexcept;
  ExtractSource& operator=(ExtractSource&&) = delete;
  ~ExtractSource();

  [[nodiscard]] const ImageReader& image() const noexcept;
  [[nodiscard]] const FilesystemMap& map() const noexcept;
  [[nodiscard]] const std::string& volume_name() const noexcept;  // "" of a bare image

  // As FilesystemMap::find(), by offsets of the image's volume, and a folder that cannot be read is
  // no error but a doubt.
  [[nodiscard]] Result<std::vector<FileEntry>> find(const FilesystemMap::Wanted& wanted,
                                                    std::vector<FileNode>* nodes = nullptr) const;

  // Bytes of a file that was found.
  [[nodiscard]] Result<void> read(const FileEntry& file, std::uint64_t offset,
                                  std::span<std::byte> bytes) const;

  // Asked when all the reading through the map is over. Why files may have been overlooked or read
  // wrong: "" if nothing stands against them.
  [[nodiscard]] std::string damage() const;  // a chunk of the image that metadata lie in
  [[nodiscard]] std::string doubt() const;   // what the backup could not read; a stale map

  // Parts of a file that the image cannot have: what the backup could not read, and what it did not
  // copy because the file system called it free. Zeros in the image. By file offset.
  struct Hole {
    Extent file_range;
    std::string why;
  };
  [[nodiscard]] std::vector<Hole> holes(const FileEntry& file) const;

 private:
  struct State;
  explicit ExtractSource(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace tintype
