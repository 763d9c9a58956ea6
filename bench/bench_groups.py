"""Which groups of methods there are, and which run when none is asked for."""

import methods_copy
import methods_peers
import methods_special
import methods_verify

# The others take long, need much memory, or are made for one question.
DEFAULT_GROUPS = ("copy", "peers", "verify", "restore")


def all_groups(filesystem):
    """Name to methods, for a volume with this file system."""
    return {"copy": methods_copy.METHODS, "peers": methods_peers.methods(filesystem),
            "verify": methods_verify.VERIFY, "restore": methods_verify.RESTORE,
            "throttled": methods_special.THROTTLED, "tmpfs": methods_special.TMPFS,
            "sparse": methods_special.SPARSE, "curves": methods_special.CURVES}
