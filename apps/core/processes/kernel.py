"""What Linux offers for keeping processes together: death signals, and adopting what was orphaned."""

import ctypes
import os
import signal

PR_SET_PDEATHSIG = 1
PR_SET_NAME = 15
PR_SET_CHILD_SUBREAPER = 36

_libc = ctypes.CDLL(None, use_errno=True)
_parent_of_the_next_fork = 0


def die_with(parent: int) -> None:
    """SIGKILL for this process as soon as its parent is gone, also when it is gone already."""
    _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def forks_die_with_parent() -> None:
    """From now on every process forked here, and by those, dies with the one that forked it."""
    os.register_at_fork(before=_remember_parent, after_in_child=_die_with_parent)


def adopt_orphans() -> None:
    """Descendants whose parent died become this process's children, so that it can wait for each of them."""
    _prctl(PR_SET_CHILD_SUBREAPER, 1)


def name_process(name: str) -> None:
    """What `ps -o comm` and `top` show; fifteen characters."""
    _libc.prctl(PR_SET_NAME, name.encode()[:15], 0, 0, 0)


def lead_a_group() -> None:
    """Make killing our own group kill nobody else."""
    if os.getpgrp() != os.getpid():
        os.setpgid(0, 0)


def _remember_parent() -> None:
    global _parent_of_the_next_fork
    _parent_of_the_next_fork = os.getpid()


def _die_with_parent() -> None:
    die_with(_parent_of_the_next_fork)


def _prctl(option: int, value: int) -> None:
    if _libc.prctl(option, ctypes.c_ulong(value), 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")
