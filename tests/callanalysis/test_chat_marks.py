"""How an appeal was judged: beside its conversation, and on a page of its own with corrections."""

import html
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from model_bakery import baker

from apps.appeals.models import Appeal, Author, Conversation, Message
from apps.callanalysis import chats, judging
from apps.callanalysis.correcting import correct_mark
from apps.callanalysis.models import Cell, Correction, Mark, Office, SalesManager, Scorecard, TableRow
from apps.callanalysis.redoing import analyse_again
from apps.core.models import State
from apps.integrations.models import WebhookDelivery, WebhookEndpoint
from apps.tenants.membership import add_member
from apps.tenants.models import Member, Phones, Role, Sees, Tenant
from tests.callanalysis.judges import Judge, cell, make_table, verdict
from tests.callanalysis.talks_in_chats import ended, for_chats
from tests.work import drain

__all__ = ["ended"]

pytestmark = pytest.mark.django_db

SignedIn = Callable[[Member], Client]


@pytest.fixture
def appeal(ended: Any, judge: Judge, tenant_a: Tenant) -> Appeal:
    """Judged by a checklist and a table."""
    for_chats(tenant_a, name="Чат")
    table = make_table(tenant_a, for_chats=True)
    table.versions.update(published_at=timezone.now() - timedelta(days=1))
    judge.will_say(verdict("greeting", "yes", "меня зовут анна", 3), verdict("price", "no"))
    judge.will_find(cell("device", "телефон", "сломался телефон", 1))
    made: Appeal = ended()
    chats.begin_ended()
    drain()
    assert Scorecard.objects.get().state == State.DONE
    return made


def address(appeal: Appeal) -> str:
    return reverse("callanalysis_chat", args=[appeal.conversation_id, appeal.pk])


def act(appeal: Appeal, what: str, pk: int) -> str:
    return reverse("callanalysis_chat_act", args=[appeal.conversation_id, appeal.pk, what, pk])


def shown(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return html.unescape(answer.content.decode())


def desk(appeal: Appeal) -> str:
    return reverse("desk_conversation", args=[appeal.conversation_id])


def test_marks_and_cells_stand_with_the_messages_they_rest_on(
    appeal: Appeal, signed_in: SignedIn, head: Member
) -> None:
    page = shown(signed_in(head), address(appeal))
    message = Mark.objects.get(stage_id="greeting").message
    assert message is not None
    for text in (
        *(
            "Чат",
            "Приветствие",
            "выполнено",
            "меня зовут Анна",
            "не выполнено",
            "Запись на ремонт",
            "телефон",
        ),
        f"{desk(appeal)}?at={message.pk}#m{message.pk}",
    ):
        assert text in page, text


def test_a_few_lines_of_it_stand_beside_the_conversation(
    appeal: Appeal, signed_in: SignedIn, head: Member
) -> None:
    Conversation.objects.update(current_appeal=appeal)
    page = shown(signed_in(head), desk(appeal))
    panel = page[page.index('id="marks"') :]
    assert "Чат: <b>25 %</b>" in panel.replace("</bdi>", "").replace("\xa0", " ").replace("<bdi>", "")
    assert "Устройство" in panel
    assert address(appeal) in panel


def test_an_open_conversation_is_told_when_its_marks_are_there(
    ended: Any, judge: Judge, tenant_a: Tenant
) -> None:
    for_chats(tenant_a)
    appeal = ended()
    chats.begin_ended()
    before = Conversation.objects.get().revision
    drain()
    assert Scorecard.objects.get(appeal=appeal).state == State.DONE
    assert Conversation.objects.get().revision > before


def test_a_leader_corrects_a_mark_and_a_cell_and_sees_both(
    appeal: Appeal, signed_in: SignedIn, head: Member
) -> None:
    client, mark = signed_in(head), Mark.objects.get(stage_id="price")
    answer = client.post(act(appeal, "mark", mark.pk), {"value": "1", "reason": "Цена есть в прайсе"})
    assert answer["Location"] == f"{address(appeal)}#mark{mark.pk}"
    assert Scorecard.objects.get().percentage == 100
    client.post(
        act(appeal, "cell", Cell.objects.get(name="device").pk), {"value": "Айфон", "reason": "Уточнил"}
    )
    page = shown(client, address(appeal))
    for text in ("Цена есть в прайсе", "ИИ сказал: не выполнено.", "Айфон", "ИИ сказал: телефон"):
        assert text in page, text
    assert (
        "Напишите почему"
        in client.post(act(appeal, "mark", mark.pk), {"value": "-1"}, follow=True).content.decode()
    )
    assert Correction.objects.count() == 2


def test_operators_see_their_own_and_correct_nothing(
    appeal: Appeal, signed_in: SignedIn, anna: Member, tenant_a: Tenant
) -> None:
    page = shown(signed_in(anna), address(appeal))
    assert "Приветствие" in page
    assert "ca-correct" not in page
    assert "ca-again" not in page
    mark = Mark.objects.get(stage_id="price")
    answer = signed_in(anna).post(act(appeal, "mark", mark.pk), {"value": "1", "reason": "я"})
    assert answer.status_code == 403
    other = add_member(tenant=tenant_a, username="olga", password="", role=Role.OPERATOR, name="Ольга")
    Conversation.objects.update(current_appeal=appeal)
    assert signed_in(other).get(address(appeal)).status_code == 404
    assert 'id="marks"' not in shown(signed_in(other), desk(appeal))
    assert not Correction.objects.exists()


@pytest.mark.parametrize("how", ["leads", "answered"])
def test_nobody_judges_their_own_work(how: str, appeal: Appeal, signed_in: SignedIn, head: Member) -> None:
    if how == "leads":
        Appeal.objects.update(operator=head)
    else:
        Message.objects.filter(text__startswith="Добрый").update(operator=head)
    client, mark = signed_in(head), Mark.objects.get(stage_id="price")
    assert "ca-correct" not in shown(client, address(appeal))
    assert client.post(act(appeal, "mark", mark.pk), {"value": "1", "reason": "я"}).status_code == 403
    assert client.post(act(appeal, "scorecard", mark.scorecard_id)).status_code == 403
    assert not Correction.objects.exists()


def test_a_head_of_an_office_sees_the_appeals_of_its_people(
    appeal: Appeal, signed_in: SignedIn, head: Member, anna: Member, tenant_a: Tenant
) -> None:
    north = Office.objects.create(tenant=tenant_a, external_id="n", title="Север")
    north.leaders.add(SalesManager.objects.create(tenant=tenant_a, external_id="h", member=head))
    assert signed_in(head).get(address(appeal)).status_code == 404
    north.managers.add(SalesManager.objects.create(tenant=tenant_a, external_id="a", member=anna))
    assert signed_in(head).get(address(appeal)).status_code == 200


def test_who_does_not_find_the_conversation_sees_no_marks(
    appeal: Appeal, signed_in: SignedIn, anna: Member, head: Member
) -> None:
    """Anna led it then; a colleague leads what the conversation is about now, and she sees only her own."""
    Appeal.objects.filter(pk=appeal.pk).update(created_at=timezone.now() - timedelta(days=1))
    now = baker.make(
        Appeal,
        tenant=appeal.tenant,
        channel=appeal.channel,
        contact=appeal.contact,
        conversation=appeal.conversation,
        operator=head,
        status="in_progress",
    )
    Conversation.objects.update(current_appeal=now)
    assert signed_in(anna).get(address(appeal)).status_code == 200
    type(anna.tenant).objects.update(operators_see=Sees.OWN)
    assert signed_in(anna).get(address(appeal)).status_code == 404


def test_phones_are_as_the_role_sees_them(
    appeal: Appeal, signed_in: SignedIn, head: Member, tenant_a: Tenant
) -> None:
    Mark.objects.filter(stage_id="greeting").update(
        quote="звоните +7 912 345-67-89", comment="8 912 345 67 89"
    )
    Cell.objects.filter(name="device").update(value="+79123456789", said="+79123456789")
    Tenant.objects.update(heads_phones=Phones.HIDDEN)
    page = shown(signed_in(head), address(appeal))
    assert not re.search(r"345\D{0,5}67", page)
    # What its reader may not see is not theirs to put right.
    assert act(appeal, "cell", Cell.objects.get(name="device").pk) not in page
    Tenant.objects.update(heads_phones=Phones.SHOWN)
    assert "+7 912 345-67-89" in shown(signed_in(head), address(appeal))


def test_what_was_said_since_is_judged_when_it_is_analysed_again_and_corrections_stay(
    appeal: Appeal, judge: Judge, signed_in: SignedIn, head: Member, tenant_a: Tenant
) -> None:
    endpoint = baker.make(
        WebhookEndpoint, tenant=tenant_a, key="crm", url="http://127.0.0.1:1/", is_active=False
    )
    card = Scorecard.objects.get()
    type(card.checklist).objects.update(webhook=endpoint)
    client, asked = signed_in(head), len(judge.asked)
    greeting = Mark.objects.get(stage_id="greeting")
    client.post(act(appeal, "mark", greeting.pk), {"value": "-1", "reason": "Не назвал компанию"})
    baker.make(
        Message,
        tenant=tenant_a,
        conversation=appeal.conversation,
        appeal=appeal,
        author=Author.OPERATOR,
        text="Цена пять тысяч рублей",
        sent_at=timezone.now(),
        is_history=False,
    )
    judge.will_say(verdict("price", "yes", "Цена пять тысяч рублей", 5))
    answer = client.post(act(appeal, "scorecard", card.pk))
    assert answer["Location"] == f"{address(appeal)}#scorecard{card.pk}"
    page = shown(client, address(appeal))
    assert "анализируется заново" in page.lower()
    assert "меня зовут Анна" in page
    drain()
    assert judge.ids[asked:] == [["price"]]
    card.refresh_from_db()
    assert (card.state, card.is_anew) == (State.DONE, False)
    assert [(one.stage_id, one.score, one.quote) for one in card.marks.all()] == [
        ("greeting", -1, "меня зовут Анна"),
        ("price", 1, "Цена пять тысяч рублей"),
    ]
    assert WebhookDelivery.objects.get().kind == "chat.checklist.completed"


def test_a_correction_made_while_the_ai_thinks_holds(appeal: Appeal, judge: Judge, head: Member) -> None:

    card = Scorecard.objects.get()
    assert analyse_again(card)
    assert not analyse_again(card)
    card.refresh_from_db()
    effect: Any = judging.score(card)
    correct_mark(mark=Mark.objects.get(stage_id="price"), verdict=1, reason="Назвал голосом", member=head)
    effect()
    price = Mark.objects.get(stage_id="price")
    assert (price.human, price.score) == (1, 1)


def test_a_table_is_filled_again_too(appeal: Appeal, judge: Judge, signed_in: SignedIn, head: Member) -> None:
    row = TableRow.objects.get()
    judge.will_find(cell("device", "Айфон", "сломался телефон", 1))
    signed_in(head).post(act(appeal, "row", row.pk))
    drain()
    assert row.cells.get(name="device").value == "Айфон"


def test_marks_of_another_appeal_are_not_corrected_here(
    appeal: Appeal, ended: Any, signed_in: SignedIn, head: Member
) -> None:
    other, mark = ended(), Mark.objects.get(stage_id="price")
    client = signed_in(head)
    assert client.post(act(other, "mark", mark.pk), {"value": "1", "reason": "x"}).status_code == 404
    assert client.post(act(other, "scorecard", mark.scorecard_id)).status_code == 404
    assert client.post(act(appeal, "other", mark.pk)).status_code == 404
    wrong = reverse("callanalysis_chat", args=[other.conversation_id, appeal.pk])
    assert client.get(wrong).status_code == 404


def test_the_page_takes_as_many_queries_for_many_marks_as_for_few(
    appeal: Appeal, signed_in: SignedIn, head: Member, django_assert_max_num_queries: Any
) -> None:
    client = signed_in(head)
    client.get(address(appeal))
    with django_assert_max_num_queries(20) as few:
        client.get(address(appeal))
    count = len(few)  # before the next request empties the log
    for_chats(appeal.tenant, name="Ещё один")
    chats.begin_ended()
    drain()
    for turn in range(5):
        mark = Mark.objects.filter(stage_id="price").earliest("pk")
        client.post(act(appeal, "mark", mark.pk), {"value": "1", "reason": f"раз {turn}"})
    client.get(address(appeal))
    with django_assert_max_num_queries(count):
        client.get(address(appeal))


def test_an_appeal_that_was_not_judged_says_so(ended: Any, signed_in: SignedIn, head: Member) -> None:
    assert "не анализировалось" in shown(signed_in(head), address(ended()))
