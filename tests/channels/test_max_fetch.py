"""Files of clients from MAX."""

import io
from collections.abc import Iterator
from typing import Any

import pytest

from apps.channels.connectors import max as max_bots
from apps.channels.contract import Media, MediaKind
from apps.core.errors import Rejected, Transient
from tests.channels.max_bots import make_bot, opened
from tests.peers.max import MaxPeer
from tests.peers.server import Reply

pytestmark = pytest.mark.django_db

MODULE = "apps.channels.connectors.max"


@pytest.fixture
def peer(settings: Any) -> Iterator[MaxPeer]:
    settings.OUTBOUND_PRIVATE_NETWORKS = ["127.0.0.0/8"]
    with MaxPeer() as peer:
        yield peer


@pytest.fixture
def bot(peer):
    return opened(make_bot(base_url=peer.url))


def fetch(bot, ref, kind=MediaKind.VOICE, **fields) -> tuple[str, bytes]:
    to = io.BytesIO()
    return max_bots.fetch(bot, Media(kind=kind, ref=ref, **fields), to), to.getvalue()


def test_a_file_is_fetched_whole_with_the_type_its_server_names(peer, bot):
    url = peer.keep("/audio/1", b"ID3" * 1000, "audio/mpeg")
    assert fetch(bot, url) == ("audio/mpeg", b"ID3" * 1000)


def test_a_video_is_fetched_by_its_token_as_sharp_as_there_is(peer, bot):
    sharp, small = peer.keep("/v/720", b"sharp"), peer.keep("/v/240", b"small")
    peer.videos["video+token/1="] = {"mp4_240": small, "mp4_720": sharp, "hls": "https://x.example.com"}
    assert fetch(bot, "video:video+token/1=", MediaKind.VIDEO) == ("video/mp4", b"sharp")


def test_of_a_large_video_a_smaller_one_is_taken(peer, bot, monkeypatch):
    monkeypatch.setattr(f"{MODULE}.files.MAX_BYTES", 10)
    peer.videos["t"] = {"mp4_720": peer.keep("/v/720", b"x" * 11), "mp4_240": peer.keep("/v/240", b"small")}
    assert fetch(bot, "video:t", MediaKind.VIDEO) == ("video/mp4", b"small")
    del peer.videos["t"]["mp4_240"]
    with pytest.raises(Rejected) as caught:
        fetch(bot, "video:t", MediaKind.VIDEO)
    assert caught.value.code == "too_large"


def test_of_a_video_that_turned_out_too_large_nothing_stays_in_the_smaller_one(peer, bot, monkeypatch):
    monkeypatch.setattr(f"{MODULE}.files.MAX_BYTES", 150_000)
    endless = Reply(raw=b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + b"x" * 400_000)
    peer.cdn.route("GET /v/720", lambda request: endless)
    peer.videos["t"] = {"mp4_720": f"{peer.cdn.url}/v/720", "mp4_240": peer.keep("/v/240", b"small")}
    assert fetch(bot, "video:t", MediaKind.VIDEO) == ("video/mp4", b"small")


def test_a_video_without_addresses_is_asked_for_again_later(peer, bot):
    peer.videos["t"] = {}
    with pytest.raises(Transient) as caught:
        fetch(bot, "video:t", MediaKind.VIDEO)
    assert caught.value.code == "video_not_ready"


@pytest.mark.parametrize("ref", ["video:unknown", "file:///etc/passwd", ""])
def test_what_max_has_not_is_a_plain_refusal(bot, ref):
    with pytest.raises(Rejected) as caught:
        fetch(bot, ref)
    assert caught.value.code == "file_gone"


def test_an_address_that_died_says_nothing_of_the_token(peer, bot):
    url = peer.keep("/audio/1", b"x").partition("?")[0]
    with pytest.raises(Rejected):
        fetch(bot, url)


def test_a_file_that_is_too_large_is_not_asked_for(peer, bot):
    with pytest.raises(Rejected) as caught:
        fetch(bot, "https://files.example.com/f", MediaKind.DOCUMENT, size=50 * 1024 * 1024 + 1)
    assert caught.value.code == "too_large"
    assert peer.requests == peer.cdn.requests == []


def test_an_address_inside_is_not_followed(settings, bot):
    with pytest.raises(Rejected) as caught:
        fetch(bot, "http://10.0.0.1/secret")
    assert caught.value.code == "address_blocked"
