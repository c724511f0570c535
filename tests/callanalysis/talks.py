"""Calls as they are once all is done, with a recording that plays, and words at its seconds."""

import io
from datetime import timedelta
from typing import Any

from django.utils import timezone

from apps.appeals.models import Appeal, AppealStatus, Author, Message
from apps.callanalysis.correcting import correct_mark
from apps.callanalysis.measuring import measure
from apps.callanalysis.models import (
    Call,
    CallOutcome,
    CallPart,
    Cell,
    CellStatus,
    Checklist,
    Mark,
    MarkStatus,
    SalesManager,
    Scorecard,
    Stage,
    Table,
    TableRow,
    Transcript,
    Waveform,
)
from apps.callanalysis.publishing import in_force
from apps.core.files.storing import store
from apps.core.models import State
from apps.tenants.membership import add_member
from apps.tenants.models import Member, Role, Tenant
from tests.callanalysis.judges import make_checklist, make_table
from tests.callanalysis.tones import talk
from tests.channels.outbox import make_webchat
from tests.crm.conftest import make_appeal

WORDS = (
    ("manager", "Добрый день, сервис «Батарея», меня зовут Анна. Чем могу помочь?"),
    ("client", "Здравствуйте. Сколько стоит заменить батарею на айфоне?"),
    ("manager", "Замена стоит три тысячи пятьсот рублей, это займёт сорок минут. Вам удобно сегодня?"),
    ("client", "Да, подойду к шести."),
)
SECONDS = 16.0


def talked(tenant: Tenant, number: int = 1, **fields: Any) -> Call:
    """Of sixteen seconds in stereo, four by each in turn."""
    who, _ = SalesManager.objects.get_or_create(
        tenant=tenant, external_id="mgr_001", defaults={"surname": "Иванова", "name": "Анна"}
    )
    path = store(f"tenants/{tenant.pk}/calls/2026-11-29/{number}.mp3", _file())
    values: dict[str, Any] = {
        "sales_manager": who,
        "external_id": f"call_{number}",
        "deal_id": "deal_5678",
        "stage": Stage.DONE,
        "outcome": CallOutcome.ANALYSED,
        "state": State.DONE,
        "seconds": SECONDS,
        "rate": 8000,
        "channels": 2,
        "has_sides": True,
        "file": path,
        "size": 12_345,
        "content_type": "audio/mpeg",
    }
    call = Call.objects.create(tenant=tenant, **(values | fields))
    CallPart.objects.create(tenant=tenant, call=call, number=1, start=0, seconds=SECONDS, state=State.DONE)
    peaks = [[n * 37 % 256 if n // 25 % 2 == side else 4 for n in range(100)] for side in (0, 1)]
    Waveform.objects.create(tenant=tenant, call=call, peaks=peaks)
    segments = [
        {"start": 4.0 * n, "end": 4.0 * n + 3, "speaker": speaker, "text": text}
        for n, (speaker, text) in enumerate(WORDS)
    ]
    Transcript.objects.create(
        tenant=tenant,
        call=call,
        language="ru",
        segments=segments,
        text="\n".join(text for _, text in WORDS),
        figures=measure(segments, seconds=SECONDS),
    )
    return call


def _file() -> Any:

    return io.BytesIO(talk(turns=2, seconds=4.0))


def judged(call: Call, *, by: Member) -> None:
    """By a checklist and a table, one mark of which a person has corrected."""
    _judged({"call": call}, make_checklist(call.tenant), make_table(call.tenant), by=by)


def ended_appeal(tenant: Tenant) -> Appeal:
    began, channel = timezone.now() - timedelta(hours=3), make_webchat(tenant=tenant)
    operator = add_member(
        tenant=tenant, username="olga", password="", role=Role.OPERATOR, name="Ольга Петрова"
    )
    return make_appeal(
        channel,
        operator=operator,
        created_at=began,
        status=AppealStatus.CLOSED,
        closed_at=began + timedelta(hours=1),
    )


def judged_chat(appeal: Appeal, *, by: Member) -> None:
    """The same of an appeal that ended, with two messages."""
    began = appeal.created_at
    said = [
        Message.objects.create(
            tenant=appeal.tenant,
            conversation=appeal.conversation,
            appeal=appeal,
            author=author,
            operator=appeal.operator if author == Author.OPERATOR else None,
            text=WORDS[place][1],
            sent_at=began + timedelta(minutes=place),
        )
        for place, author in enumerate((Author.OPERATOR, Author.CLIENT, Author.OPERATOR))
    ]
    checklist = make_checklist(appeal.tenant, name="Переписка", for_chats=True, for_calls=False)
    table = make_table(appeal.tenant, name="Из переписки", for_chats=True, for_calls=False)
    _judged({"appeal": appeal}, checklist, table, by=by)
    for kind in (Mark, Cell):
        found = kind.objects.filter(**{f"{'scorecard' if kind is Mark else 'row'}__appeal": appeal})
        found.filter(second=0.0).update(message=said[0])
        found.filter(second=8.0).update(message=said[2], second=120.0)


def _judged(of: dict[str, Any], checklist: Checklist, table: Table, *, by: Member) -> None:
    tenant = checklist.tenant
    card = Scorecard.objects.create(
        tenant=tenant, checklist=checklist, version=in_force(checklist), state=State.DONE, **of
    )
    said = ((1, MarkStatus.COMPLETED, WORDS[0][1], 0.0), (None, MarkStatus.NOT_PROVEN, "", None))
    for place, (verdict, status, quote, second) in enumerate((*said, (-1, MarkStatus.FAILED, "", None))):
        asked = card.version.items[place]
        Mark.objects.create(
            tenant=tenant,
            scorecard=card,
            position=place,
            stage_id=asked["id"],
            stage_name=asked["name"],
            criterion=asked["criterion"],
            is_critical=asked["critical"],
            said=verdict,
            score=verdict,
            status=status,
            comment="Так прозвучало в разговоре.",
            quote=quote,
            second=second,
        )
    Scorecard.objects.filter(pk=card.pk).update(finished_at=timezone.now())
    correct_mark(mark=card.marks.get(position=2), verdict=1, reason="Предложил чехол в конце", member=by)
    row = TableRow.objects.create(tenant=tenant, table=table, version=in_force(table), state=State.DONE, **of)
    values = ("Айфон", {"amount": "3500.00", "currency": "RUB"}, None)
    for place, (column, value) in enumerate(zip(row.version.items, values, strict=True)):
        Cell.objects.create(
            tenant=tenant,
            row=row,
            position=place,
            name=column["name"],
            column=column,
            said=str(value or ""),
            value=value,
            status=CellStatus.FOUND if value else CellStatus.ABSENT,
            quote=WORDS[2][1] if place == 1 else "",
            second=8.0 if place == 1 else None,
        )
    TableRow.objects.filter(pk=row.pk).update(finished_at=timezone.now())
