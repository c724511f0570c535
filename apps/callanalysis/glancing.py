"""A glance at a link while the CRM waits: is there a recording, by its first bytes and in five seconds.

Only what is certain is refused. What is too slow to tell is taken, and decided when it is fetched.
"""

from concurrent.futures import ThreadPoolExecutor
from threading import BoundedSemaphore

from django.utils.translation import gettext_lazy as _

from apps.core.errors import OutsideError, RateLimited, Rejected, Transient
from apps.core.files.sniffing import sniff
from apps.core.http import Http

FIRST_BYTES = 4096
# Together less than the five seconds: a turn, and the look itself, which a name server may hold up.
TURN, LOOK, DEADLINE = 0.5, 4.2, 4.0
# So few at once in a process: slow servers of recordings must not take every thread from the desk.
AT_ONCE = 2
SOUNDS = frozenset({"audio/mpeg", "audio/wav", "audio/ogg"})

NOT_AUDIO = _("The file is not audio, and its length could not be told.")
NO_DOWNLOAD = _("The file can't be downloaded. Check that the link opens without signing in.")

_turns = BoundedSemaphore(AT_ONCE)
_pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="glance")


def glance(link: str) -> None:
    """Raises Rejected, `not_audio` or `download_error`. Call it outside a transaction."""
    if not _turns.acquire(timeout=TURN):
        return
    look = _pool.submit(_look, link)
    look.add_done_callback(lambda _done: _turns.release())
    try:
        refusal = look.result(timeout=LOOK)
    except TimeoutError:
        return
    if refusal is not None:
        raise refusal


def is_recording(head: bytes) -> bool:
    """MP3, WAV or OGG, whatever its name and its sender say."""
    return sniff(head) in SOUNDS or _is_mp3(head.lstrip(b"\x00"))


def _look(link: str) -> Rejected | None:
    try:
        with Http(timeout=(3.0, 3.5)) as http:
            head = http.beginning(link, size=FIRST_BYTES, deadline=DEADLINE)
    except OutsideError as error:
        return _refusal(error)
    return None if is_recording(head) else Rejected(NOT_AUDIO, code="not_audio")


def _refusal(error: OutsideError) -> Rejected | None:
    """None where another time may be better."""
    is_slow = error.code == "timeout" or error.code.startswith(("http_408", "http_5"))
    if isinstance(error, RateLimited) or (isinstance(error, Transient) and is_slow):
        return None
    if error.code == "http_416":  # not even one byte is there
        return Rejected(NOT_AUDIO, code="not_audio")
    return Rejected(NO_DOWNLOAD, code="download_error")


def _is_mp3(head: bytes) -> bool:
    """A frame of MPEG-1, 2 or 2.5, layer III: recorders of calls write the last, which few others do.

    http://www.mp3-tech.org/programmer/frame_header.html
    """
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return False
    version, layer = head[1] >> 3 & 3, head[1] >> 1 & 3
    bitrate, rate = head[2] >> 4, head[2] >> 2 & 3
    return version != 1 and layer == 1 and bitrate != 15 and rate != 3
