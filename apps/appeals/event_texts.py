"""What happened, in the reader's language: by the kind and what was kept of it."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from apps.appeals.models import Actor, AppealEvent, AppealStatus, EventKind

Data = Mapping[str, Any]

FIELDS = {
    "brand": gettext_lazy("brand"),
    "model": gettext_lazy("model"),
    "price": gettext_lazy("price"),
}


def told(event: AppealEvent) -> str:
    """One sentence, without who it was."""
    text = TEXTS[EventKind(event.kind)](event.data)
    if EventKind(event.kind) in NUMBERED and event.appeal_id:
        text = f"№{event.appeal_id}. {text}"
    return text


def by_whom(event: AppealEvent) -> str:
    """Empty where nobody did it: the clock, or the system itself."""
    match Actor(event.actor):
        case Actor.MEMBER if event.member is not None:
            return event.member.name
        case Actor.MEMBER:
            return str(event.data.get("name") or "")
        case Actor.CLIENT:
            return pgettext("who did it", "the client")
        case Actor.AI:
            return _("the AI")
        case _:
            return ""


def status_name(value: str) -> str:
    return str(AppealStatus(value).label) if value in AppealStatus.values else value


def _ended(data: Data) -> str:
    if data.get("to") == AppealStatus.REJECTED:
        return _with_reason(_("The client refused"), data.get("why"))
    return _("The appeal is closed")


def _status(data: Data) -> str:
    return _("Status: %(was)s → %(now)s") % {
        "was": status_name(data.get("from", "")),
        "now": status_name(data.get("to", "")),
    }


def _taken(data: Data) -> str:
    if data.get("by_answer"):
        return _("Taken with the first answer")
    if data.get("from"):
        return _("Taken from %(name)s") % {"name": data["from"]}
    return _("Taken")


def _handed(data: Data) -> str:
    names = {"was": data.get("from") or _("nobody"), "now": data.get("to") or _("nobody")}
    return _with_reason(_("Handed over: %(was)s → %(now)s") % names, data.get("why"))


def _helped(data: Data) -> str:
    return _("An answer in the appeal of %(name)s") % {"name": data.get("keeper", "")}


def _snoozed(data: Data) -> str:
    at = timezone.localtime(datetime.fromisoformat(data["until"]))
    said = _("Put off until %(at)s") % {"at": formats.date_format(at, "j E H:i")}
    return _with_reason(said, data.get("why"))


def _woken(data: Data) -> str:
    match data.get("how"):
        case "client":
            return _("Back before its time: the client wrote")
        case "clock":
            return _with_reason(_("Reminder"), data.get("why"))
        case _:
            return _("Back before its time")


def _unsubscribed(data: Data) -> str:
    return _with_reason(_("No more campaigns"), data.get("why"))


def _corrected(data: Data) -> str:
    changes = ", ".join(
        f"{FIELDS.get(one['field'], one['field'])}: {one['was'] or '—'} → {one['is'] or '—'}"
        for one in data.get("changed", ())
    )
    return _("Corrected: %(what)s, %(changes)s") % {"what": data.get("named", ""), "changes": changes}


def _merged(data: Data) -> str:
    return _("Merged: “%(absorbed)s” is the same client as “%(kept)s”") % _both(data)


def _unmerged(data: Data) -> str:
    return _("Merge undone: “%(absorbed)s” and “%(kept)s” are two clients again") % _both(data)


def _order(data: Data) -> str:
    named = {"crm": data.get("crm", ""), "number": data.get("number", "")}
    if data.get("is_gone"):
        return _("%(crm)s: the order %(number)s is not there any more") % named
    if not data.get("now"):
        return _("%(crm)s: order %(number)s made") % named
    said = _("%(crm)s, order %(number)s: %(was)s → %(now)s")
    return said % {**named, "was": data.get("was") or "—", "now": data["now"]}


def _both(data: Data) -> dict[str, str]:
    return {name: data.get(name, "") for name in ("absorbed", "kept")}


def _with_reason(said: str, why: Any) -> str:
    return f"{said}: {why}" if why else said


TEXTS: dict[EventKind, Callable[[Data], str]] = {
    EventKind.OPENED: lambda data: _("The appeal is opened"),
    EventKind.REOPENED: lambda data: _("The appeal is opened again"),
    EventKind.ENDED: _ended,
    EventKind.STATUS: _status,
    EventKind.TAKEN: _taken,
    EventKind.HANDED: _handed,
    EventKind.GIVEN_BACK: lambda data: _("Given back: nobody leads it"),
    EventKind.HELPED: _helped,
    EventKind.SNOOZED: _snoozed,
    EventKind.WOKEN: _woken,
    EventKind.UNSUBSCRIBED: _unsubscribed,
    EventKind.RESUBSCRIBED: lambda data: _("Gets campaigns again"),
    EventKind.CORRECTED: _corrected,
    EventKind.SCHEDULE_CANCELLED: lambda data: _with_reason(
        _("A scheduled message is cancelled"), data.get("why")
    ),
    EventKind.MERGED: _merged,
    EventKind.UNMERGED: _unmerged,
    EventKind.ORDER: _order,
}
# A conversation may see several appeals come and go.
NUMBERED = (EventKind.OPENED, EventKind.REOPENED, EventKind.ENDED)
