"""A workshop with CRMs on strict local peers, and clients who agreed to a repair."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from apps.appeals.deciding import set_status
from apps.appeals.models import Appeal, AppealStatus, Contact, Conversation, Device, Identity, Part, Repair
from apps.channels.models import Channel
from apps.integrations.checking import check_connection
from apps.integrations.connecting import connect
from apps.integrations.models import Connection
from apps.tenants.models import Member, Tenant
from tests.peers import livesklad, remonline
from tests.peers.livesklad import LiveSkladOwnPeer, LiveSkladPeer
from tests.peers.remonline import RemOnlinePeer, ROAppPeer

Agree = Callable[..., Appeal]


@pytest.fixture(autouse=True)
def _local_services(settings: Any) -> None:
    settings.OUTBOUND_PRIVATE_NETWORKS = ["127.0.0.0/8"]


@pytest.fixture
def channel(tenant_a: Tenant) -> Channel:
    connection = connect(tenant=tenant_a, connector="webchat", key="site", name="Сайт", values={})
    return Channel.objects.get(connection=connection)


@pytest.fixture
def appeal_of(channel: Channel) -> Agree:
    return lambda **fields: make_appeal(channel, **fields)


@pytest.fixture
def agree(appeal_of: Agree) -> Agree:
    """An appeal that its client has just agreed to."""

    def make(**fields: Any) -> Appeal:
        appeal = appeal_of(**fields)
        set_status(appeal=appeal, status=AppealStatus.AGREED)
        return appeal

    return make


def make_appeal(
    channel: Channel,
    *,
    name: str = "Иван Петров",
    phone: str = "8 900 123-45-67",
    model: str = "iPhone 14",
    contact: Contact | None = None,
    **fields: Any,
) -> Appeal:
    number = Conversation.objects.count() + 1
    contact = contact or Contact.objects.create(
        tenant=channel.tenant, name=name, phone=phone, email="ivan@example.com"
    )
    identity = Identity.objects.create(
        tenant=channel.tenant, contact=contact, channel=channel, external_user_id=f"u{number}"
    )
    conversation = Conversation.objects.create(
        tenant=channel.tenant,
        channel=channel,
        identity=identity,
        contact=contact,
        external_chat_id=f"c{number}",
    )
    appeal = Appeal.objects.create(
        tenant=channel.tenant,
        contact=contact,
        conversation=conversation,
        channel=channel,
        prefilled_data={"color": "Чёрный", "condition": "Хорошее"},
        **fields,
    )
    Conversation.objects.filter(pk=conversation.pk).update(current_appeal=appeal)
    device = Device.objects.create(
        tenant=channel.tenant, appeal=appeal, brand="Apple", model=model, imei="123456789012345"
    )
    repair = Repair.objects.create(
        tenant=channel.tenant,
        device=device,
        repair_type="Замена батареи",
        description="Батарея быстро разряжается",
        price=Decimal(3500),
    )
    Part.objects.create(
        tenant=channel.tenant, repair=repair, name="Аккумулятор iPhone 14", price=Decimal(2500)
    )
    return appeal


@pytest.fixture
def plain() -> Iterator[LiveSkladPeer]:
    """LiveSklad as the customer's document has it."""
    with LiveSkladPeer() as peer:
        yield peer


@pytest.fixture
def searching() -> Iterator[LiveSkladPeer]:
    """The same on a server that finds orders by our word."""
    with LiveSkladPeer(searches=True) as peer:
        yield peer


@pytest.fixture
def own() -> Iterator[LiveSkladOwnPeer]:
    with LiveSkladOwnPeer() as peer:
        yield peer


@pytest.fixture
def rem() -> Iterator[RemOnlinePeer]:
    with RemOnlinePeer() as peer:
        yield peer


@pytest.fixture
def roapp() -> Iterator[ROAppPeer]:
    with ROAppPeer() as peer:
        yield peer


def plain_values(url: str) -> dict[str, Any]:
    return {"api_key": livesklad.KEY, "shop_id": livesklad.SHOP, "base_url": f"{url}/v1"}


def own_values(url: str) -> dict[str, Any]:
    keys = {"login": livesklad.LOGIN, "password": livesklad.PASSWORD}
    return {**keys, "shop_id": livesklad.SHOP, "base_url": f"{url}/v1"}


def rem_values(url: str) -> dict[str, Any]:
    return {"api_key": remonline.KEY, "company_id": remonline.COMPANY, "base_url": f"{url}/v1"}


def roapp_values(url: str) -> dict[str, Any]:
    return {**rem_values(url), "order_type_id": remonline.TYPE, "api": "vendor"}


@pytest.fixture
def ls(plain: LiveSkladPeer, tenant_a: Tenant) -> Connection:
    return connect(tenant=tenant_a, connector="livesklad", key="ls", values=plain_values(plain.url))


@pytest.fixture
def ls_searching(searching: LiveSkladPeer, tenant_a: Tenant) -> Connection:
    return connect(tenant=tenant_a, connector="livesklad", key="ls", values=plain_values(searching.url))


@pytest.fixture
def ls_own(own: LiveSkladOwnPeer, tenant_a: Tenant) -> Connection:
    """Checked: which API it speaks has been found out."""
    made = connect(tenant=tenant_a, connector="livesklad", key="ls", values=own_values(own.url))
    return check_connection(connection=made, within=9)


@pytest.fixture
def ro(rem: RemOnlinePeer, tenant_a: Tenant) -> Connection:
    return connect(tenant=tenant_a, connector="remonline", key="ro", values=rem_values(rem.url))


@pytest.fixture
def ro_own(roapp: ROAppPeer, tenant_a: Tenant) -> Connection:
    return connect(tenant=tenant_a, connector="remonline", key="ro", values=roapp_values(roapp.url))


@pytest.fixture
def desk(anna: Member, signed_in: Any) -> Client:
    client: Client = signed_in(anna)
    return client
