"""An appeal moves to a colleague while somebody is writing; a phone is shown by a press."""

import pytest
from playwright.sync_api import Browser, FilePayload, expect

from apps.appeals.models import Access, Appeal, Contact, Conversation, Upload
from apps.appeals.people import touch
from apps.tenants.membership import add_member
from apps.tenants.models import Member, Phones, Role, Sees, Tenant
from tests.appeals.test_teamwork_browser import Open, Routed, browser, opened
from tests.screens import keep
from tests.sounds import picture

__all__ = ["browser", "opened"]
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def talk(routed: Routed, anna: Member) -> Conversation:
    found = routed("Здравствуйте! Сколько стоит батарея?")
    Appeal.objects.update(operator=anna)
    Contact.objects.update(name="Иван", phone="+79001234567")
    return found


def test_what_was_typed_is_given_back_when_the_appeal_moves_away(
    browser: Browser, opened: Open, talk: Conversation, shop: Tenant, anna: Member
) -> None:
    Tenant.objects.filter(pk=shop.pk).update(operators_see=Sees.OWN)
    vera = add_member(tenant=shop, username="vera", role=Role.OPERATOR, name="Вера")
    page = opened(anna, f"{talk.pk}/")
    page.locator("#composer textarea[name=text]").fill("Батарея стоит 2900, приходите")
    photo: FilePayload = {"name": "батарея.jpg", "mimeType": "image/jpeg", "buffer": picture()}
    page.locator("#composer input[type=file]").set_input_files(photo)
    expect(page.locator("#attached li:not(.is-waiting)")).to_contain_text("батарея.jpg")

    Appeal.objects.update(operator=vera)
    touch(talk.pk)

    expect(page.locator("#elsewhere")).to_contain_text("Это обращение ведёт другой сотрудник")
    expect(page.locator("#unsent textarea")).to_have_value("Батарея стоит 2900, приходите")
    expect(page.get_by_text("Сколько стоит батарея")).to_have_count(0)
    with page.expect_download() as download:
        page.locator("#unsent").get_by_role("link", name="батарея.jpg").click()
    assert download.value.path().read_bytes() == picture()
    keep(page, "elsewhere")
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Не нужно").click()
    page.reload()
    expect(page.locator("#unsent")).to_be_hidden()
    assert not Upload.objects.exists()


def test_show_tells_the_phone_where_it_stood(
    browser: Browser, opened: Open, talk: Conversation, shop: Tenant, anna: Member
) -> None:
    Tenant.objects.filter(pk=shop.pk).update(operators_phones=Phones.ON_CLICK)
    page = opened(anna, f"{talk.pk}/")
    phone = page.locator("#phone")
    expect(phone).to_contain_text("+7 900 •••-••-67")

    phone.get_by_role("button", name="Показать").click()

    expect(phone.get_by_role("link", name="+79001234567")).to_have_attribute("href", "tel:+79001234567")
    expect(phone.get_by_role("button")).to_have_count(0)
    assert Access.objects.get().member == anna
