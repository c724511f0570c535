"""A campaign's clients from a file, CSV or XLSX: columns, what is wrong line by line, and what is taken."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from apps.appeals.campaigns.audience import Audience
from apps.appeals.campaigns.heads import head_of
from apps.appeals.campaigns.previewing import preview
from apps.appeals.models import Campaign, ClientList, Contact, Identity
from apps.channels.models import Channel
from apps.core.tables import read_table
from apps.tenants.membership import add_member
from apps.tenants.models import Role
from tests.appeals.mailing import begin, campaign_at, campaign_of, client_of, run_out
from tests.core.test_tables import workbook
from tests.peers.telegram import TelegramPeer

pytestmark = pytest.mark.django_db
ROWS: list[list[Any]] = [
    ["Акция", ""],
    ["Имя", "Телефон"],
    ["Иван", "8 (921) 555-35-35"],
    ["Иван ещё раз", 79215553535],
    ["Пётр", "@petr"],
    ["Никто", "+7 900 000-00-00"],
    ["Пусто"],
    ["Обрезан", "7,92E+10"],
]


@pytest.fixture
def lead(bot: Channel) -> Client:
    member = add_member(tenant=bot.tenant, username="lead", password="pass-word-1", role=Role.HEAD, name="О")
    client = Client()
    client.force_login(member.user)
    return client


@pytest.fixture
def campaign(bot: Channel) -> Campaign:
    for name in ("Иван", "Пётр", "Лишний"):
        client_of(bot, name)
    Contact.objects.filter(name="Иван").update(phone="+79215553535")
    Identity.objects.filter(contact__name="Пётр").update(username="Petr")
    return campaign_of(bot)


def act(client: Client, campaign: Campaign, what: str, **values: Any) -> str:
    path = f"/admin/appeals/campaign/{campaign.pk}/list/"
    return str(client.post(path, {"act": what, **values}, follow=True).content.decode())


def bring(client: Client, campaign: Campaign, content: bytes, name: str = "клиенты.xlsx") -> str:
    return act(client, campaign, "upload", file=SimpleUploadedFile(name, content))


def as_csv(rows: list[list[Any]]) -> bytes:
    return "\n".join(";".join(map(str, row)) for row in rows).encode("cp1251")


@pytest.mark.parametrize("content", [workbook(ROWS), as_csv(ROWS)], ids=["xlsx", "csv"])
def test_from_the_file_to_the_clients_it_finds(
    lead: Client, campaign: Campaign, bot_peer: TelegramPeer, content: bytes
) -> None:
    shown = bring(lead, campaign, content)
    assert "<b>2</b> клиента найдено" in shown
    for number, words in (
        (4, "То же, что в строке 3"),
        (6, "Такого телефона или имени нет ни у одного клиента"),
        (7, "В этом столбце ничего нет"),
        (8, "Таблица обрезала номер"),
    ):
        assert f'<td class="bc-number">{number}</td>' in shown
        assert words in shown
    act(lead, campaign, "take")
    assert not ClientList.objects.exists()
    campaign = campaign_at(campaign)
    assert Audience.of(campaign).by_list
    seen = preview(campaign)
    assert (seen.will, seen.unmatched) == (2, ())
    begin(campaign)
    run_out(campaign)
    assert len(bot_peer.sent) == 2


def test_a_column_that_is_not_known_is_asked_for(lead: Client, campaign: Campaign) -> None:
    rows = [["Кто", "Как найти"], ["Пётр", "petr"]]
    shown = bring(lead, campaign, workbook(rows))
    assert "Непонятно, где" in shown
    assert "Никого из этого файла" in act(lead, campaign, "take")
    shown = act(lead, campaign, "column", column="1", header_rows="1")
    assert "<b>1</b> клиент найден" in shown
    assert "Укажите, в каком столбце" in act(lead, campaign, "column", column="7")


def test_what_is_no_list_is_refused_in_words_and_a_file_can_be_put_away(
    lead: Client, campaign: Campaign
) -> None:
    assert "не CSV и не XLSX" in bring(lead, campaign, b"\x00\x01" * 50)
    assert not ClientList.objects.exists()
    bring(lead, campaign, as_csv([["+7 900 000-00-00"]]))
    assert "Никого из этого файла" in act(lead, campaign, "take")
    act(lead, campaign, "forget")
    assert not ClientList.objects.exists()
    assert not Audience.of(campaign_at(campaign)).by_list


def test_a_started_campaign_takes_no_list(lead: Client, campaign: Campaign) -> None:
    bring(lead, campaign, workbook(ROWS))
    begin(campaign)
    act(lead, campaign, "take")
    assert not Audience.of(campaign_at(campaign)).by_list


def test_the_column_is_told_by_its_head_or_by_what_is_in_it() -> None:
    assert head_of([["Список"], ["Имя", "Номер телефона"]]) == (2, 1)
    assert head_of([["a", "Логин"], ["b", "petr"]]) == (1, 1)
    assert head_of([["Иван", "89215553535"], ["Пётр", "89215553536"]]) == (0, 1)
    assert head_of([["кто", "как"], ["Пётр", "89215553536"]]) == (1, 1)
    assert head_of([["petr"], ["ivan"]]) == (0, 0)
    assert head_of([["petr", "x"], ["ivan", "y"]]) == (0, None)


def test_the_results_come_as_a_workbook_too(lead: Client, campaign: Campaign, bot_peer: TelegramPeer) -> None:
    Contact.objects.filter(name="Лишний").update(name="=1+1")
    begin(campaign)
    run_out(campaign)
    answer = lead.get(f"/admin/appeals/campaign/{campaign.pk}/export/?form=xlsx")
    head, *rows = read_table(answer.content, most_rows=100).rows
    assert head[:4] == ["клиент", "телефон", "канал", "итог"]
    assert {row[0] for row in rows} == {"Иван", "Пётр", "=1+1"}
    assert {row[3] for row in rows} == {"отправлено"}
    assert lead.get(f"/admin/appeals/campaign/{campaign.pk}/export/?form=exe").status_code == 404
