#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "io/file/read_waiter.h"
#include "io/invariant.h"
#include "io/nbd/nbd_client.h"
#include "io/nbd/nbd_library.h"
#include "io/process_limits.h"

namespace tintype {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

// One question about extents covers at most this much: lengths in the protocol have 32 bits.
constexpr std::uint64_t kStatusBytesMax = std::uint64_t{2} << 30;
// A server that tells more is not listened to any further: the rest counts as data.
constexpr std::size_t kExtentsMax = std::size_t{4} << 20;
constexpr unsigned kQuestionsMax = 1u << 20;
constexpr int kLost = ENOTCONN;

// The answer to one question about extents.
struct Answer {
  ExtentList data;         // of the range in question
  std::uint64_t told = 0;  // bytes from its start that the server spoke of
};

// One wish: a read, or with `answer` a question about extents.
struct Job {
  std::uint64_t offset = 0;
  std::span<std::byte> bytes;
  std::uint64_t length = 0;
  Answer* answer = nullptr;
  ReadSink* sink = nullptr;
  std::uint64_t ticket = 0;
};

}  // namespace

class NbdClient::Service {
 public:
  Service(std::string name, const NbdLimits& limits, NbdConnection first)
      : facts(first.facts), name_(std::move(name)), limits_(limits) {
    connections_.push_back({std::move(first.handle), 0});
  }

  Result<void> start(const NbdDial& dial) {
    event_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (event_ < 0) return system_error(errno, "make an event for", name_);
    // One connection is enough; whatever keeps us from more is no error.
    while (facts.many_connections && connections_.size() < kConnectionsMax) {
      auto more = connect_nbd(dial, name_, limits_);
      if (!more || more->facts.size_bytes != facts.size_bytes) break;
      connections_.push_back({std::move(more->handle), 0});
    }
    connection_count = static_cast<unsigned>(connections_.size());
    try {
      thread_ = std::jthread([this] { serve(); });
    } catch (const std::system_error& error) {
      return tl::unexpected(thread_error(error));
    }
    return {};
  }

  ~Service() {
    if (thread_.joinable()) {
      {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
      }
      ring();
      thread_.join();
    }
    if (event_ >= 0) ::close(event_);
  }

  void submit(const Job& job) {
    bool first = false;
    {
      const std::lock_guard lock(mutex_);
      first = inbox_.empty();
      inbox_.push_back(job);
    }
    if (first) ring();
  }

  Error error(int error_number, std::uint64_t offset) const {
    if (error_number == kLost && limits_.stopped()) return nbd_stopped_error(name_);
    if (error_number == kLost) {
      const std::lock_guard lock(mutex_);
      return {std::make_error_code(std::errc::not_connected),
              fmt::format("cannot read {} at offset {}: {}", name_, offset,
                          lost_.empty() ? "the connection is lost" : lost_),
              "look at the server, then run again"};
    }
    Error error = system_error_at(error_number, "read", name_, offset).value();
    if (error_number == EPROTO) error.hint = "the server left out a part of its answer";
    if (error_number == ESHUTDOWN) error.hint = "the server is going down";
    return error;
  }

  const NbdExport facts;
  unsigned connection_count = 1;

 private:
  struct Connection {
    NbdHandle handle;
    unsigned in_flight = 0;
  };
  // A command that libnbd has; it points here.
  struct Command {
    Service* service = nullptr;
    Job job;
    std::size_t connection = 0;
    std::uint64_t covered = 0;  // bytes of a read that came
    int error_number = 0;
    bool in_flight = false;
  };

  void ring() const {
    const std::uint64_t one = 1;
    invariant(::write(event_, &one, sizeof one) == sizeof one, "an eventfd refused a wake");
  }

  void serve() {
    last_sign_ = Clock::now();
    while (take_jobs()) {
      issue();
      go_home();
      wait_for_news();
      go_home();
    }
    for (Connection& connection : connections_)
      libnbd().nbd_aio_disconnect(connection.handle.get(), 0);
    connections_.clear();
  }

  // False when it is time to leave.
  bool take_jobs() {
    const std::lock_guard lock(mutex_);
    jobs_.insert(jobs_.end(), inbox_.begin(), inbox_.end());
    inbox_.clear();
    return !stopping_ || !jobs_.empty() || in_flight_ > 0;
  }

  void issue() {
    for (; !jobs_.empty(); jobs_.pop_front()) {
      const Job& job = jobs_.front();
      if (connections_.empty()) {
        job.sink->read_done(job.ticket, -kLost);
        continue;
      }
      if (in_flight_ == 0) last_sign_ = Clock::now();  // nobody was waiting before
      const auto idlest = std::ranges::min_element(connections_, {}, &Connection::in_flight);
      Command& command = free_command();
      command = {.service = this,
                 .job = job,
                 .connection = static_cast<std::size_t>(idlest - connections_.begin()),
                 .in_flight = true};
      ++idlest->in_flight;
      ++in_flight_;
      const nbd_completion_callback done{
          .callback = on_done, .user_data = &command, .free = nullptr};
      std::int64_t cookie = 0;
      if (job.answer == nullptr) {
        const nbd_chunk_callback chunk{
            .callback = on_chunk, .user_data = &command, .free = nullptr};
        cookie = libnbd().nbd_aio_pread_structured(idlest->handle.get(), job.bytes.data(),
                                                   job.bytes.size(), job.offset, chunk, done, 0);
      } else {
        const nbd_extent_callback extent{
            .callback = on_extents, .user_data = &command, .free = nullptr};
        cookie = libnbd().nbd_aio_block_status(idlest->handle.get(), job.length, job.offset, extent,
                                               done, 0);
      }
      // A command that could not be issued is never called back.
      if (cookie == -1 && command.in_flight) {
        command.error_number = libnbd().nbd_get_errno() != 0 ? libnbd().nbd_get_errno() : EINVAL;
        finish(command);
      }
      note_if_dead(idlest->handle.get());
    }
  }

  Command& free_command() {
    if (free_.empty()) {
      commands_.emplace_back();
      finished_.reserve(commands_.size());  // on_done() must not have to ask for memory
      free_.push_back(&commands_.back());
    }
    Command& command = *free_.back();
    free_.pop_back();
    return command;
  }

  static int on_chunk(void* data, const void*, std::size_t bytes, std::uint64_t, unsigned status,
                      int*) {
    if (status == LIBNBD_READ_DATA || status == LIBNBD_READ_HOLE)
      static_cast<Command*>(data)->covered += bytes;
    return 0;
  }

  // Pairs of length and flags, from `offset` on.
  static int on_extents(void* data, const char* context, std::uint64_t offset,
                        std::uint32_t* entries, std::size_t numbers, int*) {
    const Job& job = static_cast<Command*>(data)->job;
    if (std::string_view(context) != LIBNBD_CONTEXT_BASE_ALLOCATION || offset != job.offset ||
        job.answer->told != 0)
      return 0;
    for (std::size_t i = 0; i + 1 < numbers && job.answer->told < job.length; i += 2) {
      const std::uint64_t length =
          std::min<std::uint64_t>(entries[i], job.length - job.answer->told);
      // Only "reads as zeros" is a promise; a hole alone may read as anything.
      if ((entries[i + 1] & LIBNBD_STATE_ZERO) == 0)
        job.answer->data.push_back({job.offset + job.answer->told, length});
      job.answer->told += length;
    }
    return 0;
  }

  static int on_done(void* data, int* error_number) {
    auto& command = *static_cast<Command*>(data);
    if (!command.in_flight) return 1;  // it went home when the connection was given up
    command.error_number = *error_number;
    command.service->finish(command);
    return 1;  // libnbd may forget it
  }

  void finish(Command& command) {
    command.in_flight = false;
    finished_.push_back(&command);
  }

  void wait_for_news() {
    std::vector<struct pollfd> watched{{event_, POLLIN, 0}};
    for (const Connection& connection : connections_) {
      const unsigned direction = libnbd().nbd_aio_get_direction(connection.handle.get());
      short events = 0;
      if ((direction & LIBNBD_AIO_DIRECTION_READ) != 0) events |= POLLIN;
      if ((direction & LIBNBD_AIO_DIRECTION_WRITE) != 0) events |= POLLOUT;
      watched.push_back({libnbd().nbd_aio_get_fd(connection.handle.get()), events, 0});
    }
    if (::poll(watched.data(), watched.size(), poll_milliseconds()) < 0)
      invariant(errno == EINTR || errno == ENOMEM, "poll refused its descriptors");
    if (watched[0].revents != 0) {
      std::uint64_t ignored = 0;
      static_cast<void>(::read(event_, &ignored, sizeof ignored));
    }
    for (std::size_t i = 0; i < connections_.size(); ++i) {
      const short events = watched[i + 1].revents;
      if (events == 0) continue;
      nbd_handle* const handle = connections_[i].handle.get();
      const unsigned direction = libnbd().nbd_aio_get_direction(handle);
      if ((events & (POLLIN | POLLHUP | POLLERR)) != 0 &&
          (direction & LIBNBD_AIO_DIRECTION_READ) != 0) {
        last_sign_ = Clock::now();
        static_cast<void>(libnbd().nbd_aio_notify_read(handle));
      } else if ((direction & LIBNBD_AIO_DIRECTION_WRITE) != 0) {
        static_cast<void>(libnbd().nbd_aio_notify_write(handle));
      }
      note_if_dead(handle);
    }
    if (in_flight_ > 0 && !gone_ && limits_.stopped()) gone_ = "stopped on request";
    if (in_flight_ > 0 && !gone_ && silence_left() <= 0ms)
      gone_ = fmt::format("no answer for {:g} s",
                          std::chrono::duration<double>(limits_.silence).count());
  }

  // Right after a call to libnbd, whose last words say why.
  void note_if_dead(nbd_handle* handle) {
    if (gone_) return;
    if (libnbd().nbd_aio_is_closed(handle) == 1)
      gone_ = "the server hung up";
    else if (libnbd().nbd_aio_is_dead(handle) == 1)
      gone_ = fmt::format("lost the server: {}", nbd_last_words("it broke off"));
  }

  std::chrono::milliseconds silence_left() const {
    return std::chrono::duration_cast<std::chrono::milliseconds>(last_sign_ + limits_.silence -
                                                                 Clock::now());
  }

  int poll_milliseconds() const {
    if (in_flight_ == 0) return -1;
    auto left = std::max(silence_left(), 0ms);
    if (limits_.stop != nullptr) left = std::min(left, kNbdStopPatience);
    return static_cast<int>(std::min<std::int64_t>(left.count(), 1 << 30));
  }

  // Tells the sinks what came to an end; a lost server ends everything.
  void go_home() {
    const bool lost = gone_.has_value();
    if (lost) {
      {
        const std::lock_guard lock(mutex_);
        lost_ = *gone_;
      }
      gone_.reset();
      // Holds after it: libnbd writes to no buffer any more. What it still calls back as aborted
      // joins the finished ones with an error.
      connections_.clear();
      for (Command& command : commands_)
        if (command.in_flight) {
          command.error_number = kLost;
          finish(command);
        }
    }
    for (Command* command : finished_) {
      const Job& job = command->job;
      std::int32_t result = 0;
      if (command->error_number != 0)
        result = -(lost ? kLost : command->error_number);
      else if (job.answer == nullptr)
        result = command->covered == job.bytes.size() ? static_cast<std::int32_t>(job.bytes.size())
                                                      : -EPROTO;
      if (!connections_.empty()) --connections_[command->connection].in_flight;
      --in_flight_;
      free_.push_back(command);
      job.sink->read_done(job.ticket, result);
    }
    finished_.clear();
  }

  const std::string name_;
  const NbdLimits limits_;
  int event_ = -1;

  // The thread's own.
  std::vector<Connection> connections_;  // none: the server is lost
  std::deque<Command> commands_;         // never move
  std::vector<Command*> free_, finished_;
  std::deque<Job> jobs_;
  unsigned in_flight_ = 0;
  Clock::time_point last_sign_;      // of life from the server, or the begin of waiting
  std::optional<std::string> gone_;  // why the server is being given up

  mutable std::mutex mutex_;  // guards what is below
  std::vector<Job> inbox_;
  std::string lost_;  // why the server is lost
  bool stopping_ = false;

  std::jthread thread_;
};

NbdClient::NbdClient(std::unique_ptr<Service> service) : service_(std::move(service)) {}
NbdClient::~NbdClient() = default;

Result<std::unique_ptr<NbdClient>> NbdClient::connect(const NbdDial& dial, std::string name,
                                                      const NbdLimits& limits) {
  TINTYPE_TRY(NbdConnection first, connect_nbd(dial, name, limits));
  auto service = std::make_unique<Service>(std::move(name), limits, std::move(first));
  TINTYPE_CHECK(service->start(dial));
  return std::unique_ptr<NbdClient>(new NbdClient(std::move(service)));
}

const NbdExport& NbdClient::facts() const noexcept {
  return service_->facts;
}

unsigned NbdClient::connections() const noexcept {
  return service_->connection_count;
}

void NbdClient::start_read(std::uint64_t offset, std::span<std::byte> bytes, ReadSink& sink,
                           std::uint64_t ticket) {
  const NbdExport& facts = service_->facts;
  const std::uint64_t rest = facts.size_bytes - std::min(offset, facts.size_bytes);
  const std::uint64_t length =
      std::min<std::uint64_t>({bytes.size(), rest, facts.request_bytes_max});
  if (length == 0)
    sink.read_done(ticket, 0);
  else
    service_->submit(
        {.offset = offset, .bytes = bytes.first(length), .sink = &sink, .ticket = ticket});
}

Error NbdClient::read_error(int error_number, std::uint64_t offset) const {
  return service_->error(error_number, offset);
}

Result<ExtentList> NbdClient::data_extents() {
  const std::uint64_t size_bytes = service_->facts.size_bytes;
  ExtentList data;
  std::uint64_t at = 0;
  for (unsigned question = 0; service_->facts.tells_extents && at < size_bytes; ++question) {
    if (question == kQuestionsMax || data.size() > kExtentsMax) break;
    Answer answer;
    ReadWaiter waiter;
    service_->submit({.offset = at,
                      .length = std::min(size_bytes - at, kStatusBytesMax),
                      .answer = &answer,
                      .sink = &waiter});
    const std::int32_t result = waiter.wait();
    if (result == -kLost) return tl::unexpected(read_error(kLost, at));
    if (result != 0 || answer.told == 0) break;  // it cannot tell after all
    for (const Extent& extent : answer.data)
      if (!data.empty() && data.back().end() == extent.offset)
        data.back().length += extent.length;
      else
        data.push_back(extent);
    at += answer.told;
  }
  data.push_back({at, size_bytes - at});
  return normalized(std::move(data));
}

}  // namespace tintype
