#include "io/buffer_pool.h"

#include <gtest/gtest.h>

#include <limits>
#include <new>
#include <set>
#include <utility>

namespace tintype {
namespace {

TEST(BufferPool, HandsOutEveryBufferOnceThenNone) {
  BufferPool pool(5, 5000);
  EXPECT_EQ(pool.buffers(), 5u);
  EXPECT_EQ(pool.free_buffers(), 5u);
  EXPECT_EQ(pool.slab().size(), 5u * 8192);

  std::vector<BufferPool::Lease> leases;
  std::set<std::byte*> seen;
  while (auto lease = pool.try_take()) {
    EXPECT_TRUE(*lease);
    EXPECT_EQ(lease->bytes().size(), 8192u);
    const auto place = lease->bytes().data() - pool.slab().data();
    EXPECT_GE(place, 0);
    EXPECT_LE(place, 4 * 8192);
    EXPECT_EQ(place % 8192, 0);
    EXPECT_TRUE(seen.insert(lease->bytes().data()).second) << "handed out twice";
    leases.push_back(std::move(*lease));
  }
  EXPECT_EQ(seen.size(), 5u);
  EXPECT_EQ(pool.free_buffers(), 0u);
}

TEST(BufferPool, LeaseGoesHomeOnScopeExit) {
  BufferPool pool(1, 4096);
  std::byte* data = nullptr;
  {
    const auto lease = pool.try_take();
    ASSERT_TRUE(lease);
    data = lease->bytes().data();
    EXPECT_FALSE(pool.try_take());
  }
  EXPECT_EQ(pool.free_buffers(), 1u);
  EXPECT_EQ(pool.try_take()->bytes().data(), data);
}

TEST(BufferPool, ReleaseGoesHomeNowAndOnlyOnce) {
  BufferPool pool(2, 4096);
  auto lease = pool.try_take();
  lease->release();
  EXPECT_FALSE(*lease);
  EXPECT_TRUE(lease->bytes().empty());
  EXPECT_EQ(pool.free_buffers(), 2u);
  lease->release();
  EXPECT_EQ(pool.free_buffers(), 2u);
  lease.reset();
  EXPECT_EQ(pool.free_buffers(), 2u);
}

TEST(BufferPool, TheBufferThatCameHomeLastIsTakenFirst) {
  BufferPool pool(3, 4096);
  auto first = pool.try_take();
  auto second = pool.try_take();
  std::byte* const last_home = first->bytes().data();
  second->release();
  first->release();
  EXPECT_EQ(pool.try_take()->bytes().data(), last_home);
}

TEST(BufferPool, MovedLeaseGoesHomeOnce) {
  BufferPool pool(2, 4096);
  BufferPool::Lease outer;
  EXPECT_FALSE(outer);
  {
    auto first = pool.try_take();
    outer = std::move(*first);
    EXPECT_FALSE(*first);  // NOLINT(bugprone-use-after-move): what a move leaves behind
  }
  EXPECT_EQ(pool.free_buffers(), 1u);
  std::byte* const data = outer.bytes().data();
  outer = std::move(*pool.try_take());  // the one it held goes home
  EXPECT_EQ(pool.free_buffers(), 1u);
  EXPECT_EQ(pool.try_take()->bytes().data(), data);
  BufferPool::Lease& itself = outer;
  outer = std::move(itself);
  EXPECT_TRUE(outer);
  const BufferPool::Lease constructed(std::move(outer));
  EXPECT_TRUE(constructed);
  EXPECT_EQ(pool.free_buffers(), 1u);
}

TEST(BufferPool, OfNoBuffersHasNone) {
  BufferPool pool(0, 4096);
  EXPECT_FALSE(pool.try_take());
  EXPECT_TRUE(pool.slab().empty());
}

TEST(BufferPool, TooLargeThrowsInsteadOfWrappingAround) {
  constexpr std::size_t kMax = std::numeric_limits<std::size_t>::max();
  EXPECT_THROW(BufferPool(kMax / 2, 4096), std::bad_alloc);
  EXPECT_THROW(BufferPool(1, kMax), std::bad_alloc);
  EXPECT_THROW(BufferPool(kMax / 4096 + 1, 4096), std::bad_alloc);
}

TEST(BufferPoolDeathTest, PoolGoneBeforeALeaseAborts) {
  EXPECT_DEATH(
      {
        auto pool = std::make_optional<BufferPool>(1, 4096);
        const auto lease = pool->try_take();
        pool.reset();
      },
      "gone before its leases");
}

}  // namespace
}  // namespace tintype
