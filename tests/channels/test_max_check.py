"""Connecting a bot in MAX: whose it is, where its updates go, and who may bring them."""

import json
import re
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pydantic import ValidationError

from apps.channels.connectors import max as max_bots
from apps.channels.contract import WebhookRequest
from apps.channels.models import InboundEvent
from apps.channels.registering import webhook_url
from apps.core.errors import AuthFailed, ConfigInvalid, Rejected, Transient
from tests.channels.max_bots import SECRET, make_bot, opened, post, update
from tests.peers.max import MaxPeer
from tests.peers.server import Reply

pytestmark = pytest.mark.django_db

TYPES = [
    "message_created",
    "message_edited",
    "message_removed",
    "message_callback",
    "bot_started",
    "bot_stopped",
]


@pytest.fixture(autouse=True)
def _loopback(settings):
    settings.OUTBOUND_PRIVATE_NETWORKS = ["127.0.0.0/8"]
    settings.PUBLIC_URL = "https://crm.example.com"


@pytest.fixture
def peer() -> Iterator[MaxPeer]:
    with MaxPeer() as peer:
        yield peer


@pytest.fixture
def channel(peer):
    return make_bot(base_url=peer.url)


def warnings(channel) -> str:
    return " ".join(str(warning) for warning in max_bots.check(opened(channel)).warnings)


def subscribed(url: str, *types: str) -> dict[str, object]:
    return {"url": url, "time": 1763700000000, "update_types": list(types or TYPES)}


def test_a_check_names_the_bot(channel):
    assert max_bots.check(opened(channel)).name == "@repair_bot (Мастерская)"


def test_a_wrong_token_is_said_to_be_wrong(peer):
    with pytest.raises(AuthFailed):
        max_bots.check(opened(make_bot(base_url=peer.url, token="wrong")))


@pytest.mark.parametrize(
    "reply",
    [
        Reply(status=404, body="<html>nothing here</html>"),
        Reply(json={"ok": True}),
        Reply(json=[]),
        Reply(status=405, json={"code": "not.allowed", "message": "Method not allowed"}),
    ],
)
def test_an_address_without_the_bot_api_is_the_settings_fault(peer, channel, reply):
    peer.next("me", reply)
    with pytest.raises(ConfigInvalid) as caught:
        max_bots.check(opened(channel))
    assert caught.value.field == "base_url"


def test_installing_subscribes_this_bots_address_with_its_secret(peer, channel):
    assert max_bots.install(opened(channel)) is True

    (made,) = peer.subscriptions
    assert made["url"] == webhook_url(channel)
    assert sorted(made["update_types"]) == sorted(TYPES)
    assert peer.secrets == {webhook_url(channel): SECRET}
    assert warnings(channel) == ""


def test_installing_again_changes_nothing(peer, channel):
    for _round in range(2):
        max_bots.install(opened(channel))
    assert len(peer.subscriptions) == 1


def test_an_address_given_by_hand_is_the_one_subscribed(peer):
    url = "https://crm.example.com/webhook/max/incoming"
    channel = make_bot(base_url=peer.url, webhook_url=url)
    max_bots.install(opened(channel))
    assert [one["url"] for one in peer.subscriptions] == [url]
    assert warnings(channel) == ""


def test_a_refused_address_is_said_to_be_refused(peer, channel):
    peer.next("subscriptions", Reply(json={"success": False, "message": "bad url"}))
    with pytest.raises(Rejected) as caught:
        max_bots.install(opened(channel))
    assert caught.value.code == "webhook_refused"


@pytest.mark.parametrize("public", ["http://crm.example.com", "https://crm.example.com:8443"])
def test_max_itself_is_not_told_an_address_it_cannot_call(settings, public):
    settings.PUBLIC_URL = public
    assert max_bots.install(opened(make_bot())) is False


def test_a_bot_that_max_unsubscribed_is_warned_about_with_the_address(channel):
    said = warnings(channel)
    assert webhook_url(channel) in said
    assert "8" in said


def test_a_subscription_that_leads_elsewhere_is_warned_about(peer, channel):
    peer.subscriptions = [subscribed("https://elsewhere.example.com/hook")]
    assert webhook_url(channel) in warnings(channel)


def test_another_programs_subscription_beside_ours_is_no_reason_for_a_warning(peer, channel):
    for ours in (webhook_url(channel), "https://crm.example.com/webhook/max/incoming"):
        peer.subscriptions = [subscribed("https://elsewhere.example.com/hook"), subscribed(ours)]
        assert warnings(channel) == ""


def test_a_subscription_to_only_a_part_is_warned_about(peer, channel):
    peer.subscriptions = [subscribed(webhook_url(channel), "message_created")]
    assert warnings(channel)
    del peer.subscriptions[0]["update_types"]
    assert warnings(channel) == ""


def test_a_check_without_the_list_of_subscriptions_still_passes(peer, channel):
    peer.fail("get_subscriptions", 403, "forbidden")
    account = max_bots.check(opened(channel))
    assert account.name == "@repair_bot (Мастерская)"
    assert len(account.warnings) == 1


def test_a_certificate_of_an_unknown_root_leads_to_the_setting_for_it(tmp_path):
    context, pem = certificate(tmp_path)
    with MaxPeer(tls=context) as peer:
        with pytest.raises(ConfigInvalid) as caught:
            max_bots.check(opened(make_bot(base_url=peer.url)))
        assert caught.value.field == "ca_bundle"
        assert max_bots.check(opened(make_bot(base_url=peer.url, ca_bundle=pem))).name


def test_a_certificate_that_the_given_root_did_not_sign_is_never_trusted(tmp_path):
    context, _pem = certificate(tmp_path)
    (tmp_path / "other").mkdir()
    _other, pem = certificate(tmp_path / "other")
    with MaxPeer(tls=context) as peer, pytest.raises(Transient) as caught:
        max_bots.check(opened(make_bot(base_url=peer.url, ca_bundle=pem)))
    assert caught.value.code == "tls_error"


def test_a_root_file_that_is_not_there_is_a_setting_to_mend(peer):
    with pytest.raises(ConfigInvalid) as caught:
        max_bots.check(opened(make_bot(base_url=peer.url, ca_bundle="/nowhere/max.pem")))
    assert caught.value.field == "ca_bundle"


# --- settings


@pytest.mark.parametrize("secret", ["with space", "ключ-ключ", "a" * 257, "abcd", "abcde\r\nX-Other: 1"])
def test_a_secret_that_max_would_refuse_is_refused_first(secret):
    with pytest.raises(ValidationError):
        max_bots.Config(bot_token="token", webhook_secret=secret)


@pytest.mark.parametrize("token", ["", "Bearer token", "ключ", "a\r\nX-Other: 1"])
def test_a_token_that_is_no_header_is_refused(token):
    with pytest.raises(ValidationError):
        max_bots.Config(bot_token=token)


@pytest.mark.parametrize("path", ["max.pem", "-----BEGIN CERTIFICATE-----", "/a\nb"])
def test_roots_are_named_by_a_full_path(path):
    with pytest.raises(ValidationError):
        max_bots.Config(bot_token="token", ca_bundle=path)


def test_a_secret_is_made_where_none_is_given(peer):
    channel = make_bot(base_url=peer.url, webhook_secret="")
    made = opened(channel).config.webhook_secret.get_secret_value()
    assert re.fullmatch(r"[A-Za-z0-9_-]{20,256}", made)
    assert max_bots.install(opened(channel))


def test_a_channel_knows_the_secret_by_digest_only_and_the_card_shows_the_address(channel):
    assert re.fullmatch(r"[0-9a-f]{64}", channel.secret_digest)
    assert SECRET not in json.dumps([channel.secret_digest, channel.account, channel.public_id])
    assert [fact.value for fact in max_bots.card_facts(channel.connection)] == [webhook_url(channel)]


# --- the door


def request(secret: str | None) -> WebhookRequest:
    headers = {} if secret is None else {"x-max-bot-api-secret": secret}
    return WebhookRequest(method="POST", body=update("text"), headers=headers, query={})


@pytest.mark.parametrize("secret", [None, "", "wrong", SECRET[:-1], f"{SECRET}x", "\udc80"])
def test_only_the_secret_proves_that_it_is_max(channel, secret):
    config = opened(channel).config
    assert max_bots.verify(config, request(SECRET)) is True
    assert max_bots.verify(config, request(secret)) is False


def test_an_update_is_answered_with_exactly_200_and_found_by_its_secret_alone(channel):
    for path in (f"/webhook/max/{channel.public_id}", "/webhook/max/incoming"):
        answer = post(path, update("text"))
        assert (answer.status_code, answer.content) == (200, b"")
    assert InboundEvent.objects.get().channel == channel


@pytest.mark.parametrize("secret", [None, "wrong"])
def test_a_forged_update_is_refused_at_the_bots_address(channel, secret):
    assert post(f"/webhook/max/{channel.public_id}", update("text"), secret=secret).status_code == 403
    assert not InboundEvent.objects.exists()


def certificate(directory: Path) -> tuple[ssl.SSLContext, str]:
    """A self-signed one for 127.0.0.1: the server's context, and the file that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "max")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem, private = directory / "root.pem", directory / "root.key"
    pem.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem, private)
    return context, str(pem)
