// Whole passes on the simulated queue: any order, short transfers, failing operations. Every seed
// must end, with the right bytes or with an error.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <limits>
#include <set>

#include "engine/flow/backup_flow.h"
#include "engine/flow/copy_flow.h"
#include "engine/flow/image_flow.h"
#include "engine/image/read/image_reader.h"
#include "engine/pipeline/conductor.h"
#include "engine/pipeline/serial_pass.h"
#include "support/sim_queue.h"
#include "tests/engine/flow/coverage_check.h"
#include "tests/engine/flow/patchwork.h"
#include "tests/engine/pipeline/inline_executor.h"

namespace tintype {
namespace {

using test::must;
using test::ok;

constexpr std::uint32_t kChunk = 64 * 1024;
const PassTick kGoOn = [](const PassCounters&) { return true; };

test::SimOptions sim_options(const ConductorLimits& limits) {
  test::SimOptions options;
  options.in_flight_max = limits.operations_max();
  return options;
}

struct World {
  explicit World(std::uint64_t seed, std::size_t size = 20 * kChunk + 512 * 37)
      : content(test::patchwork(size, seed)) {
    test::write_file(dir / "volume", content);
    volume = must(open_raw_volume(dir / "volume"));
  }
  [[nodiscard]] File create(const std::string& name) const {
    return must(File::create(dir / name, Caching::direct_if_possible));
  }
  [[nodiscard]] ExtentList whole() const { return {{0, volume->size_bytes()}}; }

  test::TempDir dir;
  std::vector<std::byte> content;
  std::unique_ptr<Volume> volume;
};

// One backup of a whole world; what the flow and the queue did is left for the test to look at.
struct Backup {
  Backup(World& world, const std::string& name, Compression compression = Compression::lz4)
      : image(world.create(name)),
        plan(world.volume->size_bytes(), kChunk, world.whole(), world.whole()),
        layout({.volume_bytes = world.volume->size_bytes(), .chunk_bytes = kChunk}) {
    checks.add(std::make_unique<test::CoverageCheck>("/all", world.content), world.content.size(),
               {{0, 0, world.content.size()}});
    checks.seal();
    flow.emplace(*world.volume, plan, checks, layout, image,
                 BackupFlow::Options{compression, false, true});
  }
  Result<PassCounters> conduct(AsyncQueue& queue, const ConductorLimits& limits) {
    test::InlineExecutor executor;
    return run_conducted(*flow, queue, executor, limits, kGoOn);
  }
  Result<void> finish() {
    flow->end_volume();
    return flow->finish({.volume_name = "w",
                         .filesystem = {},
                         .all_blocks = true,
                         .captured = plan.captured(),
                         .unreadable = flow->unreadable(),
                         .report_json = "{}"});
  }
  File image;
  CapturePlan plan;
  InlineChecks checks;
  ImageLayout layout;
  std::optional<BackupFlow> flow;
};

TEST(PassSimulation, AnyOrderAndShortTransfersGiveTheSerialImage) {
  World world(11);
  Backup serial(world, "serial");
  ASSERT_TRUE(ok(run_serially(*serial.flow, kGoOn)));
  ASSERT_TRUE(ok(serial.finish()));
  const auto expected = test::read_file(world.dir / "serial");
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    const std::string name = "image" + std::to_string(seed);
    Backup backup(world, name);
    const auto limits =
        conductor_limits(1 + static_cast<unsigned>(seed % 9), 1 + static_cast<unsigned>(seed % 3));
    test::SimQueue queue(seed, sim_options(limits));
    ASSERT_TRUE(ok(backup.conduct(queue, limits))) << seed;
    ASSERT_TRUE(ok(backup.finish())) << seed;
    ASSERT_EQ(test::read_file(world.dir / name), expected) << seed;
    std::filesystem::remove(world.dir / name);
  }
}

TEST(PassSimulation, UnreadableSectorsAreExactlyTheInjectedOnes) {
  World world(12);
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    std::mt19937_64 random(seed);
    Backup backup(world, "image" + std::to_string(seed), Compression::none);
    const auto limits = conductor_limits(4, 2);
    auto options = sim_options(limits);
    ExtentList bad;
    const std::uint64_t sectors = world.content.size() / 512;
    for (int i = 0; i < 5; ++i) bad.push_back({random() % sectors * 512, 512 * (1 + random() % 3)});
    bad.push_back({(sectors - 1) * 512, 512});
    for (Extent& range : bad)
      range.length = std::min(range.length, world.content.size() - range.offset);
    bad = normalized(bad);
    const File* source = nullptr;
    world.volume->map({0, 512}, [&](const Volume::Piece& piece) { source = piece.file; });
    for (const Extent& range : bad) options.faults.push_back({source, range, EIO, IoKind::read});
    test::SimQueue queue(seed, options);
    // CoverageCheck compares bytes, so the holes must be kept from it; it counts them.
    const auto counters = backup.conduct(queue, limits);
    ASSERT_TRUE(ok(counters));
    EXPECT_EQ(normalized(backup.flow->unreadable()), bad) << seed;
    EXPECT_EQ(counters->unreadable_bytes, total_bytes(bad));
    ASSERT_TRUE(ok(backup.finish()));
    const auto report = backup.checks.finish().at(0);
    EXPECT_EQ(report.pages.unreadable, total_bytes(bad));
    EXPECT_EQ(report.pages.seen, world.content.size());

    const auto image = must(ImageReader::open(world.dir / ("image" + std::to_string(seed))));
    EXPECT_EQ(image.epilogue().unreadable, bad);
  }
}

TEST(PassSimulation, EveryFailingOperationEndsInAnErrorOrAHole) {
  World world(13, 5 * kChunk);
  // Counts operations of a faultless run, then lets each of them fail once, in every way.
  const auto limits = conductor_limits(2, 1);
  std::uint64_t operations = 0;
  {
    Backup backup(world, "clean");
    test::SimQueue queue(1, sim_options(limits));
    ASSERT_TRUE(ok(backup.conduct(queue, limits)));
    operations = queue.operations();
  }
  std::set<std::string> outcomes;
  for (const int error_number : {EIO, ENOSPC, EINVAL}) {
    for (std::uint64_t n = 1; n <= operations; ++n) {
      const std::string name = "image" + std::to_string(error_number) + "-" + std::to_string(n);
      Backup backup(world, name);
      auto options = sim_options(limits);
      options.fail_operation = n;
      options.fail_error_number = error_number;
      test::SimQueue queue(1, options);
      const auto result = backup.conduct(queue, limits);
      if (!result) {
        EXPECT_EQ(result.error().code.value(), error_number) << result.error().line();
        outcomes.insert("error");
      } else {
        // A read of the volume that failed with EIO was tried again in halves, which succeeded.
        EXPECT_EQ(error_number, EIO);
        EXPECT_TRUE(backup.flow->unreadable().empty());
        outcomes.insert("salvaged");
      }
      std::filesystem::remove(world.dir / name);
    }
  }
  EXPECT_EQ(outcomes, (std::set<std::string>{"error", "salvaged"}));
}

TEST(PassSimulation, ReadBackSeesAMediumThatChangesOneBit) {
  World world(14);
  for (std::uint64_t seed = 0; seed < 24; ++seed) {
    Backup backup(world, "image" + std::to_string(seed));
    const auto limits = conductor_limits(3, 2);
    auto options = sim_options(limits);
    std::mt19937_64 random(seed);
    // After one of its writes, the medium changes a bit of what it was given.
    const std::uint64_t victim = 1 + random() % 8;
    std::uint64_t writes = 0, at = 0;
    bool flipped = false;
    options.observer = [&](const IoRequest& request, std::int32_t result) {
      if (request.file != &backup.image || request.kind != IoKind::write || result <= 0) return;
      if (flipped || ++writes < victim) return;
      at = request.offset + random() % static_cast<std::uint64_t>(result);
      std::fstream medium(backup.image.path(), std::ios::in | std::ios::out | std::ios::binary);
      medium.seekg(static_cast<std::streamoff>(at));
      const int byte = medium.get();
      medium.seekp(static_cast<std::streamoff>(at));
      medium.put(static_cast<char>(byte ^ 1 << random() % 8));
      flipped = true;
    };
    test::SimQueue queue(seed, options);
    Result<void> result;
    if (auto conducted = backup.conduct(queue, limits); !conducted)
      result = tl::unexpected(conducted.error());
    else
      result = backup.finish();
    ASSERT_TRUE(flipped);
    ASSERT_FALSE(result) << "seed " << seed << ": not noticed";
    const std::string& what = result.error().what;
    EXPECT_NE(what.find("reads back different"), std::string::npos) << what;
    // The chunk that is named is the one that changed, though others were read together with it.
    const std::string_view before = " at offset ";
    ASSERT_NE(what.find(before), std::string::npos) << what;
    const std::uint64_t named = std::stoull(what.substr(what.find(before) + before.size()));
    std::uint64_t next = std::numeric_limits<std::uint64_t>::max();
    for (std::size_t i = 0; i < backup.layout.records().size(); ++i) {
      const ImageRecord& record = backup.layout.records()[i];
      if ((record.flags & kRecordRun) != 0) continue;
      const std::uint64_t begin = record.payload_offset - backup.layout.expected_head(i).size();
      if (begin > named) next = std::min(next, begin);
    }
    EXPECT_GE(at, named) << what;
    EXPECT_LT(at, next) << what;
  }
}

TEST(PassSimulation, ChunksThatShrankAreReadBackTogether) {
  World world(14);
  std::uint64_t reads_of_several = 0;
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    Backup backup(world, "image" + std::to_string(seed));
    const auto limits = conductor_limits(2, 1);
    auto options = sim_options(limits);
    std::vector<Extent> reads;
    options.observer = [&](const IoRequest& request, std::int32_t) {
      if (request.file == &backup.image && request.kind == IoKind::read)
        reads.push_back({request.offset, request.bytes.size()});
    };
    test::SimQueue queue(seed, options);
    ASSERT_TRUE(ok(backup.conduct(queue, limits)));
    ASSERT_TRUE(ok(backup.finish()));
    for (const Extent& read : reads) {
      EXPECT_LE(read.length, backup.flow->shape().read_back_bytes);
      // Ends of payloads inside, its own last one not counted.
      reads_of_several +=
          std::ranges::count_if(backup.layout.records(), [&](const ImageRecord& record) {
            const std::uint64_t end = record.payload_offset + record.stored_bytes;
            return (record.flags & kRecordRun) == 0 && end > read.offset + 4096 &&
                   end + 4096 <= read.end();
          }) > 0;
    }
  }
  EXPECT_GT(reads_of_several, 10u);
}

TEST(PassSimulation, StopsWhenAsked) {
  World world(15);
  Backup backup(world, "image");
  const auto limits = conductor_limits(2, 1);
  test::SimQueue queue(1, sim_options(limits));
  const auto executor = make_executor(1);
  int ticks = 0;
  const auto result = run_conducted(*backup.flow, queue, *executor, limits,
                                    [&](const PassCounters&) { return ++ticks < 5; });
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, std::errc::operation_canceled);
}

TEST(PassSimulation, CopyAndRestoreGiveTheVolumeBack) {
  World world(16);
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const auto limits = conductor_limits(1 + static_cast<unsigned>(seed % 5), 2);
    const std::string name = std::to_string(seed);
    {
      const File target = world.create("copy" + name);
      must(target.set_size(world.content.size()));
      TargetWriter writer(target, true, true);
      CapturePlan plan(world.content.size(), kChunk, world.whole(), world.whole());
      InlineChecks none;
      CopyFlow flow(*world.volume, plan, none, &writer);
      test::SimQueue queue(seed, sim_options(limits));
      const auto executor = make_executor(2);
      ASSERT_TRUE(ok(run_conducted(flow, queue, *executor, limits, kGoOn))) << seed;
      ASSERT_TRUE(ok(flow.finish()));
      must(target.set_size(world.content.size()));
      ASSERT_EQ(test::read_file(world.dir / ("copy" + name)), world.content) << seed;
    }
    Backup backup(world, "image" + name, seed % 2 == 0 ? Compression::lz4 : Compression::none);
    ASSERT_TRUE(ok(run_serially(*backup.flow, kGoOn)));
    ASSERT_TRUE(ok(backup.finish()));
    const auto image = must(ImageReader::open(world.dir / ("image" + name)));
    const File target = world.create("restored" + name);
    must(target.set_size(world.content.size()));
    TargetWriter writer(target, true, true);
    InlineChecks none;
    const ImagePart whole(image);
    ImageFlow flow(whole, none, &writer, {.decode = true, .faults_are_errors = true});
    test::SimQueue queue(seed, sim_options(limits));
    const auto executor = make_executor(2);
    ASSERT_TRUE(ok(run_conducted(flow, queue, *executor, limits, kGoOn))) << seed;
    ASSERT_TRUE(ok(flow.finish()));
    must(target.set_size(world.content.size()));
    ASSERT_EQ(test::read_file(world.dir / ("restored" + name)), world.content) << seed;
  }
}

}  // namespace
}  // namespace tintype
