"""Files into our storage and out of it, with its own failures told as ours."""

import shutil
from typing import Any, BinaryIO, cast

import structlog
from django.core.files import File
from django.core.files.storage import default_storage
from django.utils.translation import gettext_lazy as _

from apps.core.errors import Rejected, Transient
from apps.core.files.stores.failing import OF_THE_FILE, failure_of

log = structlog.get_logger(__name__)

_AWAY = _("The storage of files does not take them at the moment. It will be tried again.")
_UNREADABLE = _("The storage of files does not answer at the moment. It will be tried again.")


def store(path: str, content: Any) -> str:
    """`content` is an open file or upload. Raises Transient while the storage is away, Rejected for a file
    that it does not take."""
    try:
        return str(default_storage.save(path, content if isinstance(content, File) else File(content)))
    except OSError as error:
        failure = failure_of(error)
        log.exception("storing.not_stored", code=failure.code)
    if failure.code in OF_THE_FILE:
        raise Rejected(failure.public, code=failure.code)
    raise Transient(_AWAY, code="storage")


def stored(path: str) -> BinaryIO:
    """The file, whole and at hand. Raises Rejected where it is gone, Transient while the storage is away."""
    return _opened(path, default_storage.open)


def streamed(path: str) -> BinaryIO:
    """The file, to be handed out: of a remote one no more is fetched than is read. Raises as `stored` does,
    and OSError where the storage goes away in the middle."""
    return _opened(path, getattr(default_storage, "in_parts", default_storage.open))


def _opened(path: str, way: Any) -> BinaryIO:
    try:
        return cast(BinaryIO, way(path))
    except FileNotFoundError:
        raise Rejected(_("The file is not in the storage any more."), code="file_gone") from None
    except OSError as error:
        raise _unreadable(error) from None


def copy_stored(path: str, to: BinaryIO) -> None:
    """The whole of it into an open file. Raises as `stored` does."""
    with stored(path) as content:
        try:
            shutil.copyfileobj(content, to)
        except OSError as error:
            raise _unreadable(error) from None


def forget(path: str) -> bool:
    """Out of the storage. False where it is away: the file stays, and whoever keeps the row tries again."""
    try:
        default_storage.delete(path)
    except OSError as error:
        log.exception("storing.not_deleted", code=failure_of(error).code)
        return False
    return True


def names_in(folder: str) -> list[str]:
    """Of the files in it. Empty also where there is no such folder: a bucket knows none, a disk misses it.

    Raises Transient while the storage is away.
    """
    try:
        return list(default_storage.listdir(folder)[1])
    except FileNotFoundError:
        return []
    except OSError as error:
        raise _unreadable(error) from None


def _unreadable(error: OSError) -> Transient:
    log.error("storing.not_read", code=failure_of(error).code, exc_info=error)
    return Transient(_UNREADABLE, code="storage")
