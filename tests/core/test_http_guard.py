"""Outbound requests reach public addresses and the allowed networks, however an address is written."""

import ipaddress
import socket
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from apps.core.errors import ConfigInvalid, Rejected, Transient
from apps.core.http import Http, guard
from tests.peers.server import Peer, Reply

REAL_LOOKUP = socket.getaddrinfo

Names = dict[str, list[str]]


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Names:
    """A resolver that knows these names alone. Numbers it reads in all notations, as the system's does."""
    known: Names = {}

    def lookup(host: str, port: int, *args: Any, **kwargs: Any) -> Any:
        if host in known:
            numbers = known[host]
            return [row for number in numbers for row in REAL_LOOKUP(number, port, type=socket.SOCK_STREAM)]
        return REAL_LOOKUP(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    return known


@pytest.fixture
def dialled(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Every address somebody tried to connect to; none of them answers."""
    tried: list[Any] = []

    def connect(self: socket.socket, address: Any) -> None:
        tried.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket.socket, "connect", connect)
    return tried


@pytest.fixture
def peer() -> Iterator[Peer]:
    with Peer() as peer:
        peer.route("GET /hello", lambda request: Reply(json={"host": request.headers["Host"]}))
        yield peer


PRIVATE_TARGETS = [
    "127.0.0.1",
    "127.1",
    "2130706433",
    "0x7f000001",
    "0x7f.1",
    "0177.0.0.1",
    "017700000001",
    "0.0.0.0",
    "0",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "100.100.100.200",
    "192.0.0.192",
    "168.63.129.16",
    "198.18.0.1",
    "224.0.0.1",
    "239.255.255.250",
    "255.255.255.255",
    "[::]",
    "[::1]",
    "[::7f00:1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:a9fe:a9fe]",
    "[64:ff9b::127.0.0.1]",
    "[64:ff9b::a9fe:a9fe]",
    "[64:ff9b:1::1]",
    "[2002:7f00:1::]",
    "[2001:0:4136:e378:8000:63bf:3fff:fdd2]",
    "[fc00::1]",
    "[fd00:ec2::254]",
    "[fe80::1]",
    "[fec0::1]",
    "[ff02::1]",
]


@pytest.mark.parametrize("host", PRIVATE_TARGETS)
@pytest.mark.usefixtures("names")
def test_a_private_target_is_never_dialled(host: str, dialled: list[Any]) -> None:
    with Http(base_url=f"http://{host}:8080") as http, pytest.raises(ConfigInvalid) as caught:
        http.get("/latest/meta-data")
    assert (caught.value.code, caught.value.field) == ("address_blocked", "base_url")
    assert dialled == []


@pytest.mark.parametrize("numbers", [["10.0.0.7"], ["93.184.215.14", "10.0.0.7"], ["2a00:1450::1", "::1"]])
def test_one_private_address_of_a_name_condemns_it(
    numbers: list[str], names: Names, dialled: list[Any]
) -> None:
    names["sneaky.example"] = numbers
    with Http(base_url="https://sneaky.example") as http, pytest.raises(ConfigInvalid):
        http.post("/")
    assert dialled == []


def test_a_public_name_is_dialled_at_the_address_that_was_judged(names: Names, dialled: list[Any]) -> None:
    names["api.example"] = ["93.184.215.14", "8.8.8.8"]
    with Http(base_url="http://api.example:81") as http, pytest.raises(Transient) as caught:
        http.post("/")
    assert caught.value.code == "connect_error"
    assert dialled == [("93.184.215.14", 81), ("8.8.8.8", 81)]


def test_a_name_is_looked_up_once_so_that_it_cannot_change_its_mind(
    names: Names, peer: Peer, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.OUTBOUND_PRIVATE_NETWORKS = ["127.0.0.1/32"]
    names["rebind.example"] = ["127.0.0.1"]
    lookup, asked = socket.getaddrinfo, []

    def rebinding(host: str, *args: Any, **kwargs: Any) -> Any:
        asked.append(host)
        found = lookup(host, *args, **kwargs)
        names["rebind.example"] = ["10.0.0.7"]
        return found

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    with Http(base_url=f"http://rebind.example:{peer.port}") as http:
        answer = http.get("/hello")
    assert asked == ["rebind.example"]
    assert answer.json == {"host": f"rebind.example:{peer.port}"}


def test_an_allowed_network_is_reached_and_its_neighbour_is_not(
    names: Names, peer: Peer, settings: Any
) -> None:
    settings.OUTBOUND_PRIVATE_NETWORKS = ["127.0.0.1/32", "fd00::/8"]
    with Http(base_url=peer.url) as http:
        assert http.get("/hello").status == 200
    with Http(base_url=f"http://127.0.0.2:{peer.port}") as http, pytest.raises(ConfigInvalid):
        http.get("/hello")


def test_a_wrong_network_in_the_environment_is_named(settings: Any) -> None:
    settings.OUTBOUND_PRIVATE_NETWORKS = ["127.0.0.0/80"]
    with (
        Http(base_url="http://127.0.0.1:9") as http,
        pytest.raises(ImproperlyConfigured, match=r"OUTBOUND_PRIVATE_NETWORKS.*127\.0\.0\.0/80"),
    ):
        http.get("/")


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://example.com/x",
        "gopher://127.0.0.1/x",
        "httpx://example.com",
        "data:text/plain,x",
        "javascript:1",
        "http://",
        "http:///path",
        "//example.com/x",
        "not a url",
        "http://[::1",
        "http://example.com:99999/",
        f"http://{'a' * 70}.example/",
        "http://exa mple.com/",
    ],
)
def test_what_is_no_http_address_is_refused(url: str, names: Names, dialled: list[Any]) -> None:
    with Http() as http, pytest.raises(Rejected) as caught:
        http.download(url, max_bytes=100, to=BytesIO())
    assert caught.value.code in ("bad_url", "address_blocked")
    with Http(base_url=url) as http, pytest.raises((ConfigInvalid, Transient)):
        http.get("")
    assert dialled == []


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True),
        ("2a00:1450:4010:c05::71", True),
        ("64:ff9b::808:808", True),  # NAT64 of 8.8.8.8: how an IPv6-only network reaches the rest
        ("2002:808:808::1", True),
        ("::ffff:8.8.8.8", True),
        ("::ffff:10.0.0.1", False),
        ("5f00::1", False),
    ],
)
def test_public_addresses(address: str, public: bool) -> None:
    assert guard.is_allowed(ipaddress.ip_address(address), ()) is public


def test_behind_a_proxy_the_target_is_still_judged(names: Names, settings: Any) -> None:
    with Peer() as proxy:
        proxy.route("GET /x", lambda request: Reply(json={"for": request.headers["Host"]}))
        settings.OUTBOUND_PROXY = proxy.url
        names["api.example"] = ["93.184.215.14"]
        with Http(base_url="http://api.example") as http:
            assert http.get("/x").json == {"for": "api.example"}
        with Http(base_url="http://169.254.169.254") as http, pytest.raises(ConfigInvalid):
            http.get("/x")
        assert len(proxy.requests) == 1


def test_a_proxy_of_the_environment_is_ignored(
    names: Names, peer: Peer, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.OUTBOUND_PRIVATE_NETWORKS = ["127.0.0.0/8"]
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    with Http(base_url=peer.url) as http:
        assert http.get("/hello").status == 200


def test_a_proxy_that_is_no_http_proxy_is_a_mistake_of_the_environment(settings: Any) -> None:
    settings.OUTBOUND_PROXY = "socks5://127.0.0.1:1080"
    with Http(base_url="http://127.0.0.1:9") as http, pytest.raises(ImproperlyConfigured):
        http.get("/")


def _redirecting(to: Callable[[], str]) -> Callable[..., Reply]:
    return lambda request: Reply(status=302, headers={"Location": to()})


@pytest.mark.parametrize(
    "target",
    ["http://127.0.0.2:1/x", "http://169.254.169.254/latest", "http://[::1]:1/x", "file:///etc/passwd"],
)
def test_a_redirect_is_judged_like_the_first_address(target: str, names: Names, settings: Any) -> None:
    settings.OUTBOUND_PRIVATE_NETWORKS = ["127.0.0.1/32"]
    with Peer() as peer:
        peer.route("GET /start", _redirecting(lambda: target))
        with Http(base_url=peer.url) as http:
            with pytest.raises(Rejected) as caught:
                http.download("/start", max_bytes=100, to=BytesIO())
            assert caught.value.code in ("address_blocked", "bad_url")
            with pytest.raises(ConfigInvalid):
                http.get("/start")
