"""Whose webhook of Meta's it is, and that nobody else's is taken: Instagram and Messenger alike."""

import json
from typing import Any

import pytest
from django.test import Client

from apps.channels.models import Channel, InboundEvent
from apps.integrations.registry import connector
from apps.tenants.models import Tenant
from tests.channels.meta_accounts import IDS, body_of, make_account, opened, post, signed
from tests.work import drain

pytestmark = [pytest.mark.django_db, pytest.mark.parametrize("slug", ["instagram", "messenger"])]


@pytest.fixture
def channel(slug: str) -> Channel:
    return make_account(slug)


def another_account(slug: str) -> dict[str, Any]:
    return {name: f"{value[:-1]}7" for name, value in IDS[slug].items()}


def shake(path: str, token: str) -> tuple[int, str]:
    query = {"hub.mode": "subscribe", "hub.verify_token": token, "hub.challenge": "1158201444"}
    answer = Client().get(path, query)
    return answer.status_code, answer.content.decode()


def shown_token(slug: str, channel: Channel) -> str:
    facts = connector(slug).card_facts(channel.connection)
    return str(facts[-1].value)


def test_the_handshake_gives_the_bare_challenge_back_for_the_token_on_the_card(slug, channel):
    token = shown_token(slug, channel)
    assert shake(f"/webhook/{slug}/{channel.public_id}", token) == (200, "1158201444")
    assert shake(f"/webhook/{slug}/incoming", token) == (200, "1158201444")


def test_the_handshake_on_the_shared_address_finds_its_account_among_several(slug, channel):
    other = make_account(slug, **another_account(slug))
    for one in (channel, other):
        assert shake(f"/webhook/{slug}/incoming", shown_token(slug, one)) == (200, "1158201444")


def test_a_verify_token_chosen_by_a_person_is_taken_as_it_is(slug):
    channel = make_account(slug, verify_token="battery-2026")
    assert shake(f"/webhook/{slug}/{channel.public_id}", "battery-2026")[0] == 200


@pytest.mark.parametrize("token", ["", "wrong", "17841400000000001.wrong"])
def test_a_handshake_with_another_token_is_refused(slug, channel, token):
    assert shake(f"/webhook/{slug}/{channel.public_id}", token) == (403, "")


def test_the_card_shows_addresses_and_a_token_but_not_the_secret_behind_it(slug, channel):
    facts = connector(slug).card_facts(channel.connection)
    secret = opened(channel).config.verify_token.get_secret_value()
    assert secret
    assert f"/webhook/{slug}/{channel.public_id}" in facts[0].value
    assert not [fact for fact in facts if secret in fact.value]


@pytest.mark.parametrize("address", ["incoming", "own"])
def test_a_signed_body_is_taken_for_the_account_that_it_names(slug, channel, address):
    last = "incoming" if address == "incoming" else channel.public_id
    assert post(f"/webhook/{slug}/{last}", body_of(slug, "text")).status_code == 200
    event = InboundEvent.objects.get()
    assert (event.channel, event.proof) == (channel, {})


@pytest.mark.parametrize("signature", [None, "sha256=", "sha256=" + "0" * 64, "sha1=abc", "é"])
def test_a_body_that_is_not_signed_rightly_is_refused(slug, channel, signature):
    answer = post(f"/webhook/{slug}/{channel.public_id}", body_of(slug, "text"), signature=signature)
    assert answer.status_code == 403
    assert not InboundEvent.objects.exists()


def test_the_signature_is_over_the_bytes_as_they_came(slug, channel):
    """Meta escapes letters that are not Latin: the same JSON written otherwise has another signature."""
    body = body_of(slug, "text")
    same = json.dumps(json.loads(body)).encode()
    assert same != body
    path = f"/webhook/{slug}/{channel.public_id}"
    assert post(path, same, signature=signed(body)).status_code == 403
    assert post(path, same, signature=signed(same)).status_code == 200


def test_without_an_app_secret_nothing_is_believed(slug):
    channel = make_account(slug, app_secret="")
    body = body_of(slug, "text")
    path = f"/webhook/{slug}/{channel.public_id}"
    assert post(path, body, signature=signed(body, "")).status_code == 403


def test_an_account_that_is_not_this_one_is_kept_apart_at_this_ones_address(slug, channel):
    """One app signs for all its accounts, and has one address: their clients must not be mixed up."""
    body = body_of(slug, "text").replace(channel.account.encode(), b"999")
    assert post(f"/webhook/{slug}/{channel.public_id}", body).status_code == 200
    drain()
    event = InboundEvent.objects.get()
    assert (event.channel, event.outcome, event.reason) == (None, "unrouted", "unknown_account")


def test_two_accounts_of_one_app_get_their_own_at_the_shared_address(slug, channel):
    tenant = Tenant.objects.create(slug="other", name="Other")
    other = make_account(slug, tenant=tenant, **another_account(slug))
    body = body_of(slug, "text").replace(channel.account.encode(), other.account.encode())
    assert post(f"/webhook/{slug}/incoming", body).status_code == 200
    assert InboundEvent.objects.get().channel == other


def test_the_dashboards_sample_is_accepted_and_comes_to_nothing(slug, channel):
    body = body_of("instagram", "sample")
    if slug == "messenger":
        body = body.replace(b'"instagram"', b'"page"')
    assert post(f"/webhook/{slug}/{channel.public_id}", body).status_code == 200
    drain()
    assert (InboundEvent.objects.get().outcome, InboundEvent.objects.get().reason) == ("ignored", "sample")
