"""Ties a process's life to its parent's, so that kill -9 of the parent leaves no orphan at work."""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # man 2 prctl
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def die_with(parent: int, *, by: signal.Signals) -> None:
    """Called in the child: the kernel sends `by` when the parent's thread that made it ends (Linux only)."""
    if _libc is None:
        return
    _libc.prctl(PR_SET_PDEATHSIG, by, 0, 0, 0)
    if os.getppid() != parent:  # it ended before the call
        os._exit(1)
