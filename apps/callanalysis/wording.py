"""How a call is spoken of: seconds, speakers, and why it did not end as analysed, in plain words."""

from collections.abc import Mapping

from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from apps.callanalysis.measuring import CLIENT, MANAGER
from apps.callanalysis.models import Call, CallPart, Judgement
from apps.core.errors import Transient
from apps.core.models import DurableWork

SPEAKERS: Mapping[str, Promise] = {MANAGER: _("Manager"), CLIENT: _("Client")}

EMPTY = _("The file at the link is empty.")
WEB_PAGE = _("The link leads to a web page, not to a recording.")
FORMAT = _("Recordings are taken as MP3, WAV and OGG; this one is in another format.")
LOW_RATE = _("The recording has less than 8 kHz: speech cannot be made out in it.")
CUT_SHORT = _("The file breaks off before its end. What could be read was used.")

REFUSED = _("The server refuses to hand the recording out.")
SERVER_SILENT = _("The server with the recording failed every time it was asked.")
AI_SILENT = _("The AI service failed every time it was asked.")

# By the error's code. Those of `core.errors` speak of a service and of trying again: this is the end.
NOT_FETCHED: dict[str, Promise] = {
    "http_404": _("There is no file at the link, not even after several minutes."),
    "http_410": _("The file at the link has been deleted."),
    "http_401": _("The link asks for a password. Recordings must open without one."),
    "http_403": _("The server refuses to hand the recording out: the link may have expired."),
    "tls_error": _("The certificate of the server with the recording could not be verified."),
    "address_blocked": _("The link leads into a network that this server must not call."),
    "bad_url": _("The link is not a valid http or https address."),
    "too_many_redirects": _("The link redirects without end."),
    "too_large": _("The recording is larger than 100 MB."),
    "dns_error": _("The server with the recording was not found."),
    "connect_error": _("The server with the recording could not be reached."),
    "timeout": _("The server with the recording did not hand it out in time."),
    "connection_broken": _("The server with the recording broke the download off several times."),
}
OURS: dict[str, Promise] = {
    "file_gone": _("The recording has been deleted here."),
    "lost": _("The work on it was broken off several times."),
}


def too_short(least: int) -> str:
    text = ngettext("Shorter than %(count)d second.", "Shorter than %(count)d seconds.", least)
    return text % {"count": least}


def why_not_fetched(call: Call) -> str:
    """Of a row that failed, in the language in force. What is stored is English, so that it groups."""
    return _reason(call, NOT_FETCHED | OURS, silent=SERVER_SILENT)


def why_not_heard(part: CallPart) -> str:
    return _reason(part, OURS, silent=AI_SILENT)


def why_not_judged(judgement: Judgement) -> str:
    return _reason(judgement, OURS, silent=AI_SILENT)


def _reason(work: DurableWork, known: Mapping[str, Promise], *, silent: Promise) -> str:
    if reason := known.get(work.error_code):
        return str(reason)
    with translation.override("en"):
        was_tried = work.error_text == str(Transient.public)
    return str(silent) if was_tried else gettext(work.error_text) or work.error_code


def clock(seconds: float) -> str:
    """3:05, or 1:02:03."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def speaker_name(speaker: str) -> str:
    """Empty where nobody knows who it is."""
    if not speaker:
        return ""
    return str(SPEAKERS.get(speaker) or gettext("Voice %(name)s") % {"name": speaker})
