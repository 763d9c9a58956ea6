// The functions of libnbd that we call. Loaded when the first connection is made, see
// io/late_library.h.
#pragma once

#include <libnbd.h>

#include "io/late_library.h"

namespace tintype {

struct NbdLibrary : LateLibrary {
  NbdLibrary() : LateLibrary("libnbd.so.0", "libnbd0") {}
  TINTYPE_LATE(nbd_add_meta_context);
  TINTYPE_LATE(nbd_aio_block_status);
  TINTYPE_LATE(nbd_aio_connect_socket);
  TINTYPE_LATE(nbd_aio_connect_uri);
  TINTYPE_LATE(nbd_aio_disconnect);
  TINTYPE_LATE(nbd_aio_get_direction);
  TINTYPE_LATE(nbd_aio_get_fd);
  TINTYPE_LATE(nbd_aio_is_closed);
  TINTYPE_LATE(nbd_aio_is_connecting);
  TINTYPE_LATE(nbd_aio_is_dead);
  TINTYPE_LATE(nbd_aio_is_ready);
  TINTYPE_LATE(nbd_aio_notify_read);
  TINTYPE_LATE(nbd_aio_notify_write);
  TINTYPE_LATE(nbd_aio_pread_structured);
  TINTYPE_LATE(nbd_can_meta_context);
  TINTYPE_LATE(nbd_can_multi_conn);
  TINTYPE_LATE(nbd_close);
  TINTYPE_LATE(nbd_create);
  TINTYPE_LATE(nbd_get_block_size);
  TINTYPE_LATE(nbd_get_errno);
  TINTYPE_LATE(nbd_get_error);
  TINTYPE_LATE(nbd_get_size);
  TINTYPE_LATE(nbd_poll);
  TINTYPE_LATE(nbd_set_pread_initialize);
  TINTYPE_LATE(nbd_set_uri_allow_local_file);
  TINTYPE_LATE(nbd_set_uri_allow_transports);
};

[[nodiscard]] inline const NbdLibrary& libnbd() {
  static const NbdLibrary library;
  return library;
}

}  // namespace tintype
