// The built program with images to serve, mount and export, and an eye on what is left behind.
#pragma once

#include <gmock/gmock.h>
#include <unistd.h>
#include <algorithm>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <thread>

#include "engine/image/read/image_reader.h"
#include "engine/repository/repository.h"
#include "support/changed_environment.h"
#include "support/expect_ok.h"
#include "support/make_repository.h"
#include "support/random_bytes.h"
#include "support/samples.h"
#include "support/temp_dir.h"
#include "support/volume_maker.h"
#include "tests/engine/image/sample_image.h"
#include "tests/tools/built_program.h"

namespace tintype::test {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

class ServedProgram : public testing::Test {
 protected:
  ServedProgram() { fs::create_directory(dir_ / "tmp"); }
  ~ServedProgram() override { static_cast<void>(run_command("umount -l " + (dir_ / "mnt"))); }

  static ProgramOutcome run(std::vector<std::string> words) {
    return run_program(std::move(words));
  }
  static std::string shell(const std::string& command) {
    const CommandOutcome outcome = test::run_command(command);
    EXPECT_EQ(outcome.exit_code, 0) << command << "\n" << outcome.output;
    return outcome.output;
  }

  // Files of every size, and one that compresses, one that does not, one with a hole.
  std::string content() {
    const std::string folder = dir_ / "content";
    fs::create_directories(folder + "/deep/er");
    write_file(folder + "/noise", random_bytes(5 << 20, 1));
    write_file(folder + "/text", textured(3 << 20, Texture::text, 2));
    for (std::size_t i = 0; i < 40; ++i)
      write_file(folder + "/deep/er/" + std::to_string(i), random_bytes(i * i * 37, i));
    write_file(folder + "/sparse", random_bytes(4096, 3));
    fs::resize_file(folder + "/sparse", 2 << 20);
    return folder;
  }
  std::string ext4_volume() {
    const std::string volume = dir_ / "ext4.raw";
    make_ext(volume, 48 << 20, "-t ext4 -b 4096 -d " + content());
    return volume;
  }
  std::string ntfs_volume() {
    const std::string volume = dir_ / "ntfs.raw", folder = content();
    make_ntfs(volume, {.bytes = 40u << 20});
    for (const auto& file : fs::directory_iterator(folder))
      if (file.is_regular_file())
        put_into_ntfs(volume, file.path(), "/" + file.path().filename().string());
    return volume;
  }
  // Without a file system, incompressible.
  std::string large_volume(std::size_t bytes = 128 << 20) {
    const std::string path = dir_ / "large.raw";
    const auto piece = random_bytes(8 << 20);
    std::ofstream out(path, std::ios::binary);
    for (std::size_t done = 0; done < bytes; done += piece.size())
      out.write(reinterpret_cast<const char*>(piece.data()),
                static_cast<std::streamsize>(piece.size()));
    return path;
  }
  // Backs up and returns "REPO::latest".
  std::string backup(std::vector<std::string> words) {
    words.insert(words.begin(), {"backup", "--to", test::repository_at(dir_ / "repo")});
    const ProgramOutcome outcome = run(words);
    EXPECT_EQ(outcome.code, 0) << outcome.out << outcome.err;
    return (dir_ / "repo") + "::latest";
  }
  std::string image_of(const std::string& set) {
    return must(select_images(set)).images.at(0).path;
  }
  // The volume as a restore gives it: the truth for all other ways.
  std::vector<std::byte> restored(const std::string& what) {
    const std::string path = dir_ / "restored";
    fs::remove(path);
    EXPECT_EQ(run({"restore", what, "--to", path, "-q"}).code, 0);
    return read_file(path);
  }
  // Flips a bit in the middle of a chunk, and returns what of the volume that is.
  static Extent damage(const std::string& image) {
    Extent range;
    std::uint64_t place = 0;
    {
      const ImageReader reader = must(ImageReader::open(image));
      std::vector<ImageRecord> chunks;
      for (const ImageRecord& record : reader.records())
        if ((record.flags & kRecordRun) == 0) chunks.push_back(record);
      const ImageRecord& record = chunks.at(chunks.size() / 2);
      range = {record.volume_offset, record.plain_bytes};
      place = record.payload_offset + record.stored_bytes / 2;
    }
    auto bytes = read_file(image);
    bytes.at(place) ^= std::byte{1};
    write_file(image, bytes);
    return range;
  }
  // An image by itself of a volume of 8 MiB, of which 4 KiB at 1 MiB could not be read.
  std::string image_with_unreadable() {
    ImageBuilder built({.volume_bytes = 8 << 20, .chunk_bytes = 1 << 20});
    for (std::uint64_t i = 0; i < 8; ++i)
      built.add_chunk(textured(1 << 20, Texture::text, i), true, i == 1 ? kRecordUnreadable : 0);
    built.finish({.unreadable = {{1 << 20, 4096}}});
    write_file(dir_ / "holey.tint", built.image());
    return dir_ / "holey.tint";
  }

  // Command lines of living processes that name our folder.
  std::vector<std::string> our_processes() {
    std::vector<std::string> found;
    for (const auto& entry : fs::directory_iterator("/proc")) {
      std::string line;
      try {
        std::ifstream file(entry.path() / "cmdline");
        line.assign(std::istreambuf_iterator<char>(file), {});
      } catch (const std::exception&) {
        continue;  // it ended while we looked at it
      }
      if (line.find(dir_.path().string()) == std::string::npos) continue;
      std::replace(line.begin(), line.end(), '\0', ' ');
      found.push_back(entry.path().filename().string() + " " + line);
    }
    return found;
  }
  int process_of(const std::string& program) {
    for (const std::string& line : our_processes())
      if (line.find(program) != std::string::npos) return std::stoi(line);
    return -1;
  }
  bool mounted() {
    std::ifstream file("/proc/self/mounts");
    const std::string all((std::istreambuf_iterator<char>(file)), {});
    return all.find(dir_.path().string()) != std::string::npos;
  }
  // Soon: a process that was told to end needs a moment.
  void expect_nothing_left() {
    for (int i = 0; i < 100 && (!our_processes().empty() || mounted()); ++i)
      std::this_thread::sleep_for(50ms);
    EXPECT_THAT(our_processes(), testing::IsEmpty());
    EXPECT_FALSE(mounted());
    EXPECT_TRUE(fs::is_empty(dir_ / "tmp"));
  }

  TempDir dir_;
  const ChangedEnvironment temporary_{"TMPDIR", dir_ / "tmp"};
};

// `tintype serve` that has told its URI.
class Served {
 public:
  explicit Served(std::vector<std::string> words) : child_(with_program(words)) {
    const bool json = std::ranges::find(words, "--json") != words.end();
    up_ = child_.wait_for_output(json ? "]}\n" : "read-only\n");
    uri_ = child_.out().substr(0, child_.out().find('\n'));
  }
  [[nodiscard]] bool up() const { return up_; }
  [[nodiscard]] const std::string& uri() const { return uri_; }
  [[nodiscard]] std::string quoted() const { return "'" + uri_ + "'"; }
  [[nodiscard]] ChildProgram& child() { return child_; }
  int end(int number = SIGINT) {
    child_.signal(number);
    return child_.wait();
  }

 private:
  static std::vector<std::string> with_program(std::vector<std::string> words) {
    words.insert(words.begin(), "serve");
    return program_words(std::move(words));
  }
  ChildProgram child_;
  bool up_ = false;
  std::string uri_;
};

}  // namespace tintype::test
