"""A template is chosen for a campaign, a consent noted, a first message written: in a real browser."""

from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from apps.appeals.models import Campaign, Contact, Conversation
from apps.channels.models import Channel
from tests.appeals.mailing import campaign_of, client_of
from tests.appeals.templated import known, person
from tests.appeals.test_campaign_browser import browser, look, page
from tests.appeals.test_whatsapp import come, meta, number

__all__ = ["Browser", "browser", "come", "known", "meta", "number", "page"]

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_template_is_filled_in_before_ones_eyes_and_shown_as_clients_read_it(
    page: Page, live_server: LiveServer, known: Channel
) -> None:
    person(known, "Иван Петров")
    person(known, "Мария", ago=timedelta(hours=2))
    campaign = campaign_of(known, "{имя|Здравствуйте}, мы переехали!", is_advertising=True)
    page.goto(f"{live_server.url}{campaign.get_absolute_url()}")
    expect(page.locator("#lacks-consent")).to_be_visible()
    look(page, "draft-no-consent")
    Campaign.objects.update(is_advertising=False)
    page.reload()
    page.get_by_role("link", name="Выбрать шаблон").click()
    page.locator("select[name=template]").select_option(label="order_ready · ru")
    filled = page.locator("fieldset:not([disabled]) [data-slot='body.2']")
    filled.fill("{устройство|телефон}")
    expect(page.locator("fieldset:not([disabled]) mark[data-shows='body.2']")).to_have_text(
        "{устройство|телефон}"
    )
    page.locator("fieldset:not([disabled]) [data-slot='header.1']").fill("№17")
    page.locator("fieldset:not([disabled]) [data-slot='button1.1']").fill("17")
    look(page, "template")
    page.evaluate("document.documentElement.classList.add('dark')")
    look(page, "template-dark")
    page.get_by_role("button", name="Взять этот шаблон").click()
    expect(page.get_by_text("Здравствуйте, Иван! Ваш телефон готов")).to_be_visible()
    expect(page.locator("#will")).to_contain_text("2 клиента получат")
    look(page, "draft-template")
    page.evaluate("document.documentElement.classList.add('dark')")
    look(page, "draft-template-dark")


def test_consent_is_noted_and_a_first_message_written_from_the_clients_card(
    page: Page, live_server: LiveServer, known: Channel, bot: Channel
) -> None:
    chat = client_of(bot, "Иван Петров")
    Contact.objects.update(phone="+7 900 987-65-43")
    page.goto(f"{live_server.url}/admin/desk/{chat.pk}/")
    page.get_by_text("Клиент согласен на рекламу").click()
    page.locator("#consent select[name=way]").select_option("paper")
    page.locator("#consent input[name=note]").first.fill("Папка 7")
    look(page, "panel-consent")
    page.get_by_role("button", name="Отметить согласие").click()
    expect(page.locator("#agreed")).to_contain_text("на бумаге")
    page.get_by_text("История согласия").click()
    page.locator("#agreed").scroll_into_view_if_needed()
    look(page, "panel-agreed")
    page.evaluate("document.documentElement.classList.add('dark')")
    look(page, "panel-agreed-dark")
    page.get_by_role("link", name="Написать в WhatsApp").click()
    page.locator("select[name=template]").select_option(label="order_ready · ru")
    for key, value in {"header.1": "№17", "body.2": "iPhone 14", "button1.1": "17"}.items():
        page.locator(f"fieldset:not([disabled]) [data-slot='{key}']").fill(value)
    look(page, "write-first")
    page.get_by_role("button", name="Отправить").click()
    expect(page.locator("#window")).to_contain_text("Клиент сюда ещё не писал")
    look(page, "begun")
    assert Conversation.objects.get(channel=known).contact_id == chat.contact_id


def test_a_list_of_consents_is_pasted(page: Page, live_server: LiveServer, bot: Channel) -> None:
    client_of(bot, "Иван")
    Contact.objects.update(phone="+79009876543")
    page.goto(f"{live_server.url}/admin/appeals/contact/consents/")
    page.locator("[name=pasted]").fill("8 900 987-65-43\n+7 999 000-11-22")
    page.locator("[name=note]").fill("Анкеты 2025 года")
    look(page, "consents")
    page.get_by_role("button", name="Отметить согласие").click()
    expect(page.get_by_text("Отмечено у 1 клиента")).to_be_visible()
    look(page, "consents-done")
    page.goto(f"{live_server.url}/admin/appeals/contact/{Contact.objects.get().pk}/change/")
    look(page, "contact")
