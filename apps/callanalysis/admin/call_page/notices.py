"""What is the matter with a call that is no ordinary one, and what somebody can do about it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import formats, timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.callanalysis.admin.call_page.sections import Shown
from apps.callanalysis.models import Call, CallOutcome, CallPart
from apps.callanalysis.wording import why_not_fetched, why_not_heard
from apps.core.models import TROUBLED, State
from apps.tenants.models import Role

SETTINGS, CONNECTING = "admin:callanalysis_analysissettings_changelist", "admin:callanalysis_connecting"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """`tone` is info, warning or danger; the address is for whoever may go there."""

    tone: str
    title: str | Promise
    text: str | Promise = ""
    todo: str | Promise = ""
    address: str = ""
    button: str | Promise = ""


# Ends that nobody has to mend: what they are, what to do, and where.
ENDS: Mapping[str, tuple[str | Promise, str | Promise, str]] = {
    CallOutcome.SKIPPED: (
        gettext_lazy("Too short to be analysed"),
        gettext_lazy(
            "It is counted apart from the others. The shortest length is set on the page «Connecting»."
        ),
        CONNECTING,
    ),
    CallOutcome.SILENCE: (
        gettext_lazy("Nobody speaks in the recording"),
        gettext_lazy(
            "It is counted apart and lowers nobody's marks. Where it happens often, see whether the "
            "telephone exchange records both sides."
        ),
        "",
    ),
    CallOutcome.VOICEMAIL: (
        gettext_lazy("An answering machine took the call"),
        gettext_lazy("It is counted apart and lowers nobody's marks. There is nothing to do."),
        "",
    ),
    CallOutcome.LANGUAGE: (
        gettext_lazy("They speak another language"),
        gettext_lazy("It is counted apart. The language of calls is set in «Settings of calls»."),
        SETTINGS,
    ),
}


def notices_of(shown: Shown) -> list[Notice]:
    return list(_notices(shown))


def _notices(shown: Shown) -> Iterator[Notice]:
    call, is_admin = shown.call, shown.scope.may(Role.ADMIN)
    if call.outcome in ENDS:
        title, todo, route = ENDS[call.outcome]
        address = reverse(route) if route and is_admin else ""
        yield Notice(
            tone="info",
            title=title,
            text=call.reason,
            todo=todo,
            address=address,
            button=_("Open the settings"),
        )
    elif call.outcome in (CallOutcome.FAILED, CallOutcome.UNREADABLE):
        yield _failure(shown, is_admin)
    elif not call.outcome:
        yield _in_work(shown)
    if call.remark:
        yield Notice(
            tone="warning",
            title=call.remark,
            todo=_(
                "What was said after that is in no figure and no mark. Look at where recordings are made."
            ),
        )
    if call.audio_deleted_at is not None:
        yield _deleted(call, is_admin)


def _failure(shown: Shown, is_admin: bool) -> Notice:
    """By a press on «Replay» the same call goes on from where it stopped: what was heard stays."""
    is_unreadable = shown.call.outcome == CallOutcome.UNREADABLE
    title = _("The recording can't be read") if is_unreadable else _("The call has not been analysed")
    found = _troubled(shown)
    if not is_admin:
        todo = _(
            "It lowers nobody's marks. An administrator can have it done again once the cause is mended."
        )
    elif found is None:
        todo = _("It goes on by itself.")
    else:
        todo = _(
            "Mend the cause, then press «Replay»: it goes on from where it stopped, and nothing is paid "
            "for twice."
        )
    address = _replay_address(found) if is_admin and found is not None else ""
    return Notice(
        tone="danger",
        title=title,
        text=shown.call.reason,
        todo=todo,
        address=address,
        button=_("To «Failed and unclear»"),
    )


def _troubled(shown: Shown) -> Call | CallPart | None:
    return next((row for row in _works(shown) if row.state in TROUBLED), None)


def _works(shown: Shown) -> list[Call | CallPart]:
    return [shown.call, *shown.parts]


def _replay_address(row: Call | CallPart) -> str:
    query = {"work": row._meta.label, "state": row.state, "code": row.error_code}
    return f"{reverse('admin:tenants_trouble')}?{urlencode(query)}"


def _in_work(shown: Shown) -> Notice:
    """Also of what waits for the AI, or for the CRM's server: it goes on by itself."""
    waiting = [row for row in _works(shown) if row.state == State.QUEUED and row.error_code]
    if not waiting:
        return Notice(
            tone="info",
            title=_("Still being worked on"),
            todo=_("Its words appear here once they are there."),
        )
    row = waiting[0]
    text = why_not_fetched(row) if isinstance(row, Call) else why_not_heard(row)
    due = formats.date_format(timezone.localtime(row.due_at), "SHORT_DATETIME_FORMAT")
    todo = _("It is tried again by itself, next at %(at)s.") % {"at": due}
    return Notice(tone="warning", title=_("Waits"), text=text, todo=todo)


def _deleted(call: Call, is_admin: bool) -> Notice:
    day = formats.date_format(timezone.localtime(call.audio_deleted_at), "SHORT_DATE_FORMAT")
    return Notice(
        tone="info",
        title=_("The recording was deleted on %(day)s") % {"day": day},
        text=_("Recordings are kept no longer here. What was said, the figures and the marks stay."),
        todo=_("How long they are kept is set in «Settings of calls».") if is_admin else "",
        address=reverse(SETTINGS) if is_admin else "",
        button=_("Open the settings"),
    )
