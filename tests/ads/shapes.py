"""Each network in each shape of its API: a strict peer, a connection to it, and who is in its segment."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from apps.ads.contract import Algorithm
from apps.ads.hashing import uploaded
from apps.integrations.checking import check_connection
from apps.integrations.connecting import connect
from apps.integrations.models import Connection
from apps.tenants.models import Tenant
from tests.peers import google_ads, vk_ads, yandex_audience
from tests.peers.google_ads import DataManagerPeer, GoogleAdsPeer, GooglePeer, GoogleSpecPeer
from tests.peers.server import Received
from tests.peers.vk_ads import VKAdsOwnPeer, VKAdsPeer
from tests.peers.yandex_audience import YandexOwnPeer, YandexPeer

GOOGLE = {"customer_id": "123-456-7890", "access_token": google_ads.TOKEN}
YANDEX = {"access_token": yandex_audience.TOKEN}
VK = {"access_token": vk_ads.TOKEN}
VK_OWN = {"client_id": vk_ads.CLIENT, "client_secret": vk_ads.SECRET}


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """`people`: of each segment that anybody is in, what the ledger calls each of them. `least`: how many
    people the first list needs.
    """

    connector: str
    shape: str
    peer: Callable[[], Any]
    values: dict[str, str]
    people: Callable[[Any], list[set[str]]]
    # Whether a request is of this shape: one account may be spoken to in several.
    knows: Callable[[Received], bool]
    least: int = 100

    @contextmanager
    def connected(self, tenant: Tenant) -> Iterator[tuple[Any, Connection]]:
        with self.peer() as peer:
            values = {**self.values, "api": self.shape, "base_url": peer.url}
            made = connect(tenant=tenant, connector=self.connector, key="ads", values=values)
            yield peer, check_connection(connection=made, within=9)


def path_begins(*beginnings: str) -> Callable[[Received], bool]:
    return lambda request: request.path.startswith(beginnings)


def signed(scheme: str) -> Callable[[Received], bool]:
    return lambda request: str(request.headers["Authorization"]).startswith(scheme)


def hashed(values: set[str]) -> set[str]:
    return {uploaded(value, Algorithm.SHA256) for value in values if value}


def in_yandex(peer: YandexPeer) -> list[set[str]]:
    rows = ({value for row in one["rows"] for value in row} for one in peer.segments.values())
    return [hashed(one) for one in rows if one]


def in_yandexs_own(peer: YandexOwnPeer) -> list[set[str]]:
    rows = ({value for row in one["people"] for value in row} - {""} for one in peer.segments.values())
    return [one for one in rows if one]


def in_vk(peer: VKAdsPeer) -> list[set[str]]:
    return [hashed(one["people"]) for one in peer.lists.values() if one["people"]]


def in_vks_own(peer: VKAdsOwnPeer) -> list[set[str]]:
    """A list that is in no segment is one too many."""
    used = [pk for one in peer.segments.values() for pk in one["lists"]]
    kept = [pk for pk, one in peer.lists.items() if not one["base"]]
    assert sorted(used) == sorted(kept)
    lines = ([peer.lists[pk]["lines"] for pk in one["lists"]] for one in peer.segments.values())
    return [set[str]().union(*some) for some in lines if any(some)]


def in_google(peer: GooglePeer) -> list[set[str]]:
    return [one["people"] for one in peer.lists.values() if one["people"]]


SHAPES = {
    f"{one.connector}-{one.shape}": one
    for one in (
        Spoken(
            connector="yandex_audience",
            shape="spec",
            peer=YandexPeer,
            values=YANDEX,
            people=in_yandex,
            knows=signed("Bearer"),
        ),
        Spoken(
            connector="yandex_audience",
            shape="vendor",
            peer=lambda: YandexOwnPeer(looks=1),
            values=YANDEX,
            people=in_yandexs_own,
            knows=signed("OAuth"),
        ),
        Spoken(
            connector="vk_ads",
            shape="spec",
            peer=VKAdsPeer,
            values=VK,
            people=in_vk,
            knows=path_begins("/api/v2/remarketing_users_lists"),
        ),
        Spoken(
            connector="vk_ads",
            shape="vendor",
            peer=lambda: VKAdsOwnPeer(looks=1),
            values=VK_OWN,
            people=in_vks_own,
            knows=path_begins("/api/v3/", "/api/v2/remarketing/", "/api/v2/user.json", "/api/v2/oauth2/"),
            least=2100,
        ),
        Spoken(
            connector="google_ads",
            shape="spec",
            peer=GoogleSpecPeer,
            values=GOOGLE,
            people=in_google,
            knows=path_begins("/v14/"),
        ),
        Spoken(
            connector="google_ads",
            shape="ads_api",
            peer=lambda: GoogleAdsPeer(looks=1),
            values=GOOGLE,
            people=in_google,
            knows=path_begins("/v26/"),
        ),
        Spoken(
            connector="google_ads",
            shape="data_manager",
            peer=lambda: DataManagerPeer(looks=1),
            values=GOOGLE,
            people=in_google,
            knows=path_begins("/v1/"),
        ),
    )
}
