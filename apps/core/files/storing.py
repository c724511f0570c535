"""Files into our storage and out of it, with its own failures told as ours."""

import shutil
from typing import Any, BinaryIO, cast

import structlog
from django.core.files import File
from django.core.files.storage import default_storage
from django.utils.translation import gettext_lazy as _

from apps.core.errors import Rejected, Transient

log = structlog.get_logger(__name__)

_AWAY = _("The storage of files does not take them at the moment. It will be tried again.")
_UNREADABLE = _("The storage of files does not answer at the moment. It will be tried again.")


def store(path: str, content: Any) -> str:
    """`content` is an open file or upload. Raises Transient while the storage is away."""
    try:
        return str(default_storage.save(path, content if isinstance(content, File) else File(content)))
    except _failures():
        log.exception("storing.not_stored")
        raise Transient(_AWAY, code="storage") from None


def stored(path: str) -> BinaryIO:
    """The file, open. Raises Rejected where it is gone, Transient while the storage is away."""
    try:
        file = default_storage.open(path)
        file.seek(0)  # a bucket's file comes with the first touch
    except FileNotFoundError:
        raise Rejected(_("The file is not in the storage any more."), code="file_gone") from None
    except _failures():
        log.exception("storing.not_read")
        raise Transient(_UNREADABLE, code="storage") from None
    return cast(BinaryIO, file)


def copy_stored(path: str, to: BinaryIO) -> None:
    """The whole of it into an open file. Raises as `stored` does."""
    with stored(path) as content:
        try:
            shutil.copyfileobj(content, to)
        except _failures():
            log.exception("storing.not_read")
            raise Transient(_UNREADABLE, code="storage") from None


def forget(path: str) -> bool:
    """Out of the storage. False where it is away: the file stays, and whoever keeps the row tries again."""
    try:
        default_storage.delete(path)
    except _failures():
        log.exception("storing.not_deleted")
        return False
    return True


def _failures() -> tuple[type[Exception], ...]:
    from boto3.exceptions import Boto3Error  # heavy: only once something has failed
    from botocore.exceptions import BotoCoreError, ClientError

    return (OSError, Boto3Error, BotoCoreError, ClientError)
