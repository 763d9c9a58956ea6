// Front door: files, or one database with the logs it needs, out of volume images into a folder.
//
// Every chunk is checked before a byte of it is written, and a file under its own name is whole:
// one with a part that is lost has zeros there and is called NAME.damaged.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/image/read/image_source.h"
#include "engine/job/job_options.h"
#include "engine/job/pass_outcome.h"
#include "io/filesystem/filesystem_map.h"
#include "io/permissions.h"
#include "io/result.h"
#include "verify/ese/stream/ese_stream_report.h"

namespace tintype {

struct ExtractOptions {
  struct Source {
    ImageSource image;                       // a .tint file
    std::string volume;                      // its name in the set; "" for an image by itself
    std::optional<std::uint32_t> partition;  // of a disk only this one
  };
  std::vector<Source> sources;
  // Globs (see glob.h) or paths as they are: files, and folders with all that is below them. With
  // several sources, files lie below a folder of the volume's name.
  std::vector<std::string> paths;
  // Or a database, by its file name or path: it comes to FOLDER/NAME, the logs and the checkpoint
  // that its recovery needs to FOLDER/Logs, from whatever source they are in.
  std::string component;
  std::string component_volume;  // the source it lies in; "" for any
  std::string folder;
  bool overwrite = false;
  bool read_back = true;
  bool dry_run = false;
  // Files get the mode they have on the volume, if it tells one, else they are the user's alone. Or
  // all by his umask.
  Permissions permissions = Permissions::owner_only;
  PassOptions pass;
};

struct ExtractedFile {
  enum class State : std::uint8_t {
    whole,     // under its name
    damaged,   // under NAME.damaged: `losses` are zeros in it
    skipped,   // not there; `problem` says why
    planned,   // a dry run
    not_made,  // a device, a pipe, a socket: counted, and said
  };
  struct Loss {
    Extent range;  // of the file
    std::string why;
    bool in_image = false;  // a damaged chunk; else the backup never had it
  };
  std::string volume;
  std::string path;     // on the volume
  std::string target;   // below the folder
  std::string link_to;  // target of the file that this is another name of; "" if it is none
  std::uint64_t size_bytes = 0;
  State state = State::skipped;
  std::string problem;
  std::string metadata;  // what of them could not be set on a file that is there
  std::vector<Loss> losses;
};
[[nodiscard]] std::string_view to_string(ExtractedFile::State state) noexcept;

// A folder, a symbolic link, or what is not made.
struct ExtractedNode {
  std::string volume;
  FileNode node;
  std::string target;  // below the folder
  ExtractedFile::State state = ExtractedFile::State::skipped;
  std::string problem;

  [[nodiscard]] bool is_link() const { return node.kind == FileNode::Kind::symbolic_link; }
};

struct ExtractOutcome {
  PassOutcome pass;                  // over all sources; the component's database is in `databases`
  std::vector<ExtractedFile> files;  // by volume and path, then by volume those with a `link_to`
  std::vector<ExtractedNode> nodes;  // by volume and path
  std::vector<std::string> damage;   // of images: files may be missing
  std::vector<std::string> doubts;   // about volumes as the backup found them
  // Of a component: can it be recovered from what lies in the folder now, and the line to run
  // there. Nothing in a dry run.
  std::optional<EseStreamReport> stream;
  bool unnamed = false;  // names could not be given: not for what they are, the medium failed

  // Something of an image is not what was written.
  [[nodiscard]] bool image_damaged() const noexcept;
  // Everything asked for is there and whole, and the component can be recovered.
  [[nodiscard]] bool sound() const noexcept;
};

// An error means that nothing was put into the folder. With code std::errc::bad_message an image is
// damaged; a PATH that fits no file is an error as well.
[[nodiscard]] Result<ExtractOutcome> run_extract(const ExtractOptions& options,
                                                 JobMonitor& monitor);

}  // namespace tintype
