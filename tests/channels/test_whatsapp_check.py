"""Connecting a number: whose it is, what proves an event, and telling Meta where events should go."""

import pytest
from django.utils import translation
from pydantic import ValidationError

from apps.channels import resolving
from apps.channels.connectors import whatsapp
from apps.channels.models import InboundEvent
from apps.channels.registering import webhook_url
from apps.core.errors import AuthFailed, ConfigInvalid
from apps.integrations.connecting import disconnect
from tests.channels.test_whatsapp_parse import event
from tests.channels.whatsapp_numbers import make_number, opened, post, shake
from tests.peers.server import Reply
from tests.peers.whatsapp import ACCOUNT, APP_SECRET, NUMBER, TOKEN, VERIFY, WhatsAppPeer

pytestmark = pytest.mark.django_db

SHARED = "/webhook/whatsapp/incoming"


@pytest.fixture(autouse=True)
def _loopback(settings):
    settings.OUTBOUND_PRIVATE_NETWORKS = ["127.0.0.0/8"]
    settings.PUBLIC_URL = "https://crm.example.com"


@pytest.fixture
def peer():
    with WhatsAppPeer() as peer:
        yield peer


@pytest.fixture
def channel(peer):
    return make_number(base_url=peer.url)


def token(channel) -> str:
    shown: str = opened(channel).config.shown_verify_token
    return shown


def warnings(channel) -> str:
    with translation.override("en"):
        return " ".join(str(warning) for warning in whatsapp.check(opened(channel)).warnings)


def test_a_check_names_the_number_and_its_owner(channel):
    account = whatsapp.check(opened(channel))
    assert (account.name, account.warnings) == ("+7 900 123-45-67 (Мастерская)", ())


def test_a_wrong_token_is_said_to_be_wrong(peer):
    with pytest.raises(AuthFailed):
        whatsapp.check(opened(make_number(base_url=peer.url, access_token="EAAother-token")))


def test_a_number_that_meta_does_not_know_is_the_settings_fault(peer, channel):
    peer.fail("phone", 400, 100, error_subcode=33)
    with pytest.raises(ConfigInvalid) as caught:
        whatsapp.check(opened(channel))
    assert (caught.value.code, caught.value.field) == ("no_such_number", "phone_number_id")


@pytest.mark.parametrize("reply", [Reply(status=404, body="nothing here"), Reply(json={"ok": True})])
def test_an_address_without_the_api_is_the_settings_fault(peer, channel, reply):
    peer.next("phone", reply)
    with pytest.raises(ConfigInvalid) as caught:
        whatsapp.check(opened(channel))
    assert caught.value.field == "base_url"


@pytest.mark.parametrize(("version", "told"), [("v18.0", True), ("v20.0", True), ("v21.0", False)])
def test_a_version_that_meta_dropped_is_warned_about(version, told):
    with WhatsAppPeer(version=version) as peer:
        said = warnings(make_number(base_url=peer.url, api_version=version))
    assert (version in said) is told


@pytest.mark.parametrize(
    ("rating", "told"), [("RED", True), ("YELLOW", True), ("GREEN", False), (None, False)]
)
def test_a_number_of_poor_quality_is_warned_about(peer, channel, rating, told):
    peer.phone["quality_rating"] = rating
    assert bool(warnings(channel)) is told


def test_installing_subscribes_the_account_and_names_the_channels_own_address(peer, channel):
    assert whatsapp.install(opened(channel)) is True
    assert peer.subscribed
    assert peer.hook == {"override_callback_uri": webhook_url(channel), "verify_token": token(channel)}


def test_meta_itself_is_not_told_an_address_it_cannot_reach(peer, channel, settings, monkeypatch):
    settings.PUBLIC_URL = "http://127.0.0.1:8000"
    monkeypatch.setattr("apps.channels.connectors.whatsapp.spec.ADDRESSES", {"cloud": peer.url})
    assert whatsapp.install(opened(channel)) is False
    assert (peer.subscribed, peer.hook) == (True, {})


def test_a_wrong_business_account_is_named_as_the_field_to_mend(peer, channel):
    peer.fail("subscribe", 400, 100, error_subcode=33)
    with pytest.raises(ConfigInvalid) as caught:
        whatsapp.install(opened(channel))
    assert caught.value.field == "business_account_id"


def test_the_card_shows_all_that_is_entered_at_meta_and_no_secret(channel):
    shown = [fact.value for fact in whatsapp.card_facts(channel.connection)]
    assert shown == [webhook_url(channel), f"https://crm.example.com{SHARED}", token(channel)]
    assert VERIFY not in " ".join(shown)


def test_a_verify_token_left_empty_is_made(peer):
    made = opened(make_number(base_url=peer.url, webhook_verify_token="")).config.webhook_verify_token
    assert len(made.get_secret_value()) > 16


# --- the webhook


def test_metas_handshake_gets_its_challenge_back_at_both_addresses(channel):
    for path in (SHARED, f"/webhook/whatsapp/{channel.public_id}"):
        for word in (VERIFY, token(channel)):
            answer = shake(path, word)
            assert (answer.status_code, answer.content) == (200, b"1158201444")


def test_of_several_numbers_the_token_of_the_card_tells_which_is_meant(channel):
    other = make_number(phone_number_id="999", webhook_verify_token="another-verify-token")
    for one in (channel, other):
        assert shake(SHARED, token(one)).status_code == 200
    assert shake(SHARED, token(other).replace("999.", f"{NUMBER}.")).status_code == 403
    assert shake(f"/webhook/whatsapp/{channel.public_id}", token(other)).status_code == 403


def test_what_comes_while_the_number_is_disconnected_is_kept_with_its_proof(channel):
    disconnect(connection=channel.connection)
    resolving.forget()
    assert post(SHARED, event("text")).status_code == 200
    assert InboundEvent.objects.get().proof["headers"].keys() == {"x-hub-signature-256"}


@pytest.mark.parametrize(
    ("token", "mode"), [("wrong", "subscribe"), ("", "subscribe"), ("тайна", "subscribe"), (VERIFY, "other")]
)
def test_a_handshake_with_a_wrong_token_is_refused(channel, token, mode):
    for path in (SHARED, f"/webhook/whatsapp/{channel.public_id}"):
        assert shake(path, token, mode).status_code == 403


@pytest.mark.parametrize("numbers", [0, 2])
def test_a_handshake_that_no_number_knows_is_refused_however_many_there_are(numbers):
    for name in range(numbers):
        make_number(phone_number_id=f"99{name}", webhook_verify_token=f"verify-token-{name}")
    for word in ("wrong", "", f"{NUMBER}.wrong"):
        assert shake(SHARED, word).status_code == 403
    assert shake("/webhook/whatsapp/nobody", "wrong").status_code == 404


def test_a_signed_event_is_stored_under_the_number_it_is_for(channel):
    other = make_number(phone_number_id="999", app_secret="another-apps-secret")
    assert post(SHARED, event("text")).status_code == 200
    stored = InboundEvent.objects.get()
    assert (stored.channel, stored.proof) == (channel, {})
    assert stored.channel != other


@pytest.mark.parametrize("secret", [None, "wrong", ""])
def test_an_unsigned_or_wrongly_signed_event_is_refused(channel, secret):
    for path in (SHARED, f"/webhook/whatsapp/{channel.public_id}"):
        assert post(path, event("text"), secret=secret).status_code == 403
    assert not InboundEvent.objects.exists()


def test_the_signature_is_of_the_bytes_as_they_came(channel):
    spaced = event("text").replace(b"{", b"{ ")
    assert post(SHARED, spaced).status_code == 200
    assert bytes(InboundEvent.objects.get().body) == spaced


def test_an_event_of_another_number_of_the_same_app_does_not_get_into_this_ones_channel(channel):
    make_number(phone_number_id="999", business_account_id="7")
    elsewhere = event("text").replace(NUMBER.encode(), b"999")
    assert post(f"/webhook/whatsapp/{channel.public_id}", elsewhere).status_code == 200
    assert post(SHARED, elsewhere).status_code == 200
    stored = InboundEvent.objects.get().channel
    assert stored is not None
    assert stored.account == "999"


def test_an_event_that_came_before_the_number_was_connected_keeps_its_proof(peer):
    assert post(SHARED, event("text")).status_code == 200
    assert InboundEvent.objects.get().proof["headers"].keys() == {"x-hub-signature-256"}


# --- settings


def values(**changes) -> dict[str, str]:
    good = {
        "phone_number_id": NUMBER,
        "business_account_id": ACCOUNT,
        "access_token": TOKEN,
        "app_secret": APP_SECRET,
    }
    return good | changes


@pytest.mark.parametrize(
    "wrong",
    [
        {"phone_number_id": "+7 900 123-45-67"},
        {"phone_number_id": "1/../2"},
        {"business_account_id": "abc"},
        {"access_token": "with space"},
        {"access_token": "ключ"},
        {"access_token": ""},
        {"app_secret": " "},
        {"api_version": "25"},
        {"api_version": "v25.0/../v1"},
    ],
)
def test_settings_that_cannot_work_are_refused(wrong):
    whatsapp.Config(**values())
    with pytest.raises(ValidationError):
        whatsapp.Config(**values(**wrong))
