"""Connecting a number through Twilio, Bird and Green API: settings, checks, and what proves an event."""

import logging
import traceback
from typing import Any

import pytest
from django.utils import translation

from apps.channels import resolving
from apps.channels.connectors import whatsapp
from apps.channels.contract import Incoming
from apps.channels.models import InboundEvent
from apps.channels.reading import read_event
from apps.channels.registering import webhook_url
from apps.core.errors import AuthFailed, ConfigInvalid, OutsideError, RateLimited, Transient
from apps.integrations.checking import check_connection
from apps.integrations.connecting import disconnect, errors_in, reconfigure
from apps.integrations.models import ActionLog
from tests.channels.whatsapp_numbers import make_number
from tests.channels.whatsapp_providers import ALL, BIRD, FORM, GREEN, SHARED, TWILIO, opened
from tests.peers.server import Reply

pytestmark = pytest.mark.django_db
every = pytest.mark.parametrize("provider", ALL, ids=lambda one: one.name, indirect=True)
PUBLIC = "https://crm.example.com"


@pytest.fixture(autouse=True)
def _loopback(settings):
    settings.OUTBOUND_PRIVATE_NETWORKS = ["127.0.0.0/8"]
    settings.PUBLIC_URL = PUBLIC


@pytest.fixture
def provider(request):
    return request.param


@pytest.fixture
def peer(provider):
    with provider.peer() as peer:
        yield peer


@pytest.fixture
def channel(provider, peer):
    return provider.make(base_url=peer.url)


def errors(**values: Any) -> dict[str, list[str]]:
    with translation.override("en"):
        return errors_in(connector="whatsapp", connection=None, values=values)


# --- settings


def test_each_provider_asks_for_its_own_and_for_nothing_of_the_others():
    asked = {
        "cloud": {"phone_number_id", "business_account_id", "access_token", "app_secret"},
        "twilio": {"twilio_account_sid", "twilio_auth_token", "twilio_number"},
        "messagebird": {"bird_access_key", "bird_workspace_id", "bird_channel_id", "bird_signing_key"},
        "green_api": {"green_instance_id", "green_api_token"},
    }
    for name, fields in asked.items():
        assert errors(provider=name) == {field: ["This field is required."] for field in fields}
    assert errors().keys() == asked["cloud"]


@every
def test_its_own_settings_are_enough(provider):
    assert errors(provider=provider.name, **provider.values) == {}


def test_an_unknown_provider_is_the_only_thing_said():
    assert errors(provider="pigeon").keys() == {"provider"}


@pytest.mark.parametrize(
    ("provider", "wrong"),
    [
        (TWILIO, {"twilio_account_sid": "SK0123"}),
        (TWILIO, {"twilio_account_sid": "AC0123456789abcdef0123456789abcdef/../AC1"}),
        (TWILIO, {"twilio_number": "79001234567"}),
        (TWILIO, {"twilio_auth_token": "with space"}),
        (BIRD, {"bird_channel_id": "1"}),
        (BIRD, {"bird_workspace_id": "../x"}),
        (BIRD, {"bird_access_key": "ключ"}),
        (BIRD, {"bird_signing_key": " "}),
        (GREEN, {"green_instance_id": "11/../22"}),
        (GREEN, {"green_api_token": "a/../b"}),
    ],
)
def test_settings_that_cannot_work_are_refused_beside_their_field(provider, wrong):
    assert errors(provider=provider.name, **{**provider.values, **wrong}).keys() == wrong.keys()


def test_a_number_is_taken_as_people_write_it():
    config = whatsapp.Config(
        provider="twilio", **{**TWILIO.values, "twilio_number": "whatsapp:+1 (415) 523-8886"}
    )
    assert config.twilio_number == "+14155238886"


@pytest.mark.parametrize(
    ("given", "called"),
    [
        ({}, "https://api.twilio.com"),
        ({"base_url": "https://graph.facebook.com"}, "https://api.twilio.com"),
        ({"base_url": "https://api.bird.com/"}, "https://api.twilio.com"),
        ({"base_url": "https://proxy.example.com"}, "https://proxy.example.com"),
    ],
)
def test_each_provider_is_called_at_its_own_address_unless_another_was_set(given, called):
    assert whatsapp.Config(provider="twilio", **TWILIO.values, **given).root == called


def test_the_webhook_token_of_green_api_is_made_where_none_is_given():
    made = opened(GREEN.make(green_webhook_token="")).config.green_webhook_token
    assert len(made.get_secret_value()) > 16


def test_a_number_may_change_its_provider():
    channel = make_number()
    changed = reconfigure(connection=channel.connection, values={"provider": "twilio", **TWILIO.values})
    channel.refresh_from_db()
    assert (channel.account, changed.config["provider"]) == ("twilio:+14155238886", "twilio")
    assert whatsapp.limits_of(changed.config).text == 1600


# --- checks


@pytest.mark.parametrize(
    ("provider", "named"),
    [(TWILIO, "+14155238886 (Мастерская)"), (BIRD, "+79001234567 (Мастерская)"), (GREEN, "+79001234567")],
    indirect=["provider"],
)
def test_a_check_names_the_account(channel, named):
    assert whatsapp.check(opened(channel)).name == named


@every
@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (Reply(status=401), AuthFailed),
        (Reply(status=403), ConfigInvalid),
        (Reply(status=404, body="<html>nothing</html>"), ConfigInvalid),
        (Reply(status=429, headers={"Retry-After": "7"}), RateLimited),
        (Reply(status=503), Transient),
        (Reply(close=True), Transient),
        (Reply(json={"ok": True}), ConfigInvalid),
        (Reply(json=[1]), ConfigInvalid),
        (Reply(json="text"), ConfigInvalid),
    ],
    ids=["401", "403", "404", "429", "503", "hangs up", "object", "list", "text"],
)
def test_a_check_tells_failures_apart(provider, peer, channel, reply, kind):
    peer.script(provider.check, [reply])
    with pytest.raises(kind) as caught:
        whatsapp.check(opened(channel))
    if isinstance(caught.value, RateLimited):
        assert caught.value.after.total_seconds() == 7


@every
def test_no_secret_is_in_an_error_a_log_or_on_the_card(provider, peer, channel, caplog):
    caplog.set_level(logging.DEBUG)
    echo = {"description": " ".join(provider.secrets), "code": 1, "message": " ".join(provider.secrets)}
    shown = []
    for status in (200, 400, 401, 404, 429, 500):
        peer.script(provider.check, [Reply(status=status, json=echo)])
        with pytest.raises(OutsideError) as caught:
            whatsapp.check(opened(channel))
        shown += traceback.format_exception(caught.value)
    check_connection(connection=channel.connection)
    shown += [fact.value for fact in whatsapp.card_facts(channel.connection)]
    shown += [str(row) for row in ActionLog.objects.values()]
    assert ActionLog.objects.count() >= 6
    text = "".join(shown) + caplog.text
    assert [secret for secret in provider.secrets if secret in text] == []


@pytest.mark.parametrize(
    ("provider", "shown"),
    [
        (TWILIO, {"status": "suspended"}),
        (TWILIO, {"status": "closed"}),
        (TWILIO, {"sid": "AC" + "f" * 32}),
        (BIRD, {"platformId": "sms-messagebird"}),
    ],
    indirect=["provider"],
)
def test_an_account_that_cannot_work_is_the_settings_fault(provider, peer, channel, shown):
    (peer.account if provider is TWILIO else peer.channel).update(shown)
    with pytest.raises(ConfigInvalid):
        whatsapp.check(opened(channel))


@pytest.mark.parametrize("provider", [TWILIO], indirect=True)
def test_a_trial_account_is_warned_about(peer, channel):
    assert whatsapp.check(opened(channel)).warnings == ()
    peer.account["type"] = "Trial"
    assert whatsapp.check(opened(channel)).warnings


@pytest.mark.parametrize("provider", [BIRD], indirect=True)
def test_a_channel_that_is_off_at_bird_is_warned_about(peer, channel):
    assert whatsapp.check(opened(channel)).warnings == ()
    peer.channel["status"] = "inactive"
    assert whatsapp.check(opened(channel)).warnings


@pytest.mark.parametrize("provider", [GREEN], indirect=True)
@pytest.mark.parametrize(
    ("state", "code"),
    [
        ("notAuthorized", "not_authorised"),
        ("blocked", "banned"),
        ("yellowCard", "suspended"),
        ("suspended", "suspended"),
    ],
)
def test_a_phone_that_is_not_tied_is_told_with_what_to_do(peer, channel, state, code):
    peer.state = state
    with pytest.raises(ConfigInvalid) as caught:
        whatsapp.check(opened(channel))
    assert caught.value.code == code
    if state == "notAuthorized":
        assert "QR" in str(caught.value.public)


@pytest.mark.parametrize("provider", [GREEN], indirect=True)
def test_an_instance_that_starts_is_asked_again_later(peer, channel):
    peer.state = "starting"
    with pytest.raises(Transient):
        whatsapp.check(opened(channel))


@pytest.mark.parametrize("provider", [GREEN], indirect=True)
def test_green_api_is_always_said_to_be_unofficial_and_to_send_elsewhere_until_it_is_installed(peer, channel):
    assert len(whatsapp.check(opened(channel)).warnings) == 2
    whatsapp.install(opened(channel))
    (unofficial,) = whatsapp.check(opened(channel)).warnings
    with translation.override("en"):
        assert "not official" in str(unofficial)


@pytest.mark.parametrize("provider", [GREEN], indirect=True)
def test_installing_names_the_channels_address_and_token_and_restarts_only_for_a_change(peer, channel):
    for _ in range(2):
        assert whatsapp.install(opened(channel)) is True
    assert peer.restarts == 1
    assert peer.settings["webhookUrl"] == webhook_url(channel)
    assert peer.settings["webhookUrlToken"] == GREEN.secret
    assert peer.settings["outgoingAPIMessageWebhook"] == "yes"


@pytest.mark.parametrize("provider", [GREEN], indirect=True)
def test_green_api_itself_is_not_told_an_address_it_cannot_reach(peer, channel, settings, monkeypatch):
    settings.PUBLIC_URL = "http://127.0.0.1:8000"
    monkeypatch.setattr(
        "apps.channels.connectors.whatsapp.spec.ADDRESSES", {"cloud": "https://x", "green_api": peer.url}
    )
    assert whatsapp.install(opened(channel)) is False
    assert peer.restarts == 0


@pytest.mark.parametrize("provider", [TWILIO, BIRD], indirect=True)
def test_what_is_entered_by_hand_is_on_the_card(channel):
    assert whatsapp.install(opened(channel)) is False
    facts = whatsapp.card_facts(channel.connection)
    assert [fact.value for fact in facts if fact.copyable] == [webhook_url(channel), f"{PUBLIC}{SHARED}"]


# --- the webhook


@every
def test_a_proven_event_is_stored_under_its_number_at_both_addresses(provider, channel):
    for number, path in enumerate((SHARED, f"/webhook/whatsapp/{channel.public_id}")):
        body = provider.event("text", **{"X": str(number)})
        assert provider.post(path, body).status_code == 200
    stored = list(InboundEvent.objects.all())
    assert [(event.channel, event.proof) for event in stored] == [(channel, {})] * 2


@every
def test_an_unproven_or_wrongly_proven_event_is_refused(provider, channel):
    for path in (SHARED, f"/webhook/whatsapp/{channel.public_id}"):
        for secret in ("-", "wrong", "тайна"):
            assert provider.post(path, provider.event("text"), secret=secret).status_code == 403
    assert not InboundEvent.objects.exists()


@every
def test_a_replayed_event_is_kept_once(provider, channel):
    for _ in range(3):
        assert provider.post(SHARED, provider.event("text")).status_code == 200
    assert InboundEvent.objects.get().deliveries == 3


@pytest.mark.parametrize("provider", [TWILIO, BIRD], indirect=True)
def test_a_signature_for_one_address_or_body_opens_no_other(provider, channel):
    path = f"/webhook/whatsapp/{channel.public_id}"
    assert provider.post(path, provider.event("text"), signed_for=SHARED).status_code == 403
    assert provider.post(f"{path}?a=1", provider.event("text"), signed_for=path).status_code == 403
    assert provider.post(f"{path}?a=1", provider.event("text")).status_code == 200


@every
def test_an_event_of_another_number_does_not_get_into_this_ones_channel(provider, channel):
    others: dict[str, dict[str, Any]] = {
        "twilio": {"To": "whatsapp:+79990000000"},
        "messagebird": {"channelId": "00000000-0000-4000-8000-000000000000"},
        "green_api": {"instanceData": {"idInstance": 7}},
    }
    body = provider.event("text", **others[provider.name])
    assert provider.post(f"/webhook/whatsapp/{channel.public_id}", body).status_code == 403


@every
def test_a_status_finds_the_same_number(provider, channel):
    assert provider.post(SHARED, provider.event("status_delivered")).status_code == 200
    assert InboundEvent.objects.get().channel == channel


@every
def test_an_event_that_came_before_the_number_was_connected_is_proven_afterwards(provider, peer):
    assert provider.post(SHARED, provider.event("text")).status_code == 200
    event = InboundEvent.objects.get()
    assert event.proof["headers"]
    channel = provider.make(base_url=peer.url)
    found, (said,) = read_event(event)
    assert found == channel
    assert isinstance(said, Incoming)


@every
def test_what_comes_while_it_is_disconnected_is_kept_with_its_proof(provider, channel):
    disconnect(connection=channel.connection)
    resolving.forget()
    assert provider.post(SHARED, provider.event("text")).status_code == 200
    assert InboundEvent.objects.get().proof["headers"]


def test_all_providers_live_side_by_side_at_the_shared_address():
    made = {provider.name: provider.make() for provider in ALL}
    make_number()
    for provider in ALL:
        assert provider.post(SHARED, provider.event("text")).status_code == 200
    stored = {event.channel for event in InboundEvent.objects.all()}
    assert stored == set(made.values())


def test_a_form_is_taken_only_where_it_calls_itself_one(client):
    TWILIO.make()
    body = TWILIO.event("text")
    assert TWILIO.post(SHARED, body).status_code == 200
    answer = client.post(SHARED, body, content_type="application/json")
    assert answer.status_code in (400, 403)
    assert client.post("/webhook/telegram/incoming", body, content_type=FORM).status_code == 400


def test_twilios_own_example_of_a_signature_holds():
    """https://www.twilio.com/docs/usage/webhooks/webhooks-security"""
    from apps.channels.connectors.whatsapp.twilio.webhook import signature

    fields = [
        ("Digits", "1234"),
        ("To", "+18005551212"),
        ("From", "+14158675310"),
        ("Caller", "+14158675310"),
        ("CallSid", "CA1234567890ABCDE"),
    ]
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    assert signature("12345", url, fields) == "GvWf1cFY/Q7PnoempGyD5oXAezc="
