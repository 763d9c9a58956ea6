#!/usr/bin/env python3
"""An NBD server that can be told to lie: what a client must survive.

  lying_nbd_server.py SOCKET LIE [SIZE]

Byte N of the export is N // 512 % 251. LIE is one of
  none          it does not
  mute          accepts and says nothing
  no-reply      answers no read
  half          answers reads with the first half of the bytes, and calls that all
  garbage       answers reads with what is no reply
  beyond        answers reads with bytes beside those asked for
  hang-up       closes the connection at the third read
  wide-blocks   wants reads in units of 64 KiB
  mad-blocks    wants reads in units of 3 bytes
  small-reads   takes at most 4 KiB at once
  one-byte-extents, empty-extents, no-extents, wrong-extents, endless-extents
                says nonsense about where data is
"""

import os
import socket
import struct
import sys
import threading

PATH, LIE = sys.argv[1], sys.argv[2]
SIZE = int(sys.argv[3]) if len(sys.argv) > 3 else 1 << 20
OPTION_MAGIC, REPLY_MAGIC = 0x49484156454F5054, 0x3E889045565A9
reads = 0


def take(connection, count):
    data = b""
    while len(data) < count:
        piece = connection.recv(count - len(data))
        if not piece:
            raise EOFError
        data += piece
    return data


def option_reply(connection, option, kind, data=b""):
    connection.sendall(struct.pack(">QIII", REPLY_MAGIC, option, kind, len(data)) + data)


def negotiate(connection):
    connection.sendall(b"NBDMAGICIHAVEOPT" + struct.pack(">H", 3))
    take(connection, 4)
    while True:
        _, option, length = struct.unpack(">QII", take(connection, 16))
        take(connection, length)
        if option == 8:  # structured replies
            option_reply(connection, option, 1)
        elif option == 10:  # set meta context
            option_reply(connection, option, 4, struct.pack(">I", 1) + b"base:allocation")
            option_reply(connection, option, 1)
        elif option == 7:  # go
            option_reply(connection, option, 3, struct.pack(">HQH", 0, SIZE, 1 | 2 | 256))
            blocks = {"wide-blocks": (65536, 65536, 1 << 25), "mad-blocks": (3, 3, 1 << 25),
                      "small-reads": (1, 4096, 4096)}.get(LIE)
            if blocks:
                option_reply(connection, option, 3, struct.pack(">HIII", 3, *blocks))
            option_reply(connection, option, 1)
            return
        else:
            option_reply(connection, option, 0x80000001)


def chunk(connection, cookie, kind, data, done=True):
    connection.sendall(
        struct.pack(">IHHQI", 0x668E33EF, 1 if done else 0, kind, cookie, len(data)) + data)


def content(offset, length):
    return bytes((offset + i) // 512 % 251 for i in range(length))


def answer_read(connection, cookie, offset, length):
    global reads
    reads += 1
    if LIE == "no-reply":
        return
    if LIE == "garbage":
        connection.sendall(b"garbage" * 20)
    elif LIE == "half":
        half = length // 2
        chunk(connection, cookie, 1, struct.pack(">Q", offset) + content(offset, half))
    elif LIE == "beyond":
        chunk(connection, cookie, 1, struct.pack(">Q", offset + length) + bytes(length))
    elif LIE == "hang-up" and reads >= 3:
        raise EOFError
    else:
        chunk(connection, cookie, 1, struct.pack(">Q", offset) + content(offset, length))


def answer_status(connection, cookie, length):
    pairs = {"one-byte-extents": [1, 3] * 100, "empty-extents": [0, 3] * 50,
             "endless-extents": [512, 0, 512, 3] * 30000,
             "wrong-extents": [0xFFFFFFFF, 3]}.get(LIE, [length, 0])
    if LIE == "no-extents":
        chunk(connection, cookie, 0x8001, struct.pack(">IH", 22, 0))
    else:
        chunk(connection, cookie, 5, struct.pack(">I", 1) + struct.pack(f">{len(pairs)}I", *pairs))


def serve(connection):
    try:
        if LIE == "mute":
            take(connection, 1 << 30)
        negotiate(connection)
        while True:
            _, _, kind, cookie, offset, length = struct.unpack(">IHHQQI", take(connection, 28))
            if kind == 2:
                return
            if kind == 0:
                answer_read(connection, cookie, offset, length)
            elif kind == 7:
                answer_status(connection, cookie, length)
    except (EOFError, OSError):
        pass
    finally:
        connection.close()


listener = socket.socket(socket.AF_UNIX)
listener.bind(PATH + ".new")
listener.listen(16)
os.rename(PATH + ".new", PATH)
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
