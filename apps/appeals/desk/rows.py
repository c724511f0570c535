"""Rows of the list of conversations: which ones, and the words of each.

A row says the same to everybody who may see it, but for a few marks, and a client's message changes one of
forty: so what was written is kept for a minute, and a look at a list writes only what is new in it.
"""

import hashlib
from collections.abc import Sequence
from typing import Any, NamedTuple

from django.core.cache import caches
from django.db.models import (
    BigIntegerField,
    BooleanField,
    Case,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Left
from django.template.loader import get_template
from django.utils import timezone
from django.utils.translation import get_language

from apps.appeals.desk.filters import unread_by
from apps.appeals.desk.marks import with_marks
from apps.appeals.models import AppealTag, Attachment, Batch, Conversation, Device, Message, Tag
from apps.appeals.planned.showing import planned_marks
from apps.appeals.searching import messages_with
from apps.core.models import TROUBLED, State
from apps.tenants.models import Member
from apps.tenants.scope import Scope

# Of a message; more than a line shows nobody reads here.
HEAD = 200
# Of one that was searched for: the words may stand further down.
FOUND = 2000
# Seconds. Names of tags, channels and employees raise no revision: for so long an open list may show a former
# one; a list that is opened asks for them.
KEPT_FOR = 60


class Chosen(NamedTuple):
    """A conversation, and what of its row its revision does not tell: what is one member's alone, an answer
    that did not arrive, since deliveries know nothing of conversations, and the newest message that has the
    words of the search, if one has.
    """

    pk: int
    revision: int
    is_unread: bool
    is_mentioned: bool
    is_handed: bool
    handed_why: str | None
    is_undelivered: bool
    found: int | None


def chosen_by(rows: QuerySet[Conversation], member: Member | None, *, query: str, most: int) -> list[Chosen]:
    """In their order. Two statements: nothing is joined to find them, only for the few that were found."""
    is_unread = Q(pk__in=[]) if member is None else unread_by(member)
    marked = rows.annotate(
        is_unread=Case(When(is_unread, then=Value(True)), default=Value(False), output_field=BooleanField())
    )
    found = list(marked.values_list("pk", "revision", "is_unread")[:most])
    marks = _marks([pk for pk, _revision, _is_unread in found], member, query)
    return [Chosen(*one, *marks[one[0]]) for one in found if one[0] in marks]


def _marks(ids: list[int], member: Member | None, query: str) -> dict[int, tuple[Any, ...]]:
    last = Message.objects.filter(conversation=OuterRef("pk")).reverse().values("delivery__state")[:1]
    rows = with_marks(Conversation.objects.filter(pk__in=ids), member).annotate(
        last_state=Subquery(last), found=_match(query)
    )
    told = rows.order_by().values_list("pk", "is_mentioned", "is_handed", "handed_why", "last_state", "found")
    return {pk: (*marks, state in TROUBLED, found) for pk, *marks, state, found in told}


def _match(query: str) -> Any:
    if not query:
        return Value(None, BigIntegerField())
    words = messages_with(query).filter(conversation=OuterRef("pk")).order_by("-sent_at", "-pk")
    return Subquery(words.values("pk")[:1])


def written(chosen: Sequence[Chosen], *, query: str, scope: Scope, names: str) -> list[str]:
    """The HTML of each. Written is what is not kept under the same `names`, a token of what tags, channels
    and employees are called; and where words were found, which stand then in place of the last ones.
    """
    shelf, keys = caches["rows"], {_key(one, scope, names): one for one in chosen}
    usual = [key for key, one in keys.items() if one.found is None]
    kept: dict[str, str] = shelf.get_many(usual)
    missing = {key: one for key, one in keys.items() if key not in kept}
    fresh = _write(missing, query, scope) if missing else {}
    shelf.set_many({key: fresh[key] for key in usual if key in fresh}, KEPT_FOR)
    # One that is gone meanwhile has no row.
    return [html for key in keys if (html := kept.get(key) or fresh.get(key))]


def _key(chosen: Chosen, scope: Scope, names: str) -> str:
    """Whatever else a row's words depend on: how this member reads."""
    reads = (
        names,
        scope.member is not None,
        str(scope.phones),
        get_language(),
        timezone.get_current_timezone_name(),
    )
    told = repr((*chosen, *reads, timezone.localdate()))
    return hashlib.blake2b(told.encode(), digest_size=16).hexdigest()


def _write(missing: dict[str, Chosen], query: str, scope: Scope) -> dict[str, str]:
    rows = _details(list(missing.values()))
    template, reader = get_template("desk/row.html"), {"member": scope.member, "phones": scope.phones}
    fresh = {}
    for key, one in missing.items():
        if (row := rows.get(one.pk)) is not None:
            fresh[key] = template.render({"row": row, "marks": one, "query": query, **reader})
    return fresh


# What a row shows of each: rows are many, and a connection is heavy.
SHOWN = (
    *(
        "last_message_at",
        "waiting_since",
        "answer_due_at",
        "revision",
        "snoozed_until",
        "snoozed_why",
        "reminded_at",
    ),
    *("contact__name", "identity__is_reachable", "channel__name", "channel__connection__connector"),
    *("current_appeal__status", "current_appeal__operator__name"),
)


def _details(chosen: Sequence[Chosen]) -> dict[int, Any]:
    """Read after the revision under which they are kept: newer than that they may be, but never older."""
    ids = [one.pk for one in chosen]
    found: dict[int, Any] = _with_details(Conversation.objects.filter(pk__in=ids)).in_bulk()
    rows = list(found.values())
    _add_last_messages(rows)
    _add_tags(rows)
    _add_found(found, {one.pk: one.found for one in chosen if one.found is not None})
    return found


def _with_details(rows: QuerySet[Any]) -> QuerySet[Any]:
    last = Message.objects.filter(conversation=OuterRef("pk")).reverse()
    device = Device.objects.filter(appeal=OuterRef("current_appeal"), removed_at=None).order_by("-id")
    batch = Batch.objects.filter(conversation=OuterRef("pk"), state=State.QUEUED).order_by("-id")
    related = ("contact", "identity", "channel__connection", "current_appeal__operator")
    shown: QuerySet[Any] = rows.annotate(
        last_id=Subquery(last.values("pk")[:1]),
        device_model=Subquery(device.values("model")[:1]),
        batch_due=Subquery(batch.values("due_at")[:1]),
        **planned_marks(),
    )
    return shown.select_related(*related).only(*SHOWN)


def _add_last_messages(rows: list[Any]) -> None:
    ids = [row.last_id for row in rows if row.last_id]
    shown = Message.objects.only("author", "note")
    found: dict[int, Any] = shown.annotate(head=Left("text", HEAD)).in_bulk(ids)
    files = Attachment.objects.filter(message__in=ids).order_by("-id")
    kinds = dict(files.values_list("message", "kind"))
    for row in rows:
        row.last, row.last_file = found.get(row.last_id), kinds.get(row.last_id, "")


def _add_found(rows: dict[int, Any], messages: dict[int, int]) -> None:
    texts: dict[int, str] = {}
    if messages:
        texts = dict(Message.objects.filter(pk__in=messages.values()).values_list("pk", Left("text", FOUND)))
    for pk, row in rows.items():
        row.found_text = texts.get(messages.get(pk, 0), "")


def _add_tags(rows: list[Any]) -> None:
    appeals = [row.current_appeal_id for row in rows if row.current_appeal_id]
    tags: dict[int, list[Tag]] = {}
    for use in AppealTag.objects.filter(appeal__in=appeals).select_related("tag").order_by("tag__name"):
        tags.setdefault(use.appeal_id, []).append(use.tag)
    for row in rows:
        row.tags = tags.get(row.current_appeal_id, ())
