"""What came of a recording before its download broke off is kept for the next try, which goes on from there.

It lies in the day's folder of recordings: what no try comes back for is swept away with the other orphans.
"""

import uuid
from dataclasses import asdict
from typing import BinaryIO

from django.db.models import QuerySet
from django.utils import timezone

from apps.callanalysis.models import Call
from apps.core.errors import Rejected, Transient
from apps.core.files.storing import copy_stored, forget, store
from apps.core.http import Progress
from apps.core.models import State

# Less than that is fetched anew as soon as it is stored.
LEAST = 1024 * 1024


def take_up(call: Call, to: BinaryIO) -> Progress:
    """`to` then holds as much as this says. Raises Transient while our storage is away."""
    if not call.partial:
        return Progress()
    kept = dict(call.partial)
    try:
        copy_stored(kept.pop("path"), to)
    except Rejected:  # swept meanwhile
        return Progress()
    progress = Progress(**kept)
    if to.tell() == progress.size:
        return progress
    to.seek(0)
    to.truncate()
    return Progress()


def lay_aside(call: Call, content: BinaryIO, progress: Progress) -> None:
    """While the row is still this worker's, and where it is more than was there."""
    former = call.partial
    if not progress.is_resumable or progress.size < max(LEAST, former.get("size", 0) + 1):
        return
    content.seek(0)
    try:
        path = store(
            f"tenants/{call.tenant_id}/calls/{timezone.now().date()}/{uuid.uuid4().hex}.part", content
        )
    except Transient:  # logged there; the next try begins at the beginning
        return
    call.partial = {"path": path, **asdict(progress)}
    if not _ours(call).update(partial=call.partial):
        forget(path)
    elif former:
        forget(former["path"])


def let_go(call: Call) -> None:
    """All of it has come."""
    if path := call.partial.get("path"):
        call.partial = {}
        _ours(call).update(partial={})
        forget(path)


def _ours(call: Call) -> QuerySet[Call]:
    return Call.objects.filter(pk=call.pk, state=State.RUNNING, attempts=call.attempts)
