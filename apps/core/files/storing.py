"""Into the file storage and out of it, with its failures told in the words of `core.errors`."""

import shutil
from typing import Any, BinaryIO

import structlog
from django.core.files import File
from django.core.files.storage import default_storage
from django.utils.translation import gettext_lazy as _

from apps.core.errors import Rejected, Transient

log = structlog.get_logger(__name__)

_AWAY = _("The storage of files does not take them at the moment. It will be tried again.")
_SILENT = _("The storage of files does not answer at the moment. It will be tried again.")
_GONE = _("The file is not in the storage any more.")


def store(path: str, content: Any) -> str:
    """`content` is an open file or upload. Returns where it is. Raises Transient."""
    try:
        return str(default_storage.save(path, content if isinstance(content, File) else File(content)))
    except _storage_errors():
        log.exception("file.not_stored")
        raise Transient(_AWAY, code="storage") from None


def open_stored(path: str) -> File[Any]:
    """Open for reading. Raises Rejected where it is gone, Transient while the storage is away."""
    try:
        return default_storage.open(path)
    except FileNotFoundError:
        raise Rejected(_GONE, code="file_gone") from None
    except _storage_errors():
        log.exception("file.not_read")
        raise Transient(_SILENT, code="storage") from None


def copy_stored(path: str, to: BinaryIO) -> None:
    """The whole of it into an open file. Raises as `open_stored` does."""
    with open_stored(path) as content:
        try:
            shutil.copyfileobj(content, to)
        except _storage_errors():
            log.exception("file.not_read")
            raise Transient(_SILENT, code="storage") from None


def _storage_errors() -> tuple[type[Exception], ...]:
    from boto3.exceptions import Boto3Error  # heavy: only once something has failed
    from botocore.exceptions import BotoCoreError, ClientError

    return (OSError, Boto3Error, BotoCoreError, ClientError)
