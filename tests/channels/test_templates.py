"""Approved templates: how they are read and filled in, when they may go, and what is said if not."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone, translation

from apps.channels import gate
from apps.channels.connectors import whatsapp
from apps.channels.connectors.whatsapp.templates import read
from apps.channels.contract import FilledTemplate, Outgoing, Template, TemplateButton
from apps.channels.delivery import queue_delivery
from apps.channels.models import Channel, Delivery, KnownTemplate, TemplateList
from apps.channels.refreshing import refresh_templates
from apps.channels.templates import fill, missing, pieces, reads, restored, slots, stored, template_of
from apps.core.errors import Rejected
from apps.core.models import State
from apps.integrations.checking import check_connection
from apps.integrations.models import Health
from tests.channels.outbox import make_webchat
from tests.channels.whatsapp_numbers import make_number, opened
from tests.peers.server import Reply
from tests.peers.whatsapp import WhatsAppPeer, refusal, template
from tests.work import drain

pytestmark = pytest.mark.django_db

IVAN = "79009876543"
LONG_AGO = timedelta(hours=30)
READY = template(
    "order_ready",
    "ru",
    HEADER={"format": "TEXT", "text": "Заказ {{1}}", "example": {"header_text": ["№17"]}},
    BODY={
        "text": "Здравствуйте, {{1}}! Ваш {{2}} готов, {{1}}.",
        "example": {"body_text": [["Иван", "iPhone 14"]]},
    },
    FOOTER={"text": "Мастерская"},
    BUTTONS={
        "buttons": [
            {"type": "QUICK_REPLY", "text": "Приеду"},
            {
                "type": "URL",
                "text": "Заказ",
                "url": "https://shop.example/o/{{1}}",
                "example": ["https://shop.example/o/17"],
            },
        ]
    },
)
NAMED = template(
    "order_late",
    "ru",
    BODY={
        "text": "{{client_name}}, деталь придёт {{when}}.",
        "example": {"body_text_named_params": [{"param_name": "when", "example": "в среду"}]},
    },
    own={"parameter_format": "NAMED"},
)


@pytest.fixture
def peer(settings: Any) -> Iterator[WhatsAppPeer]:
    settings.OUTBOUND_PRIVATE_NETWORKS = ["127.0.0.0/8"]
    with WhatsAppPeer() as peer:
        peer.templates = [READY, NAMED]
        yield peer


@pytest.fixture
def number(peer: WhatsAppPeer) -> Channel:
    return make_number(base_url=peer.url)


def found(given: dict[str, Any] = READY) -> Template:
    one = read(given)
    assert one is not None
    return one


def filled(**more: str) -> FilledTemplate:
    values = {"header.1": "№17", "body.1": "Иван", "body.2": "iPhone 14", "button1.1": "17"}
    return fill(found(), values | more)


def put(channel: Channel, given: FilledTemplate, *, ago: timedelta = LONG_AGO, **more: Any) -> Delivery:
    return queue_delivery(
        channel=channel,
        external_chat_id=IVAN,
        external_user_id=IVAN,
        template=given,
        client_wrote_at=timezone.now() - ago,
        **more,
    )


def test_a_template_is_read_with_its_slots_and_examples() -> None:
    one = found()
    assert [(slot.key, slot.example) for slot in slots(one)] == [
        ("header.1", "№17"),
        ("body.1", "Иван"),
        ("body.2", "iPhone 14"),
        ("button1.1", "https://shop.example/o/17"),
    ]
    assert [(slot.key, slot.example) for slot in slots(found(NAMED))] == [
        ("body.client_name", ""),
        ("body.when", "в среду"),
    ]
    assert one.buttons[0] == TemplateButton(text="Приеду")


def test_what_is_kept_of_it_is_the_same_again() -> None:
    assert restored(stored(filled())) == filled()


def test_it_reads_as_the_client_will_read_it() -> None:
    assert reads(filled()) == "Заказ №17\n\nЗдравствуйте, Иван! Ваш iPhone 14 готов, Иван.\n\nМастерская"
    # Braces in a value are a value: nothing is filled in twice.
    assert "{{2}}" in reads(filled(**{"body.1": "{{2}}"}))


def test_a_value_is_one_line_and_foreign_values_are_left_out() -> None:
    given = filled(**{"body.1": "  Иван \n\t Петров ", "body.9": "x"})
    assert given.values["body.1"] == "Иван Петров"
    assert "body.9" not in given.values
    assert [slot.key for slot in missing(filled(**{"body.2": " \n "}))] == ["body.2"]


def test_its_text_is_cut_at_its_slots() -> None:
    cut = pieces("Ваш {{ 2 }} готов", "body")
    assert [(piece.text, piece.slot) for piece in cut] == [("Ваш ", ""), ("{{2}}", "body.2"), (" готов", "")]


@pytest.mark.parametrize(
    ("given", "obstacle"),
    [
        (template("a", "ru", BODY={"text": "x"}, HEADER={"format": "IMAGE"}), "file"),
        (template("a", "ru", BODY={"text": "x"}, HEADER={"format": "LOCATION"}), "place"),
        (template("a", "ru", BODY={"text": "x"}, own={"category": "AUTHENTICATION"}), "code"),
        (template("a", "ru", BODY={"text": "x"}, CAROUSEL={"cards": []}), "parts"),
        (template("a", "ru", BODY={"text": "x"}, BUTTONS={"buttons": [{"type": "FLOW"}]}), "parts"),
        (template("a", "ru", BODY={"text": "x"}), ""),
    ],
)
def test_what_cannot_be_filled_in_here_is_told(given: dict[str, Any], obstacle: str, number: Channel) -> None:
    one = found(given)
    assert one.obstacle == obstacle
    assert bool(gate.refusal(number, text="", template=fill(one, {}))) is bool(obstacle)


def test_what_is_not_approved_or_not_whole_is_no_template() -> None:
    assert read({**READY, "status": "PAUSED"}) is None
    assert read({**READY, "components": []}) is None
    assert read({"id": 5, "name": None, "components": "x"}) is None


def test_all_pages_are_read(peer: WhatsAppPeer, number: Channel) -> None:
    peer.templates = [template(f"t{n}", "ru", BODY={"text": f"{n}"}) for n in range(7)]
    peer.template_page = 3
    assert [one.name for one in whatsapp.templates(opened(number))] == [f"t{n}" for n in range(7)]


def test_it_goes_as_meta_wants_it(peer: WhatsAppPeer, number: Channel) -> None:
    message = Outgoing(
        key=str(uuid4()), external_chat_id=IVAN, external_user_id=IVAN, text="", template=filled()
    )
    whatsapp.send(opened(number), message)
    (sent,) = peer.sent
    assert (sent["type"], sent["template"]["name"]) == ("template", "order_ready")
    assert sent["template"]["language"] == {"code": "ru"}
    assert sent["template"]["components"] == [
        {"type": "header", "parameters": [{"type": "text", "text": "№17"}]},
        {
            "type": "body",
            "parameters": [{"type": "text", "text": "Иван"}, {"type": "text", "text": "iPhone 14"}],
        },
        {
            "type": "button",
            "sub_type": "url",
            "index": "1",
            "parameters": [{"type": "text", "text": "17"}],
        },
    ]


def test_numbers_go_in_their_order_and_names_by_name() -> None:
    backwards = template("b", "ru", BODY={"text": "{{2}} и {{1}}"})
    given = fill(found(backwards), {"body.1": "один", "body.2": "два"})
    (body,) = whatsapp.render(outgoing(given)).json["template"]["components"]
    assert [one["text"] for one in body["parameters"]] == ["один", "два"]

    named = fill(found(NAMED), {"body.client_name": "Иван", "body.when": "завтра"})
    (body,) = whatsapp.render(outgoing(named)).json["template"]["components"]
    assert body["parameters"][0] == {"type": "text", "text": "Иван", "parameter_name": "client_name"}


def outgoing(given: FilledTemplate) -> Outgoing:
    return Outgoing(key="k", external_chat_id=IVAN, external_user_id=IVAN, template=given)


def test_outside_the_window_a_template_goes_and_nothing_else(peer: WhatsAppPeer, number: Channel) -> None:
    for by_human in (True, False):
        with pytest.raises(Rejected):
            queue_delivery(
                channel=number,
                external_chat_id=IVAN,
                external_user_id=IVAN,
                text="Готово",
                by_human=by_human,
                client_wrote_at=timezone.now() - LONG_AGO,
            )
        put(number, filled(), by_human=by_human)
    drain()

    assert [one["type"] for one in peer.sent] == ["template", "template"]
    delivery = Delivery.objects.earliest("pk")
    assert (delivery.state, delivery.text) == (State.DONE, reads(filled()))
    assert delivery.template["template"]["name"] == "order_ready"


def test_the_reason_names_the_way_out_where_there_is_one(number: Channel) -> None:
    with translation.override("en"):
        said = gate.closed(number, quiet_for=LONG_AGO)
        assert said is not None
        assert "approved template" in said
    assert gate.takes_templates(number)
    assert not gate.takes_templates(make_webchat())


def test_the_gate_wants_a_template_whole_short_and_where_there_are_any(number: Channel) -> None:
    assert gate.refusal(number, text="", template=filled()) is None
    assert "2" in str(gate.refusal(number, text="", template=filled(**{"body.2": ""})))
    assert gate.refusal(number, text="", template=filled(**{"body.2": "ы" * 1000}))
    assert gate.refusal(make_webchat(), text="", template=filled())
    number.is_active = False
    assert gate.refusal(number, text="", template=filled())
    assert not gate.takes_templates(number)


def test_a_check_has_the_list_fetched_and_a_second_one_brings_it_up_to_date(
    peer: WhatsAppPeer, number: Channel
) -> None:
    for _twice in range(2):
        check_connection(connection=number.connection)
    assert TemplateList.objects.count() == 1
    drain()
    first = {row.external_id: row.pk for row in KnownTemplate.objects.all()}
    assert [template_of(row.content) for row in KnownTemplate.objects.all()] == [found(NAMED), found(READY)]

    renewed = {**READY, "components": [{"type": "BODY", "text": "Готово"}]}
    peer.templates = [renewed, template("new", "ru", BODY={"text": "x"})]
    check_connection(connection=number.connection)
    drain()
    rows = {row.name: row for row in KnownTemplate.objects.all()}
    assert rows.keys() == {"order_ready", "new"}
    assert rows["order_ready"].pk == first[READY["id"]]
    assert template_of(rows["order_ready"].content).body == "Готово"
    assert TemplateList.objects.get().refreshed_at is not None


def test_a_list_that_is_refused_leaves_what_was_known_and_the_connection_well(
    peer: WhatsAppPeer, number: Channel
) -> None:
    check_connection(connection=number.connection)
    drain()
    peer.fail("templates", 403, 200)
    refresh_templates(number.connection)
    drain()

    listed = TemplateList.objects.get()
    assert (listed.state, listed.error_code) == (State.FAILED, "no_rights")
    assert KnownTemplate.objects.count() == 2
    number.connection.refresh_from_db()
    assert number.connection.health == Health.OK
    refresh_templates(number.connection)
    drain()
    assert TemplateList.objects.get().state == State.DONE


@pytest.mark.parametrize("answer", [{"data": {}}, {"success": True}, []])
def test_a_strange_list_changes_nothing(peer: WhatsAppPeer, number: Channel, answer: Any) -> None:
    check_connection(connection=number.connection)
    drain()
    peer.next("templates", Reply(json=answer))
    refresh_templates(number.connection)
    drain()
    assert TemplateList.objects.get().state == State.FAILED
    assert KnownTemplate.objects.count() == 2


def test_a_service_without_templates_is_not_asked_for_them() -> None:
    refresh_templates(make_webchat().connection)
    assert not TemplateList.objects.exists()


@pytest.mark.parametrize("code", range(132000, 132017))
def test_each_refusal_of_a_template_has_a_sentence_and_has_the_list_refreshed(
    peer: WhatsAppPeer, number: Channel, code: int
) -> None:
    peer.next("messages", refusal(400, code))
    delivery = put(number, filled())
    drain()
    delivery.refresh_from_db()
    assert delivery.state == State.FAILED
    assert delivery.error_code.startswith("template_")
    assert translation.gettext(delivery.error_text) != delivery.error_text
    assert TemplateList.objects.get().refreshed_at is not None
