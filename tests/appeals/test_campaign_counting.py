"""Campaigns to many: counted and started by a worker, with the page telling how far it is."""

from typing import Any

import pytest
from django.test import Client

from apps.appeals.campaigns import counting, pausing, settling
from apps.appeals.campaigns.starting import start
from apps.appeals.campaigns.unsubscribing import unsubscribe
from apps.appeals.models import Campaign, CampaignStatus, Contact, Counting, Recipient
from apps.channels.models import Channel
from apps.core.models import State
from apps.core.work import find
from apps.core.work.claim import claim
from apps.core.work.outcome import settle_done
from apps.tenants.membership import add_member
from apps.tenants.models import Role
from tests.appeals.mailing import campaign_at, campaign_of, clients, run_out
from tests.peers.telegram import TelegramPeer
from tests.work import drain

pytestmark = pytest.mark.django_db
MANY = 4
LABEL = "appeals.Counting"


@pytest.fixture(autouse=True)
def few_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "AT_ONCE", MANY - 1)
    monkeypatch.setattr(counting, "STEP", 2)


@pytest.fixture
def lead(bot: Channel) -> Client:
    member = add_member(tenant=bot.tenant, username="lead", password="pass-word-1", role=Role.HEAD, name="О")
    client = Client()
    client.force_login(member.user)
    return client


@pytest.fixture
def campaign(bot: Channel) -> Campaign:
    clients(bot, MANY)
    return campaign_of(bot, "Привет, {имя}!")


def get(client: Client, campaign: Campaign, what: str) -> Any:
    return client.get(f"/admin/appeals/campaign/{campaign.pk}/{what}/")


def act(client: Client, campaign: Campaign, what: str, **values: Any) -> str:
    path = f"/admin/appeals/campaign/{campaign.pk}/do/"
    return str(client.post(path, {"act": what, **values}, follow=True).content.decode())


def confirm(campaign: Campaign, expected: int = MANY) -> Campaign:
    assert start(campaign=campaign, member=None, expected=expected) == expected
    return campaign_at(campaign)


def test_many_clients_are_counted_by_a_worker_and_started_by_one(
    lead: Client, campaign: Campaign, bot_peer: TelegramPeer
) -> None:
    unsubscribe(contact=Contact.objects.get(name="К1"), by=None, why="")
    shown = get(lead, campaign, "page").content.decode()
    assert "Считаем клиентов" in shown
    assert "Отправить 3 клиентам" not in shown
    assert "0 из 4" in get(lead, campaign, "live").json()["counting"]
    drain()
    assert get(lead, campaign, "live").json() == {"reload": True}
    shown = get(lead, campaign, "page").content.decode()
    assert "Отправить 3 клиентам" in shown
    assert "Привет, К0!" in shown
    assert "Посчитано в" in shown

    shown = act(lead, campaign, "start", count="3", confirmed="1")
    assert campaign_at(campaign).status == CampaignStatus.STARTING
    assert "Составляется список получателей" in shown
    assert not Recipient.objects.exists()
    done = run_out(campaign)
    assert (done.status, len(bot_peer.sent), Recipient.objects.count()) == ("finished", 3, 4)


def test_what_was_changed_in_the_draft_is_counted_anew(lead: Client, campaign: Campaign) -> None:
    get(lead, campaign, "page")
    drain()
    Campaign.objects.filter(pk=campaign.pk).update(text="Другое")
    assert "Считаем клиентов" in get(lead, campaign, "page").content.decode()
    drain()
    shown = get(lead, campaign, "page").content.decode()
    assert "Другое" in shown
    assert "Считаем" in act(lead, campaign, "count")


def test_a_number_that_changed_while_it_was_started_sends_nothing(
    lead: Client, campaign: Campaign, bot: Channel
) -> None:
    confirm(campaign)
    clients(bot, 1)
    drain()
    row = campaign_at(campaign)
    assert (row.status, row.start_problem, row.started_by) == ("draft", "changed", None)
    assert not Recipient.objects.exists()
    assert get(lead, campaign, "live").json() == {"reload": True}
    shown = get(lead, campaign, "page").content.decode()
    assert "число клиентов изменилось" in shown
    assert "Считаем клиентов" in shown
    drain()
    assert "Отправить 5 клиентам" in get(lead, campaign, "page").content.decode()
    confirm(campaign, 5)
    drain()
    assert (campaign_at(campaign).status, campaign_at(campaign).start_problem) == ("sending", "")


def test_a_start_whose_worker_is_lost_in_the_middle_is_made_once(campaign: Campaign) -> None:
    """The first has judged everybody when another takes the work over; then it wakes and writes, too."""
    confirm(campaign)
    work = find(LABEL)
    row = claim(work, Counting.objects.get().pk, lambda *_: None)
    effect = work.run(row)
    assert not Recipient.objects.exists()
    Counting.objects.update(state=State.QUEUED)
    drain()
    assert Recipient.objects.count() == MANY
    settle_done(work, row, effect)
    settling.settle(campaign.pk, [], expected=0)
    assert Recipient.objects.count() == MANY


def test_a_pause_before_the_list_is_there_lasts_until_somebody_resumes(
    lead: Client, campaign: Campaign, bot_peer: TelegramPeer
) -> None:
    confirm(campaign)
    act(lead, campaign, "pause")
    drain()
    row = campaign_at(campaign)
    assert (row.status, Recipient.objects.count(), len(bot_peer.sent)) == ("paused", MANY, 0)
    act(lead, campaign, "resume")
    assert run_out(campaign).status == "finished"
    assert len(bot_peer.sent) == MANY


def test_resumed_before_the_list_is_there_it_is_started_with_it(campaign: Campaign) -> None:
    confirm(campaign)
    pausing.pause(campaign=campaign)
    pausing.resume(campaign=campaign)
    assert campaign_at(campaign).status == CampaignStatus.STARTING
    assert run_out(campaign).status == "finished"


def test_stopped_before_the_list_is_there_it_sends_to_nobody(lead: Client, campaign: Campaign) -> None:
    confirm(campaign)
    act(lead, campaign, "stop", confirmed="1")
    drain()
    assert campaign_at(campaign).status == "stopped"
    assert not Recipient.objects.exists()
    assert get(lead, campaign, "page").status_code == 200


def test_our_own_error_makes_it_a_draft_again_and_says_so(
    lead: Client, campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    confirm(campaign)
    with monkeypatch.context() as broken:
        broken.setattr(counting, "chosen", lambda campaign: 1 / 0)
        drain()
    assert campaign_at(campaign).status == "draft"
    shown = get(lead, campaign, "page").content.decode()
    assert "не запустилась из-за нашей ошибки" in shown
    # Counted anew as soon as somebody wants it.
    assert "Пересчитать" in shown
    act(lead, campaign, "count")
    drain()
    assert "Отправить 4 клиентам" in get(lead, campaign, "page").content.decode()


def test_a_page_opened_while_a_colleague_starts_it_does_not_take_the_start_away(campaign: Campaign) -> None:
    read_before = campaign_at(campaign)
    confirm(campaign)
    counting.seen_of(read_before)
    assert Counting.objects.get().expected == MANY
    drain()
    assert campaign_at(campaign).status == "sending"
