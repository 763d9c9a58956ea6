// Short questions and answers between processes of one user on one machine, over a Unix socket.
//
// Other users are kept out twice: by the folder, which only its owner may enter, and by asking the
// kernel who is at the other end.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <thread>

#include "io/result.h"

namespace tintype {

class LocalServer {
 public:
  // One line in, any text out. Called by the server's own thread, one question at a time.
  using Answer = std::function<std::string(std::string_view question)>;

  // Listens at folder/name; the folder is made if it is not there. One that belongs to somebody
  // else or is open to others is an error.
  [[nodiscard]] static Result<LocalServer> listen(const std::string& folder,
                                                  const std::string& name, Answer answer);
  LocalServer(LocalServer&& other) noexcept;
  LocalServer& operator=(LocalServer&&) = delete;
  ~LocalServer();  // nobody is answered any more, and the name is gone

 private:
  LocalServer() = default;
  std::string path_;
  int socket_ = -1;
  int stop_event_ = -1;
  std::jthread thread_;
};

// What the server at `path` answers. Nobody there: std::errc::connection_refused or
// no_such_file_or_directory.
[[nodiscard]] Result<std::string> ask_local_server(const std::string& path,
                                                   std::string_view question,
                                                   std::chrono::milliseconds patience);

}  // namespace tintype
