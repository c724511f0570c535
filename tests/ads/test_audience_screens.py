"""The pages of audiences in light and dark, wide and on a phone: finished to look at, kept as pictures."""

from itertools import product
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from apps.ads.models import Audience, Entry, Export
from apps.appeals.campaigns.unsubscribing import unsubscribe
from apps.integrations.models import Connection
from tests.ads.conftest import Refuse, placement_of
from tests.ads.steps import quarter_of_an_hour, upload
from tests.crm.test_order_screens import SCHEMES, WINDOWS, browser, page
from tests.peers import yandex_audience
from tests.peers.server import Reply
from tests.peers.yandex_audience import YandexPeer
from tests.screens import keep, overlapping, wider_than_its_window

pytestmark = pytest.mark.django_db(transaction=True)
__all__ = ["browser", "page"]


@pytest.fixture
def storied(refuse: Refuse, ya: Connection, plain: YandexPeer) -> None:
    """People there, one who left, one refused, some left out, and an upload that was refused."""
    for _ in range(3):
        leaver = refuse(email="ivan@example.com")
    refuse(agreed=False)
    refuse(phone="позже скажу")
    upload(placement_of(ya))
    unsubscribe(contact=leaver, by=None, why="стоп")
    quarter_of_an_hour()
    plain.script(yandex_audience.DATA, [Reply(status=403, json={"errors": []})])
    upload(placement_of(ya))
    Entry.objects.filter(pk=there().latest("pk").pk).update(
        refused_at=timezone.now(), refusal="INVALID_SHA256_FORMAT", confirmed_at=None
    )


def there() -> Any:
    return Entry.objects.filter(removed_at=None)


def test_the_pages_of_audiences(page: Page, live_server: LiveServer, storied: None) -> None:
    pk = Audience.objects.get().pk
    pages = {
        "audience-list": "/admin/ads/audience/",
        "audience-one": f"/admin/ads/audience/{pk}/change/",
        "audience-people": f"/admin/ads/audience/{pk}/people/",
        "audience-exports": "/admin/ads/export/",
        "audience-export": f"/admin/ads/export/{Export.objects.earliest('pk').pk}/change/",
        "audience-ledger": "/admin/ads/entry/",
        "audience-entry": f"/admin/ads/entry/{there().latest('pk').pk}/change/",
        "audience-card": "/admin/integrations/connection/#yandex_audience",
    }
    found: dict[str, Any] = {}
    for scheme, (window, size) in product(SCHEMES, WINDOWS.items()):
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size(size)
        for name, address in pages.items():
            page.goto(live_server.url + address)
            wrong = [*overlapping(page)]
            if wider_than_its_window(page):
                wrong.append("wider than its window")
            keep(page, f"{name}-{scheme}-{window}")
            if wrong:
                found[f"{name}-{scheme}-{window}"] = wrong
    assert not found
