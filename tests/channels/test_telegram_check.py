"""Connecting a bot: whose it is, where its updates go, and telling Telegram where they should."""

import json
import re

import pytest
from pydantic import ValidationError

from apps.channels.connectors import telegram
from apps.channels.connectors.telegram import checking
from apps.channels.registering import ensure_channel, webhook_url
from apps.core.errors import AuthFailed, ConfigInvalid
from tests.channels.bots import SECRET, make_bot, opened
from tests.peers.server import Reply
from tests.peers.telegram import TelegramPeer

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _loopback(settings):
    settings.OUTBOUND_PRIVATE_NETWORKS = ["127.0.0.0/8"]
    settings.PUBLIC_URL = "https://crm.example.com"


@pytest.fixture
def peer():
    with TelegramPeer() as peer:
        yield peer


@pytest.fixture
def channel(peer):
    return make_bot(base_url=peer.url)


def warnings(channel) -> str:
    return " ".join(str(warning) for warning in telegram.check(opened(channel)).warnings)


def test_a_check_names_the_bot(channel):
    assert telegram.check(opened(channel)).name == "@battery_bot (Battery)"


def test_a_wrong_token_is_said_to_be_wrong(peer):
    with pytest.raises(AuthFailed):
        telegram.check(opened(make_bot(base_url=peer.url, token="1:wrong")))


def test_an_address_without_a_bot_api_is_the_settings_fault(peer, channel):
    peer.next("getMe", Reply(status=404, body="<html>nothing here</html>"))
    with pytest.raises(ConfigInvalid) as caught:
        telegram.check(opened(channel))
    assert caught.value.field == "base_url"


def test_a_bot_without_a_webhook_is_warned_about_with_the_address_to_set(channel):
    assert webhook_url(channel) in warnings(channel)
    assert "Сохраните настройки" in warnings(channel)


def test_a_server_without_https_is_told_to_be_the_reason(peer, channel, settings, monkeypatch):
    settings.PUBLIC_URL = "http://127.0.0.1:8000"
    monkeypatch.setattr(checking, "VENDOR_URL", peer.url)
    assert "PUBLIC_URL" in warnings(channel)


def test_a_webhook_that_leads_elsewhere_is_warned_about(peer, channel):
    peer.webhook["url"] = "https://elsewhere.example.com/hook"
    assert webhook_url(channel) in warnings(channel)


def test_a_webhook_that_comes_here_is_no_reason_for_a_warning(peer, channel):
    for url in (webhook_url(channel), "https://crm.example.com/webhook/telegram/incoming"):
        peer.webhook["url"] = url
        assert warnings(channel) == ""


@pytest.mark.parametrize(
    "words",
    [
        "Wrong response from the webhook: 502 Bad Gateway",
        "SSL error {error:0A000086:SSL routines::certificate verify failed}",
        "Read timeout expired",
        "Connection refused",
        "Failed to resolve host: Name or service not known",
        "something new at https://crm.example.com/secret-path",
    ],
)
def test_telegrams_last_failure_is_told_in_our_own_words(peer, channel, words):
    peer.webhook.update(url=webhook_url(channel), last_error_message=words)
    said = warnings(channel)
    assert said
    assert "secret-path" not in said
    if "502" in words:
        assert "502" in said


def test_a_bot_api_without_webhook_info_still_passes_the_check(peer, channel):
    peer.next("getWebhookInfo", Reply(status=404, body="unknown"))
    account = telegram.check(opened(channel))
    assert account.name == "@battery_bot (Battery)"
    assert len(account.warnings) == 1


def test_installing_tells_telegram_the_address_the_secret_and_what_to_send(peer, channel):
    assert telegram.install(opened(channel)) is True
    assert peer.webhook["url"] == webhook_url(channel)
    assert peer.webhook["secret_token"] == SECRET
    assert set(peer.webhook["allowed_updates"]) == {
        "message",
        "edited_message",
        "callback_query",
        "my_chat_member",
    }
    assert warnings(channel) == ""


def test_an_address_given_by_hand_is_the_one_installed(peer):
    url = "https://crm.example.com/webhook/telegram/incoming"
    telegram.install(opened(make_bot(base_url=peer.url, webhook_url=url)))
    assert peer.webhook["url"] == url


def test_telegram_itself_is_not_told_an_address_it_cannot_reach(settings):
    settings.PUBLIC_URL = "http://127.0.0.1:8000"
    assert telegram.install(opened(make_bot())) is False


def test_a_bot_is_connected_with_a_channel_that_knows_its_secret_by_digest_only(channel):
    secret = opened(channel).config.webhook_secret.get_secret_value()
    assert channel.account == "123456"
    assert re.fullmatch(r"[0-9a-f]{64}", channel.secret_digest)
    assert secret not in json.dumps([channel.secret_digest, channel.account, channel.public_id])


def test_a_changed_secret_changes_the_digest_and_nothing_people_set(channel):
    channel.name, channel.batch_window_seconds = "Мой бот", 45
    channel.save()
    old = channel.secret_digest
    channel.connection.secrets = {**channel.connection.secrets, "webhook_secret": "another"}
    channel.connection.save()

    again = ensure_channel(channel.connection)
    assert again.pk == channel.pk
    assert again.secret_digest != old
    assert (again.name, again.batch_window_seconds) == ("Мой бот", 45)


@pytest.mark.parametrize("secret", ["with space", "ключ", "a" * 257, "a\r\nX-Other: 1"])
def test_a_secret_that_telegram_would_refuse_is_refused_first(secret):
    with pytest.raises(ValidationError):
        telegram.Config(bot_token="1:a", webhook_secret=secret)


@pytest.mark.parametrize("token", ["", "1:a/getMe?x=", "1:a b", "../x"])
def test_a_token_that_would_change_the_path_is_refused(token):
    with pytest.raises(ValidationError):
        telegram.Config(bot_token=token)
