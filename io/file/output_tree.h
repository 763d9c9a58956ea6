// A folder that files are put into under names from elsewhere: a volume, an archive. The names are
// hostile: whatever they say, nothing outside the folder is touched, no link in it is followed, and
// nothing that exists is replaced unasked.
//
// Every file is written aside, numbered, in FOLDER/.tintype-unfinished, and gets its name when it
// is whole. So a run that dies leaves nothing under a name that could be taken for a file, and the
// next one removes what it left. One run at a time: a lock holds others off.
//
// Files and folders are their owner's alone until they are given a mode.
#pragma once

#include <cstdint>
#include <ctime>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "io/file/file.h"
#include "io/permissions.h"

namespace tintype {

inline constexpr std::string_view kOutputAside = ".tintype-unfinished";

class OutputTree {
 public:
  // Makes the folder if it is not there (its parent is). It may be reached through a link: its
  // path is the user's own.
  [[nodiscard]] static Result<OutputTree> open(const std::string& path,
                                               Permissions permissions = Permissions::owner_only);
  OutputTree(OutputTree&&) noexcept;
  OutputTree& operator=(OutputTree&&) = delete;
  ~OutputTree();  // removes what got no name

  [[nodiscard]] Result<std::uint64_t> free_bytes() const;
  // What already stands at a path below the folder, or in its way.
  enum class Taken : std::uint8_t { no, by_file, by_other };
  [[nodiscard]] Result<Taken> taken(const std::string& path) const;

  // A file without a name yet. `shown` is its path in messages.
  [[nodiscard]] Result<File> create(std::size_t number, const std::string& shown, Caching) const;
  [[nodiscard]] Result<File> reopen(std::size_t number, const std::string& shown, Caching) const;
  // A second number for what a first one stands for; each gets a name of its own.
  [[nodiscard]] Result<void> link(std::size_t number, std::size_t other) const;
  // A symbolic link without a name yet. Where it leads nobody looks.
  [[nodiscard]] Result<void> link_to_text(std::size_t number, const std::string& text) const;
  [[nodiscard]] Result<void> set_modified(std::size_t number, const std::timespec& time) const;
  // Of a file: what its owner may, by umask what all may. Without a mode it stays.
  [[nodiscard]] Result<void> set_mode(std::size_t number, std::optional<std::uint16_t> mode) const;
  // Everything written below the folder so far, and every name in it, survives a power cut. One
  // call for any number of files: the whole file system is synced.
  [[nodiscard]] Result<void> sync() const;
  // Makes the folders of the path and gives the file its name. Without `replace` an existing name
  // is an error; with it, a file or a link (itself, not what it leads to) is replaced, but none
  // that this run named: where a file system takes two names for one, the second is an error.
  [[nodiscard]] Result<void> name(std::size_t number, const std::string& path, bool replace) const;
  // Makes a folder where there is none.
  [[nodiscard]] Result<void> make_folder(const std::string& path) const;
  // When nothing more is put into it: the mode and time of a folder that this run made. One that
  // was there before stays as it is.
  [[nodiscard]] Result<void> finish_folder(const std::string& path,
                                           std::optional<std::uint16_t> mode,
                                           const std::optional<std::timespec>& modified) const;

 private:
  struct State;
  explicit OutputTree(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// Whether an error while a file was made or named is that file's alone, so that the others can go
// on: its name or size is none this file system takes, something is in its way, it may not be
// there. A full or failing medium is everybody's.
[[nodiscard]] bool concerns_one_file(const Error& error) noexcept;

// A path from a volume, "/Mailbox/DB1.edb", as one below an output folder, "Mailbox/DB1.edb":
// no empty component, "." or "..", none longer than a file system takes (its middle is replaced by
// a digest of it, its extension stays).
[[nodiscard]] std::string output_path(std::string_view volume_path);

}  // namespace tintype
