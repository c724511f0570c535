"""A connection that speaks another API by now: who is in the segment of the former one is reached there."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import pytest
from django.utils import timezone, translation

from apps.ads.launching import begin
from apps.ads.models import Cause, Entry, Export, Placement
from apps.appeals.models import Contact
from apps.channels.models import Channel
from apps.core.models import State
from apps.integrations.checking import check_connection
from apps.integrations.connecting import connect
from apps.integrations.models import Connection, Health
from apps.tenants.models import Tenant
from tests.ads.conftest import many
from tests.ads.killing import Workers, killed_everywhere, workers
from tests.ads.shapes import SHAPES, VK, Spoken
from tests.ads.steps import go, quarter_of_an_hour
from tests.peers import vk_ads
from tests.peers.server import Received, Reply
from tests.work import drain

__all__ = ["workers"]
pytestmark = pytest.mark.django_db(transaction=True)
CHANGES = [
    ("yandex_audience-spec", "yandex_audience-vendor"),
    ("yandex_audience-vendor", "yandex_audience-spec"),
    ("vk_ads-spec", "vk_ads-vendor"),
    ("vk_ads-vendor", "vk_ads-spec"),
    ("google_ads-spec", "google_ads-ads_api"),
    ("google_ads-spec", "google_ads-data_manager"),
    ("google_ads-ads_api", "google_ads-data_manager"),
    ("google_ads-data_manager", "google_ads-spec"),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One that is spoken to in two shapes; `old` and `new` are what each of them has made."""

    former: Spoken
    later: Spoken
    old: Any
    new: Any
    connection: Connection

    @property
    def people(self) -> int:
        return max(self.former.least, self.later.least)

    def change(self, to: Spoken) -> None:
        config = Connection.objects.get(pk=self.connection.pk).config
        Connection.objects.filter(pk=self.connection.pk).update(config={**config, "api": to.shape})

    def upload(self) -> Export:
        return go(begin(placement=Placement.objects.get(), cause=Cause.BY_HAND))


def joined(former: Spoken, later: Spoken, tenant: Tenant, stack: ExitStack) -> Account:
    old, new = stack.enter_context(former.peer()), stack.enter_context(later.peer())
    usual = old._server.answer

    def answer(request: Received) -> Reply:
        reply: Reply = new.answer(request) if later.knows(request) else usual(request)
        return reply

    old._server.answer = answer
    values = {**former.values, "api": former.shape, "base_url": old.url}
    if former.connector == "vk_ads":
        values = {**VK, "api": former.shape, "base_url": old.url}
        for peer in (old, new):
            peer.tokens = [vk_ads.TOKEN]
    made = connect(tenant=tenant, connector=former.connector, key="ads", values=values)
    made = check_connection(connection=made, within=9)
    assert made.health == Health.OK
    return Account(former=former, later=later, old=old, new=new, connection=made)


@pytest.fixture
def account(request: Any, tenant_a: Tenant, channel: Channel) -> Iterator[Account]:
    """An audience was uploaded in the former shape, then the connection was told to speak the later one."""
    former, later = (SHAPES[name] for name in request.param)
    with ExitStack() as stack:
        made = joined(former, later, tenant_a, stack)
        many(channel, made.people + 40)
        assert made.upload().outcome == "uploaded"
        assert [len(one) for one in former.people(made.old)] == [2 * (made.people + 40)]
        made.change(later)
        yield made


every_change: Callable[[Any], Any] = pytest.mark.parametrize(
    "account", CHANGES, indirect=True, ids=lambda pair: "-".join(name.rpartition("-")[0] for name in pair)
)


def leave(count: int) -> set[int]:
    rows = Contact.objects.filter(unsubscribed_at=None).order_by("pk")
    ids = set(rows.values_list("pk", flat=True)[:count])
    Contact.objects.filter(pk__in=ids).update(unsubscribed_at=timezone.now())
    return ids


@every_change
def test_whoever_takes_consent_back_leaves_the_former_segment(account: Account) -> None:
    left = leave(3)
    export = quarter_of_an_hour()
    assert export is not None
    assert (export.cause, export.outcome, export.shape) == (
        Cause.LEAVING,
        "uploaded",
        account.former.shape,
    )
    gone = Entry.objects.exclude(removed_at=None)
    assert set(gone.values_list("contact", "left", "removed_by")) == {
        (pk, "opted_out", export.pk) for pk in left
    }
    there = set(Entry.objects.filter(removed_at=None).values_list("digest", flat=True))
    assert account.former.people(account.old) == [there]
    assert account.later.people(account.new) == []


@every_change
def test_the_next_upload_takes_all_out_of_the_former_segment_and_makes_one_anew(account: Account) -> None:
    before = Entry.objects.count()
    moved = account.upload()
    assert (moved.outcome, moved.shape, moved.to_remove) == ("uploaded", account.former.shape, before)
    made = Export.objects.latest("pk")
    assert (made.outcome, made.shape, made.cause) == ("uploaded", account.later.shape, Cause.BY_HAND)
    assert account.former.people(account.old) == []
    gone = Entry.objects.exclude(removed_at=None)
    assert set(gone.values_list("left", "removed_by")) == {("moved", moved.pk)}
    assert gone.count() == before
    there = Entry.objects.filter(removed_at=None).exclude(confirmed_at=None)
    assert account.later.people(account.new) == [set(there.values_list("digest", flat=True))]
    assert there.count() == before
    assert account.upload().shape == account.later.shape
    assert Entry.objects.filter(removed_at=None).count() == before


@every_change
def test_an_audience_taken_off_the_account_leaves_nobody_in_the_former_segment(account: Account) -> None:
    Placement.objects.update(is_wanted=False)
    quarter_of_an_hour()
    assert account.former.people(account.old) == account.later.people(account.new) == []
    assert set(Entry.objects.values_list("left", flat=True)) == {"off"}
    assert not Entry.objects.filter(removed_at=None).exists()


@pytest.mark.parametrize("account", [CHANGES[1], CHANGES[6]], indirect=True)
def test_what_is_under_way_goes_on_in_its_own_api(account: Account, channel: Channel) -> None:
    account.change(account.former)
    many(channel, 1, start=90_000)
    export = begin(placement=Placement.objects.get(), cause=Cause.BY_HAND)
    drain()
    export.refresh_from_db()
    assert export.state == State.QUEUED, "it waits for what is processed there"
    account.change(account.later)
    assert go(export).outcome == "uploaded"
    assert account.later.people(account.new) == []
    there = set(Entry.objects.exclude(confirmed_at=None).values_list("digest", flat=True))
    assert account.former.people(account.old) == [there]


@pytest.mark.parametrize("account", [CHANGES[1], CHANGES[3], CHANGES[5]], indirect=True)
@pytest.mark.parametrize(
    "reply",
    [
        Reply(status=401, json={"error": {"code": "revoked_token"}}),
        Reply(status=404, body="<html>not found</html>", headers={"Content-Type": "text/html"}),
    ],
    ids=["401", "another site"],
)
def test_a_former_api_that_serves_no_more_is_told_of_and_blames_no_connection(
    account: Account, reply: Reply
) -> None:
    usual, later = account.old._server.answer, account.later

    def answer(request: Received) -> Reply:
        found: Reply = usual(request) if later.knows(request) else reply
        return found

    account.old._server.answer = answer
    export = account.upload()
    assert (export.state, export.error_code) == (State.FAILED, "former_api")
    with translation.override("ru"):
        assert "прежний API" in translation.gettext(export.error_text)
    with translation.override("en"):
        assert "API spoken before" in translation.gettext(export.error_text)
    account.connection.refresh_from_db()
    assert account.connection.health == Health.OK
    assert not Entry.objects.exclude(removed_at=None).exists(), "they are still there"
    account.old._server.answer = usual
    account.upload()
    assert Export.objects.latest("pk").outcome == "uploaded"
    assert account.former.people(account.old) == []
    assert [len(one) for one in later.people(account.new)] == [2 * (account.people + 40)]


@pytest.mark.processes
@pytest.mark.parametrize("account", [CHANGES[0], CHANGES[3], CHANGES[4]], indirect=True)
@pytest.mark.parametrize("taken", [True, False], ids=["taken there", "not taken there"])
def test_killed_at_every_request_of_the_move(account: Account, workers: Workers, taken: bool) -> None:
    before = Entry.objects.count()
    moving = begin(placement=Placement.objects.get(), cause=Cause.BY_HAND)
    assert killed_everywhere(moving, account.old, workers, taken=taken)
    making = Export.objects.latest("pk")
    assert making != moving
    assert killed_everywhere(making, account.old, workers, taken=taken)
    assert Export.objects.filter(outcome="uploaded").count() == Export.objects.count() == 3
    assert account.former.people(account.old) == []
    there = set(Entry.objects.filter(removed_at=None).values_list("digest", flat=True))
    assert account.later.people(account.new) == [there]
    assert Entry.objects.exclude(removed_at=None).count() == len(there) == before
