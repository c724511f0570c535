"""Alarms and set-up steps as people see and use them, on a desktop and on a phone."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings as django_settings
from playwright.sync_api import Browser, Page, ViewportSize, expect

from apps.channels import jobs
from apps.channels.models import Channel, InboundEvent
from apps.integrations.models import Connection, Health, Upkeep
from apps.tenants.models import Member
from tests.channels import max_bots
from tests.channels.bots import make_bot
from tests.chromium import chromium

pytestmark = pytest.mark.django_db(transaction=True)

SIZES: dict[str, ViewportSize] = {
    "desktop": {"width": 1280, "height": 900},
    "phone": {"width": 390, "height": 844},
}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture(params=SIZES)
def page(request: Any, browser: Browser, live_server: Any, boss: Member, signed_in: Any) -> Iterator[Page]:
    context = browser.new_context(
        viewport=SIZES[request.param], locale="ru-RU", base_url=live_server.url, color_scheme="light"
    )
    context.set_default_timeout(10_000)
    name = django_settings.SESSION_COOKIE_NAME
    session = signed_in(boss).cookies[name].value
    context.add_cookies([{"name": name, "value": session, "url": live_server.url}])
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    context.close()
    assert errors == []


@pytest.fixture
def silent(boss: Member) -> Channel:
    """A bot that got something four times an hour, until five hours ago."""
    channel, now = make_bot(tenant=boss.tenant), datetime.now(tz=UTC)
    Connection.objects.update(health=Health.OK, account="@battery_bot (Battery)")
    quarters = [
        now - timedelta(weeks=week, minutes=15 * number) for week in (1, 2, 3, 4) for number in range(24)
    ]
    InboundEvent.objects.bulk_create(
        InboundEvent(
            channel=channel,
            tenant=channel.tenant,
            connector="telegram",
            event_key=f"{number:064}",
            body=b"{}",
            received_at=at,
            state="done",
            outcome="message",
        )
        for number, at in enumerate([*quarters, now - timedelta(weeks=5), now - timedelta(hours=5)])
    )
    jobs.watch_silence()
    return channel


@pytest.fixture
def mended(boss: Member) -> Connection:
    """A bot that was subscribed again."""
    connection = max_bots.make_bot(tenant=boss.tenant).connection
    Connection.objects.filter(pk=connection.pk).update(health=Health.OK, account="Мастерская")
    now = datetime.now(tz=UTC)
    said = {"ru": "MAX отписал бота. Подписка восстановлена.", "en": "MAX had unsubscribed the bot."}
    intact_at = now - timedelta(minutes=30)
    Upkeep.objects.create(connection=connection, mended=said, mended_at=now, intact_at=intact_at)
    return connection


def fits(page: Page) -> None:
    """Nothing sticks out sideways."""
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_a_silent_channel_is_told_on_its_card_and_at_the_desk_and_is_muted_from_there(
    page: Page, silent: Channel
) -> None:
    page.goto("/admin/desk/")
    expect(page.locator(".desk-silent")).to_contain_text("Ничего не приходило с")
    fits(page)
    page.goto("/admin/integrations/connection/")
    card = page.locator("#telegram")
    expect(card.locator(".in-status")).to_have_class("in-status in-yellow")
    expect(card.locator(".in-alarm")).to_contain_text("Ничего не приходило с")
    fits(page)
    card.get_by_role("link", name="Не предупреждать до даты").click()
    page.locator("#id_silence_muted_until").fill("31.12.2099")
    page.locator("#id_silence_muted_until").press("Escape")
    page.get_by_role("button", name="Сохранить", exact=True).click()
    page.wait_for_url("**/channels/channel/")
    page.goto("/admin/integrations/connection/")
    expect(page.locator("#telegram .in-status")).to_have_class("in-status in-green")


def test_what_was_mended_is_shown_until_it_is_read(page: Page, mended: Connection) -> None:
    page.goto("/admin/tenants/tenant/trouble/")
    expect(page.locator(".bc-alarm")).to_contain_text("Подписка восстановлена. В порядке было до")
    fits(page)
    page.get_by_role("button", name="Я посмотрел").click()
    page.wait_for_url("**/change/")
    expect(page.locator(".in-status")).to_have_class("in-status in-green")
    page.goto("/admin/tenants/tenant/trouble/")
    expect(page.locator(".bc-alarm")).to_have_count(0)


def test_the_steps_are_open_until_it_is_connected_and_folded_then(page: Page, silent: Channel) -> None:
    page.goto("/admin/integrations/connection/connect/telegram/")
    steps = page.locator(".in-steps li")
    expect(steps.first).to_be_visible()
    expect(steps.first).to_contain_text("@BotFather")
    fits(page)
    page.goto(f"/admin/integrations/connection/{silent.connection_id}/change/")
    expect(steps.first).to_be_hidden()
    page.get_by_text("Как подключить, по шагам").click()
    expect(steps.first).to_be_visible()
    fits(page)
