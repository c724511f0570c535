"""A workshop with advertising accounts on strict local peers, and clients who refused a repair."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from apps.ads.models import Audience, Placement
from apps.appeals import consent
from apps.appeals.models import Appeal, ConsentWay, Contact
from apps.channels.models import Channel
from apps.integrations.checking import check_connection
from apps.integrations.connecting import connect
from apps.integrations.models import Connection
from apps.tenants.models import Tenant
from tests.crm.conftest import channel, make_appeal
from tests.peers import vk_ads, yandex_audience
from tests.peers.vk_ads import VKAdsOwnPeer, VKAdsPeer
from tests.peers.yandex_audience import YandexOwnPeer, YandexPeer

__all__ = ["channel"]
Refuse = Callable[..., Contact]


@pytest.fixture(autouse=True)
def _local_services(settings: Any) -> None:
    settings.OUTBOUND_PRIVATE_NETWORKS = ["127.0.0.0/8"]


@pytest.fixture
def refuse(channel: Channel) -> Refuse:
    """A client who agreed to advertising and has refused a repair today; or as the fields say."""

    def make(
        *, phone: str = "", email: str = "", agreed: bool = True, days_ago: int = 0, **fields: Any
    ) -> Contact:
        number = Contact.objects.count()
        contact = Contact.objects.create(
            tenant=channel.tenant,
            name=f"Клиент {number}",
            phone=phone or f"8 900 000-{number // 100:02}-{number % 100:02}",
            email=email,
        )
        ended = timezone.now() - timedelta(days=days_ago)
        values = {"status": "rejected", "closed_at": ended, "rejection_reason": "дорого", **fields}
        make_appeal(channel, contact=contact, **values)
        if agreed:
            agree(contact)
        return contact

    return make


def agree(contact: Contact) -> None:
    consent.agree(
        contacts=[contact.pk],
        tenant_id=contact.tenant_id,
        way=ConsentWay.FORM,
        by=None,
        at=timezone.now() - timedelta(days=100),
        note="анкета на сайте",
    )


def many(channel: Channel, count: int, *, start: int = 0, email: bool = True) -> None:
    """Refusers by the thousand, in a handful of statements."""
    tenant, now = channel.tenant, timezone.now()
    at = now - timedelta(days=100)
    contacts = Contact.objects.bulk_create(
        Contact(
            tenant=tenant,
            name=f"Клиент {number}",
            phone=f"+7900{number:07}",
            email=f"client{number}@example.com" if email else "",
            agreed_at=at,
            agreed_way=ConsentWay.FORM,
        )
        for number in range(start, start + count)
    )
    from apps.appeals.models import Consent, Conversation, Identity

    Consent.objects.bulk_create(
        Consent(tenant=tenant, contact=one, is_given=True, way=ConsentWay.FORM, at=at) for one in contacts
    )
    identities = Identity.objects.bulk_create(
        Identity(tenant=tenant, contact=one, channel=channel, external_user_id=f"m{one.pk}")
        for one in contacts
    )
    conversations = Conversation.objects.bulk_create(
        Conversation(
            tenant=tenant,
            channel=channel,
            identity=identity,
            contact_id=identity.contact_id,
            external_chat_id=identity.external_user_id,
        )
        for identity in identities
    )
    Appeal.objects.bulk_create(
        Appeal(
            tenant=tenant,
            contact_id=one.contact_id,
            conversation=one,
            channel=channel,
            status="rejected",
            closed_at=now,
        )
        for one in conversations
    )


@pytest.fixture
def plain() -> Iterator[YandexPeer]:
    with YandexPeer() as peer:
        yield peer


@pytest.fixture
def own() -> Iterator[YandexOwnPeer]:
    with YandexOwnPeer(least=2) as peer:
        yield peer


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two people are enough for a list, so that tests need not make a hundred."""
    from dataclasses import replace

    from apps.ads.connectors.yandex_audience import own as yandex

    monkeypatch.setattr(yandex, "TERMS", replace(yandex.TERMS, minimum=2))


def yandex_values(url: str, **more: Any) -> dict[str, Any]:
    return {"access_token": yandex_audience.TOKEN, "base_url": url, **more}


@pytest.fixture
def ya(plain: YandexPeer, tenant_a: Tenant) -> Connection:
    """The document's shape: nobody has checked yet which one it speaks."""
    return connect(tenant=tenant_a, connector="yandex_audience", key="ya", values=yandex_values(plain.url))


@pytest.fixture
def ya_own(own: YandexOwnPeer, tenant_a: Tenant, few: None) -> Connection:
    """Checked: which API it speaks has been found out."""
    values = yandex_values(own.url)
    made = connect(tenant=tenant_a, connector="yandex_audience", key="ya", values=values)
    return check_connection(connection=made, within=9)


@pytest.fixture
def vk_plain() -> Iterator[VKAdsPeer]:
    with VKAdsPeer() as peer:
        yield peer


@pytest.fixture
def vk_peer() -> Iterator[VKAdsOwnPeer]:
    with VKAdsOwnPeer() as peer:
        yield peer


@pytest.fixture
def vk(vk_plain: VKAdsPeer, tenant_a: Tenant) -> Connection:
    values = {"access_token": vk_ads.TOKEN, "base_url": vk_plain.url}
    return connect(tenant=tenant_a, connector="vk_ads", key="vk", values=values)


@pytest.fixture
def vk_own(vk_peer: VKAdsOwnPeer, tenant_a: Tenant) -> Connection:
    values = {"client_id": vk_ads.CLIENT, "client_secret": vk_ads.SECRET, "base_url": vk_peer.url}
    made = connect(tenant=tenant_a, connector="vk_ads", key="vk", values=values)
    return check_connection(connection=made, within=9)


def placement_of(connection: Connection) -> Placement:
    """In the audience that was made with the account."""
    audience = Audience.objects.get(tenant=connection.tenant)
    return Placement.objects.get(audience=audience, connection=connection)
