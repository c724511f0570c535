"""The AI reads a batch: the spec's two phones with three repairs, a draft that waits, and what goes wrong."""

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.utils import timezone

from apps.appeals.answering import answer
from apps.appeals.extracted import correct, remove
from apps.appeals.models import Appeal, Conversation, Device, Draft, DraftFate, Message, Reading, Repair
from apps.appeals.notes import AINote
from apps.channels.models import Delivery
from apps.core.models import State
from apps.integrations.connecting import connect
from apps.integrations.models import Connection, Health
from apps.tenants.models import Member, Tenant
from tests.peers.anthropic import MESSAGES, AnthropicPeer
from tests.peers.server import Reply
from tests.work import close_windows, drain

Routed = Callable[..., Conversation]

TWO_PHONES = (
    "У меня два телефона сломались. iPhone 14 не держит батарею и экран треснул. "
    "А ещё Samsung Galaxy S23 не заряжается."
)
pytestmark = pytest.mark.django_db


@pytest.fixture
def peer(settings: object, shop: Tenant) -> Iterator[AnthropicPeer]:
    settings.OUTBOUND_PRIVATE_NETWORKS = ["127.0.0.0/8"]  # type: ignore[attr-defined]
    with AnthropicPeer() as peer:
        peer.reply = "Здравствуйте! Посмотрим оба телефона. Когда вам удобно приехать?"
        connect(
            tenant=shop,
            connector="anthropic",
            key="claude",
            name="Claude",
            values={"api_key": peer.key, "base_url": peer.url},
        )
        yield peer
        peer.assert_clean()


def test_the_specs_two_phones_become_devices_and_repairs(peer: AnthropicPeer, routed: Routed) -> None:
    routed(TWO_PHONES)

    appeal = Appeal.objects.get()
    found = {str(device): [str(r) for r in device.repairs.all()] for device in appeal.devices.all()}
    assert found == {
        "Apple iPhone 14": ["Замена батареи", "Замена дисплея"],
        "Samsung Galaxy S23": ["Замена порта зарядки"],
    }
    assert (appeal.appeal_type, appeal.ai_note) == ("repair", "")


def test_each_field_knows_the_words_it_rests_on(peer: AnthropicPeer, routed: Routed) -> None:
    routed(TWO_PHONES)

    message = Message.objects.get()
    evidence = Device.objects.get(brand="Apple").evidence
    assert evidence["model"]["message"] == message.pk
    assert message.text[evidence["model"]["start"] : evidence["model"]["end"]] == "iPhone 14"
    assert evidence["brand"] == {"value": "Apple", "message": None, "start": None, "end": None}
    described = Repair.objects.get(category="Дисплей").evidence["description"]
    assert message.text[described["start"] : described["end"]] == "экран треснул"


def test_a_draft_waits_and_nothing_is_sent(peer: AnthropicPeer, routed: Routed) -> None:
    routed(TWO_PHONES)

    draft = Draft.objects.get()
    assert (draft.fate, draft.text) == (DraftFate.WAITING, peer.reply)
    assert Delivery.objects.count() == 0


def test_a_draft_is_thrown_away_when_the_client_writes_again(
    peer: AnthropicPeer, routed: Routed, visit: Callable[..., str]
) -> None:
    token = visit(TWO_PHONES)
    drain()
    close(drain)
    assert Draft.objects.get().fate == DraftFate.WAITING
    visit("И ещё вопрос", token=token)
    drain()

    assert Draft.objects.get().fate == DraftFate.OUTDATED


def test_no_draft_is_ordered_when_the_operator_answered_first(
    peer: AnthropicPeer, routed: Routed, visit: Callable[..., str], anna: Member
) -> None:
    visit(TWO_PHONES)
    drain()
    answer(conversation=Conversation.objects.get(), member=anna, text="Сейчас посмотрю", key=uuid.uuid4())
    close(drain)

    assert not Draft.objects.exists()
    assert Device.objects.count() == 2


def test_a_second_batch_adds_only_what_is_new(
    peer: AnthropicPeer, routed: Routed, visit: Callable[..., str]
) -> None:
    token = visit(TWO_PHONES)
    drain()
    close(drain)
    peer.extraction = {
        "appeal_type": "repair",
        "devices": [
            {
                "brand": "apple",
                "model": "IPHONE  14",
                "repairs": [
                    {"repair_type": "замена батареи", "category": "Аккумулятор", "description": "садится"},
                    {
                        "repair_type": "Замена камеры",
                        "category": "Камера",
                        "description": "камера не работает",
                    },
                ],
            }
        ],
    }
    visit("на iPhone 14 ещё и камера не работает", token=token)
    drain()
    close(drain)

    assert Device.objects.count() == 2
    assert [str(r) for r in Device.objects.get(brand="Apple").repairs.all()] == [
        "Замена батареи",
        "Замена дисплея",
        "Замена камеры",
    ]


def test_what_the_operator_corrected_or_removed_is_not_undone(
    peer: AnthropicPeer, routed: Routed, visit: Callable[..., str], anna: Member
) -> None:
    token = visit(TWO_PHONES)
    drain()
    close(drain)
    correct(row=Device.objects.get(brand="Apple"), values={"model": "iPhone 14 Pro"}, member=anna)
    remove(row=Device.objects.get(brand="Samsung"))
    visit("Так что с телефонами?", token=token)
    drain()
    close(drain)

    assert sorted(Device.objects.values_list("model", flat=True)) == ["Galaxy S23", "iPhone 14 Pro"]
    assert Device.objects.get(brand="Samsung").removed_at is not None


def refusal(peer: AnthropicPeer) -> Reply:
    return peer.message([], stop_reason="refusal")


def truncation(peer: AnthropicPeer) -> Reply:
    return peer.message([peer.tool_use({"devices": []})], stop_reason="max_tokens")


def prose(peer: AnthropicPeer) -> Reply:
    return peer.message([{"type": "text", "text": "У клиента два телефона."}])


def garbage(peer: AnthropicPeer) -> Reply:
    return peer.message([peer.tool_use({"devices": "два телефона"})], stop_reason="tool_use")


@pytest.mark.parametrize(
    ("answer_of", "note"),
    [
        (refusal, AINote.REFUSED),
        (truncation, AINote.TRUNCATED),
        (prose, AINote.NO_TOOL),
        (garbage, AINote.INVALID),
    ],
)
def test_an_answer_that_cant_be_used_goes_to_a_person(
    peer: AnthropicPeer, routed: Routed, answer_of: Callable[[AnthropicPeer], Reply], note: str
) -> None:
    peer.script(MESSAGES, [answer_of(peer) for _ in range(3)])
    routed(TWO_PHONES)

    assert Appeal.objects.get().ai_note == note
    assert Reading.objects.get().state == State.DONE
    assert Device.objects.count() == 0


def test_an_outage_of_the_ai_keeps_nobody_from_answering(peer: AnthropicPeer, routed: Routed) -> None:
    peer.script(MESSAGES, [peer.failure(529, "overloaded_error") for _ in range(9)])
    routed(TWO_PHONES)

    appeal = Appeal.objects.get()
    assert appeal.ai_note == AINote.RETRYING
    assert Reading.objects.get().state == State.QUEUED
    assert Message.objects.get().appeal == appeal


def close(drain: Callable[[], int]) -> None:
    from tests.work import close_windows

    close_windows()
    drain()


@pytest.mark.parametrize(
    ("change", "note"),
    [({"health": Health.NEEDS_RECONNECT}, AINote.LOCKED_OUT), ({"is_active": False}, AINote.NO_AI)],
)
def test_a_key_that_is_refused_is_not_called_no_ai_at_all(
    peer: AnthropicPeer, routed: Routed, change: dict[str, Any], note: AINote
) -> None:
    Connection.objects.filter(connector="anthropic").update(**change)
    routed("Здравствуйте!")
    assert Appeal.objects.get().ai_note == note


def test_a_colleague_who_answers_in_the_messengers_own_app_silences_the_ai(
    peer: AnthropicPeer, visit: Callable[..., str], page: Callable[[Conversation], str]
) -> None:
    token = visit(TWO_PHONES)
    close_after_reading()
    appeal = Appeal.objects.get()
    Message.objects.create(
        tenant=appeal.tenant,
        conversation=appeal.conversation,
        appeal=appeal,
        author="operator",
        text="Приезжайте",
        sent_at=timezone.now(),
    )
    visit("А сколько это стоит?", token=token)
    close_after_reading()

    appeal.refresh_from_db()
    assert not Draft.objects.filter(fate=DraftFate.WAITING).exists()
    assert appeal.ai_note == AINote.SILENCED
    assert "Коллега отвечает прямо в приложении мессенджера" in page(appeal.conversation)


def close_after_reading() -> None:
    drain()
    close_windows()
    drain()
