"""The rooms of the tree and their arrows: which room's headers a room's files may include, besides
its own. A room is a folder. A row names only rooms above it, so all arrows point one way; the same
row stands in the room's CMakeLists.txt, behind USES. tidy.py holds the files to both.
"""

ROOMS = {
    "hashing": "",
    "io": "",
    "io/file": "hashing io",
    "io/process": "io",
    "io/queue": "io io/file",
    "io/storage": "hashing io io/file",
    "io/tasks": "io io/process",
    "io/volume": "io io/file",
    "io/filesystem": "io io/tasks io/volume",
    "io/folder": "hashing io io/file io/filesystem io/volume",
    "io/nbd": "io io/file io/volume",
    "io/partition": "hashing io/volume",
    "io/shadow": "hashing io io/volume",
    "io/disk_image/chain": "io io/volume",
    "io/disk_image/vhd": "hashing io io/disk_image/chain io/file io/volume",
    "io/disk_image": (
        "hashing io io/disk_image/chain io/disk_image/vhd io/file io/nbd io/process io/volume"
    ),
    "io/filesystem/ext": "hashing io io/filesystem io/volume",
    "io/filesystem/ntfs": "hashing io io/filesystem",
    "io/source": (
        "io io/disk_image io/filesystem io/filesystem/ext io/filesystem/ntfs io/folder io/nbd "
        "io/partition io/shadow io/volume"
    ),
    "verify": "hashing",
    "verify/ese": "hashing verify",
    "verify/sqlite": "hashing verify",
    "verify/ese/page": "hashing verify verify/ese",
    "verify/ese/log": "hashing verify verify/ese verify/ese/page",
    "verify/ese/format": "verify verify/ese verify/ese/log verify/ese/page",
    "verify/formats": "verify verify/ese/format verify/sqlite",
    "verify/ese/stream": "hashing verify verify/ese verify/ese/log",
    "engine": "io",
    "engine/image": "hashing io",
    "engine/manifest": "engine hashing io io/folder verify verify/ese verify/ese/stream",
    "engine/guard": (
        "engine/manifest hashing io io/disk_image io/file io/folder io/partition io/source "
        "io/storage io/volume"
    ),
    "engine/monitor": "io io/filesystem io/queue verify",
    "engine/pipeline": "engine/monitor io io/file io/queue io/tasks",
    "engine/image/read": "engine/image hashing io io/file io/folder io/partition io/volume",
    "engine/flow": (
        "engine/image engine/image/read engine/monitor engine/pipeline hashing io io/file "
        "io/filesystem io/volume verify"
    ),
    "engine/store": "engine/image/read engine/manifest hashing io io/file io/folder io/storage",
    "engine/repository": "engine engine/image/read engine/manifest engine/store io io/file",
    "engine/proof": (
        "engine engine/image/read engine/manifest engine/repository engine/store hashing "
        "io/folder"
    ),
    "engine/completion": (
        "engine/manifest engine/monitor engine/proof engine/store hashing io io/file verify/ese "
        "verify/ese/log verify/ese/stream"
    ),
    "engine/serve": "engine/image/read engine/manifest engine/repository io io/process",
    "engine/survey": (
        "engine engine/flow engine/monitor engine/pipeline hashing io io/file io/filesystem "
        "io/shadow io/source io/tasks verify verify/ese verify/ese/format verify/ese/log "
        "verify/ese/stream verify/formats"
    ),
    "engine/job": (
        "engine engine/completion engine/flow engine/guard engine/image engine/image/read "
        "engine/manifest engine/monitor engine/pipeline engine/proof engine/repository "
        "engine/serve engine/store engine/survey hashing io io/file io/folder io/process io/queue "
        "io/source io/storage io/volume verify verify/ese verify/ese/format verify/ese/stream "
        "verify/formats"
    ),
    "engine/bench": (
        "engine engine/guard engine/job engine/manifest engine/monitor engine/pipeline "
        "engine/repository hashing io io/file io/process io/queue verify/ese/page"
    ),
    "engine/extract": (
        "engine/flow engine/guard engine/image engine/image/read engine/job engine/monitor "
        "engine/pipeline engine/survey hashing io io/file io/filesystem io/partition io/source "
        "io/volume verify/ese verify/ese/log verify/ese/page verify/ese/stream"
    ),
    "engine/restore": (
        "engine/flow engine/guard engine/image/read engine/job engine/monitor engine/pipeline "
        "hashing io io/file io/folder io/volume"
    ),
    "tools/plugin": "engine/manifest engine/serve",
    "tools/text": (
        "engine engine/bench engine/job engine/manifest engine/proof engine/repository "
        "engine/survey hashing io/filesystem io/source io/storage io/volume verify verify/ese "
        "verify/ese/format verify/ese/stream"
    ),
    "tools/cli": (
        "engine engine/image engine/image/read engine/job engine/manifest engine/repository io "
        "io/process tools/text"
    ),
    "tools/session": (
        "engine engine/job engine/monitor engine/repository hashing io io/process tools/cli "
        "tools/text"
    ),
    "tools/report": (
        "engine engine/bench engine/guard engine/job engine/manifest engine/monitor hashing "
        "io/file tools/session tools/text verify/ese/stream"
    ),
    "tools/cli/options": (
        "engine/bench engine/extract engine/image/read engine/job engine/manifest engine/restore "
        "tools/cli tools/text"
    ),
    "tools/commands/shared": "engine/repository engine/serve io tools/session tools/text",
    "tools/commands": (
        "engine/extract engine/guard engine/image/read engine/job engine/manifest engine/proof "
        "engine/repository engine/restore engine/serve engine/survey hashing io/file io/folder "
        "io/process io/source io/storage tools/cli tools/cli/options tools/commands/shared "
        "tools/report tools/session tools/text verify/ese verify/ese/log verify/ese/stream"
    ),
    "tools": "io io/nbd tools/cli tools/commands tools/session tools/text",
}
