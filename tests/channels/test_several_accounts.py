"""A body with the events of several accounts: each channel gets its own, whatever becomes of the others."""

import json
from typing import Any

import pytest
from model_bakery import baker

from apps.appeals.models import Message
from apps.channels.models import Channel, InboundEvent
from apps.channels.receiving import read_again
from apps.tenants.models import Tenant
from tests.channels import meta_accounts
from tests.channels.whatsapp_numbers import make_number, post
from tests.peers.whatsapp import NUMBER
from tests.work import drain

pytestmark = pytest.mark.django_db

SECOND = "999"


def change(number: str, text: str) -> dict[str, Any]:
    client = {"profile": {"name": "Иван Петров"}, "wa_id": "79009876543"}
    message = {"from": client["wa_id"], "id": f"wamid.{text}", "timestamp": "1700000000", "type": "text"}
    value = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "79001234567", "phone_number_id": number},
        "contacts": [client],
        "messages": [message | {"text": {"body": text}}],
    }
    return {"field": "messages", "value": value}


def body_for(*numbers: str) -> bytes:
    changes = [change(number, f"для {number}") for number in numbers]
    return json.dumps(
        {"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": changes}]}
    ).encode()


def numbers_of(event: InboundEvent) -> set[str]:
    """Whose words the stored body holds."""
    entries = json.loads(bytes(event.body))["entry"]
    return {one["value"]["metadata"]["phone_number_id"] for entry in entries for one in entry["changes"]}


def said() -> dict[str, list[str]]:
    rows = Message.objects.order_by("pk").values_list("conversation__channel__account", "text")
    found: dict[str, list[str]] = {}
    for account, text in rows:
        found.setdefault(account, []).append(text)
    return found


@pytest.fixture
def first() -> Channel:
    return make_number()


@pytest.fixture
def second(first: Channel) -> Channel:
    return make_number(phone_number_id=SECOND)


@pytest.mark.parametrize("address", ["incoming", "first", "second"])
def test_each_number_gets_its_own_whatever_the_address(first: Channel, second: Channel, address: str) -> None:
    last = {"first": first.public_id, "second": second.public_id}.get(address, address)
    for _delivery in range(2):
        assert post(f"/webhook/whatsapp/{last}", body_for(NUMBER, SECOND)).status_code == 200
    drain()
    assert said() == {NUMBER: [f"для {NUMBER}"], SECOND: [f"для {SECOND}"]}
    assert InboundEvent.objects.filter(outcome="message").count() == 2
    for event in InboundEvent.objects.select_related("channel"):
        assert event.channel is not None
        assert numbers_of(event) == {event.channel.account}


def test_a_number_that_is_not_connected_yet_is_read_once_it_is(first: Channel) -> None:
    assert post("/webhook/whatsapp/incoming", body_for(NUMBER, SECOND)).status_code == 200
    drain()
    assert said() == {NUMBER: [f"для {NUMBER}"]}
    waiting = InboundEvent.objects.get(outcome="unrouted")
    assert (waiting.channel, waiting.reason) == (None, "unknown_account")
    make_number(phone_number_id=SECOND)
    read_again([waiting.pk])
    drain()
    assert said() == {NUMBER: [f"для {NUMBER}"], SECOND: [f"для {SECOND}"]}
    waiting.refresh_from_db()
    assert numbers_of(waiting) == {SECOND}


def test_a_number_whose_app_secret_is_wrong_keeps_nothing_from_the_others(first: Channel) -> None:
    other = make_number(phone_number_id=SECOND, app_secret="0123456789abcdef0123456789abcdef")
    assert post("/webhook/whatsapp/incoming", body_for(NUMBER, SECOND)).status_code == 200
    drain()
    assert said() == {NUMBER: [f"для {NUMBER}"]}
    waiting = InboundEvent.objects.get(outcome="unrouted")
    assert (waiting.channel, waiting.tenant) == (None, None)
    assert not InboundEvent.objects.filter(channel=other).exists()


def test_a_body_that_nobodys_secret_signed_is_refused(first: Channel, second: Channel) -> None:
    assert post("/webhook/whatsapp/incoming", body_for(NUMBER, SECOND), secret="wrong").status_code == 403
    assert not InboundEvent.objects.exists()


def test_whoever_shares_a_body_does_not_see_the_others_words(first: Channel) -> None:
    """One organisation's secret signs only for itself."""
    elsewhere = baker.make(Tenant, slug="elsewhere")
    make_number(tenant=elsewhere, phone_number_id=SECOND, app_secret="0123456789abcdef0123456789abcdef")
    post("/webhook/whatsapp/incoming", body_for(NUMBER, SECOND))
    drain()
    assert not Message.objects.filter(tenant=elsewhere).exists()
    assert not Message.objects.filter(tenant=first.tenant, text__contains=SECOND).exists()


@pytest.mark.parametrize("slug", ["instagram", "messenger"])
def test_entries_of_two_accounts_of_one_app_are_parted(slug: str) -> None:
    nobody: dict[str, Any] = {"base_url": "http://127.0.0.1:9"}  # who is asked for the clients' names
    one = meta_accounts.make_account(slug, **nobody)
    ids: dict[str, Any] = {name: f"{value[:-1]}7" for name, value in meta_accounts.IDS[slug].items()}
    other = meta_accounts.make_account(slug, **nobody, **ids)
    body = json.loads(meta_accounts.body_of(slug, "text"))
    text = json.dumps(body["entry"][0]).replace(one.account, other.account)
    body["entry"].append(json.loads(text))
    answer = meta_accounts.post(f"/webhook/{slug}/{one.public_id}", json.dumps(body).encode())
    assert answer.status_code == 200
    drain()
    assert sorted(said()) == sorted([one.account, other.account])
    assert [len(texts) for texts in said().values()] == [1, 1]
