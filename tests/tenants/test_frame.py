"""Pages that stand alone, and the wording of the frame: what people see when nothing else is shown."""

from datetime import date

import pytest
from django.contrib.staticfiles import finders
from django.core.exceptions import BadRequest
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import formats, translation
from django.views.defaults import bad_request, server_error

from apps.tenants.models import Member
from tests.cast import PASSWORD


@pytest.mark.parametrize("name", ["400", "403", "403_csrf", "404", "500"])
def test_an_error_page_needs_nothing_and_leads_on_in_russian(name: str) -> None:
    with translation.override("ru"):
        shown = render_to_string(f"{name}.html")
    assert '<html lang="ru">' in shown
    assert 'href="/">К разговорам</a>' in shown
    assert "/static/" not in shown


def test_django_shows_them_where_nothing_else_can_be_shown() -> None:
    request = RequestFactory().get("/")
    assert "обновите страницу" in bad_request(request, BadRequest("secret")).text
    assert "на нашей стороне" in server_error(request).text


def test_an_unknown_address_says_so(db: None) -> None:
    answer = Client().get("/nowhere")
    assert answer.status_code == 404
    assert "Такой страницы нет" in answer.text


def test_a_closed_page_offers_another_name_and_comes_back_to_it(anna: Member, signed_in) -> None:
    client, address = signed_in(anna), reverse("admin:tenants_member_changelist")
    shown = client.get(address + "?q=a&o=1")
    assert shown.status_code == 403
    wanted = f"{reverse('admin:login')}?next=%2Fadmin%2Ftenants%2Fmember%2F%3Fq%3Da%26o%3D1"
    assert f'value="{wanted}"' in shown.text
    assert client.post(reverse("admin:logout"), {"next": wanted}).url == wanted
    assert "_auth_user_id" not in client.session


def test_a_form_from_before_signing_in_says_what_to_do(db: None) -> None:
    answer = Client(enforce_csrf_checks=True).post("/admin/login/", {})
    assert answer.status_code == 403
    assert "Страница устарела" in answer.text


def test_signing_in_at_the_door_itself_leads_to_the_conversations(boss: Member) -> None:
    answer = Client().post(
        "/admin/login/", {"username": "boss", "password": PASSWORD, "code": ""}, follow=True
    )
    assert answer.redirect_chain[-1][0] == reverse("desk")
    assert answer.status_code == 200


def test_browsers_find_an_icon_where_they_ask_for_it() -> None:
    answer = Client().get("/favicon.ico")
    assert answer.status_code == 302
    assert answer["Location"].endswith(".svg")
    assert finders.find(answer["Location"].removeprefix("/static/"))


def test_the_month_of_a_day_is_declined() -> None:
    with translation.override("ru"):
        assert formats.date_format(date(2026, 11, 21), "MONTH_DAY_FORMAT") == "21 ноября"


def test_a_history_without_reasons_has_dashes(anna: Member, boss: Member, signed_in) -> None:
    anna.name = "Анна Петрова"
    anna.save()
    shown = signed_in(boss).get(reverse("admin:tenants_member_history", args=[anna.pk])).text
    assert "<td>None</td>" not in shown
    assert "<td>–</td>" in shown
    assert "Anna → Анна Петрова" in " ".join(shown.replace("</b>", "").split())


def test_no_noun_stands_where_it_would_have_to_be_declined(anna: Member, boss: Member, signed_in) -> None:
    client = signed_in(boss)
    page = client.get(reverse("admin:tenants_member_change", args=[anna.pk])).text
    assert reverse("admin:tenants_member_delete", args=[anna.pk]) in page
    assert "Удалить сотрудник" not in " ".join(page.split())
    assert "Всего: 0" in client.get(reverse("admin:tenants_apikey_changelist")).text
