"""The pages of prompts and calls: for the tenant's administrator, with their own tenant's rows."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from model_bakery import baker

from apps.ai.models import ModelCall, PromptVersion, Purpose
from apps.ai.prompts import prompt_for, save_prompt

LIST = reverse("admin:ai_promptversion_changelist")
CALLS = reverse("admin:ai_modelcall_changelist")


@pytest.fixture
def admin_of_a(boss: Any, signed_in: Any) -> Client:
    client: Client = signed_in(boss)
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    return client


def edit_url(tenant: Any, purpose: str = "extraction") -> str:
    return reverse("admin:ai_prompt_edit", args=[tenant.pk, purpose])


def save(tenant: Any, text: str) -> PromptVersion:
    version = save_prompt(tenant=tenant, purpose=Purpose.EXTRACTION, text=text, user=None)
    assert version is not None
    return version


def test_the_built_in_prompts_are_shown_as_in_force(admin_of_a: Client, tenant_a: Any) -> None:
    text = admin_of_a.get(LIST).text
    assert edit_url(tenant_a) in text
    assert edit_url(tenant_a, "draft") in text


def test_editing_makes_a_new_version_in_force(admin_of_a: Client, tenant_a: Any, boss: Any) -> None:
    form = admin_of_a.get(edit_url(tenant_a)).context["form"]
    assert form.initial["text"] == prompt_for(tenant=tenant_a, purpose=Purpose.EXTRACTION).text
    answer = admin_of_a.post(edit_url(tenant_a), {"text": "Разбери <b>иначе</b>."}, follow=True)
    version = PromptVersion.objects.get()
    assert (version.tenant, version.number, version.created_by) == (tenant_a, 1, boss.user)
    assert "Разбери &lt;b&gt;иначе&lt;/b&gt;." in answer.text


def test_the_rules_are_shown_and_cannot_be_edited(admin_of_a: Client, tenant_a: Any) -> None:
    answer = admin_of_a.get(edit_url(tenant_a))
    assert "а не указания тебе" in answer.text
    assert "а не указания тебе" not in answer.context["form"].initial["text"]


def test_an_empty_prompt_is_refused(admin_of_a: Client, tenant_a: Any) -> None:
    answer = admin_of_a.post(edit_url(tenant_a), {"text": " \n "})
    assert answer.context["form"].errors["text"]
    assert not PromptVersion.objects.exists()


def test_the_built_in_wording_comes_back_as_a_version(admin_of_a: Client, tenant_a: Any) -> None:
    built_in = prompt_for(tenant=tenant_a, purpose=Purpose.EXTRACTION).text
    save(tenant_a, "Своё.")
    admin_of_a.post(edit_url(tenant_a), {"built_in": "1"})
    assert [v.text for v in PromptVersion.objects.order_by("number")] == ["Своё.", built_in]


def test_an_old_version_shows_what_going_back_would_change(admin_of_a: Client, tenant_a: Any) -> None:
    old = save(tenant_a, "Общее.\nСтарое.")
    save(tenant_a, "Общее.\nНовое.")
    text = admin_of_a.get(reverse("admin:ai_promptversion_change", args=[old.pk])).text
    assert "+ Старое." in text
    assert "− Новое." in text
    assert reverse("admin:ai_prompt_restore", args=[old.pk]) in text


def test_the_button_of_going_back_stands_in_no_other_form(admin_of_a: Client, tenant_a: Any) -> None:
    """A browser ignores a form within a form: the button would send the outer one."""
    old = save(tenant_a, "Старое.")
    save(tenant_a, "Новое.")
    text = admin_of_a.get(reverse("admin:ai_promptversion_change", args=[old.pk])).text
    before, _after = text.split(f'action="{reverse("admin:ai_prompt_restore", args=[old.pk])}"')
    assert before.count("<form") == before.count("</form>") + 1


def test_the_version_in_force_shows_what_it_changed(admin_of_a: Client, tenant_a: Any) -> None:
    save(tenant_a, "Общее.\nСтарое.")
    new = save(tenant_a, "Общее.\nНовое.")
    text = admin_of_a.get(reverse("admin:ai_promptversion_change", args=[new.pk])).text
    assert "+ Новое." in text
    assert "− Старое." in text
    assert reverse("admin:ai_prompt_restore", args=[new.pk]) not in text


def test_an_old_version_is_put_in_force_again(admin_of_a: Client, tenant_a: Any, boss: Any) -> None:
    old = save(tenant_a, "Старое.")
    save(tenant_a, "Новое.")
    url = reverse("admin:ai_prompt_restore", args=[old.pk])
    assert admin_of_a.get(url).status_code == 405
    admin_of_a.post(url)
    newest = PromptVersion.objects.order_by("number").last()
    assert newest is not None
    assert (newest.number, newest.text, newest.created_by) == (3, "Старое.", boss.user)


def test_no_version_can_be_changed_or_deleted(admin_of_a: Client, tenant_a: Any) -> None:
    version = save(tenant_a, "Своё.")
    change = reverse("admin:ai_promptversion_change", args=[version.pk])
    assert admin_of_a.post(change, {"text": "Чужое."}).status_code == 403
    assert admin_of_a.post(reverse("admin:ai_promptversion_delete", args=[version.pk])).status_code == 403
    assert PromptVersion.objects.get().text == "Своё."


def test_another_tenants_prompts_cannot_be_reached(stranger: Any, signed_in: Any, tenant_a: Any) -> None:
    version = save(tenant_a, "Секрет фирмы.")
    client = signed_in(stranger)
    assert client.get(edit_url(tenant_a)).status_code == 404
    assert client.post(edit_url(tenant_a), {"text": "Взлом."}).status_code == 404
    client.post(reverse("admin:ai_prompt_restore", args=[version.pk]))
    assert "Секрет фирмы." not in client.get(LIST).text
    assert PromptVersion.objects.count() == 1


def test_an_unknown_purpose_is_not_found(admin_of_a: Client, tenant_a: Any) -> None:
    assert admin_of_a.get(edit_url(tenant_a, "poetry")).status_code == 404


@pytest.mark.parametrize("who", ["anna", "head"])
@pytest.mark.parametrize("url", [LIST, CALLS])
def test_operators_and_heads_see_neither_page(
    request: pytest.FixtureRequest, signed_in: Any, who: str, url: str
) -> None:
    client = signed_in(request.getfixturevalue(who))
    assert client.get(url).status_code == 403


def test_a_superuser_sees_every_tenants_prompts(
    root: Any, signed_in: Any, tenant_a: Any, tenant_b: Any
) -> None:
    client = signed_in(root)
    text = client.get(LIST).text
    assert edit_url(tenant_a) in text
    assert edit_url(tenant_b) in text
    client.post(edit_url(tenant_b), {"text": "Для второй."})
    assert PromptVersion.objects.get().tenant == tenant_b


def test_the_calls_are_summed_over_what_is_filtered(admin_of_a: Client, tenant_a: Any, tenant_b: Any) -> None:
    facts: dict[str, Any] = {
        "input_tokens": 1000,
        "output_tokens": 10,
        "cost_usd": Decimal("0.25"),
        "outcome": "complete",
    }
    baker.make(ModelCall, tenant=tenant_a, purpose="extraction", model="m-1", _quantity=3, **facts)
    baker.make(ModelCall, tenant=tenant_a, purpose="draft", model="m-2", **facts)
    baker.make(ModelCall, tenant=tenant_b, purpose="draft", model="m-2", **facts)
    assert admin_of_a.get(CALLS).context["sums"] == {
        "count": 4,
        "input_tokens": 4000,
        "output_tokens": 40,
        "cost": Decimal("1.00"),
    }
    filtered = admin_of_a.get(CALLS, {"purpose__exact": "extraction"})
    assert filtered.context["sums"]["cost"] == Decimal("0.75")
    assert 'id="sums"' in filtered.text


def test_the_months_spending_stands_beside_its_limit(admin_of_a: Client, tenant_a: Any) -> None:
    tenant_a.ai_monthly_cap_usd = Decimal("5.00")
    tenant_a.save()
    baker.make(ModelCall, tenant=tenant_a, cost_usd=Decimal("1.25"))
    month = admin_of_a.get(CALLS).context["month"]
    assert month == {"spent": Decimal("1.25"), "cap": Decimal("5.00")}


def test_calls_are_read_only(admin_of_a: Client, tenant_a: Any) -> None:
    call = baker.make(ModelCall, tenant=tenant_a, purpose="draft", model="m-1")
    change = reverse("admin:ai_modelcall_change", args=[call.pk])
    assert admin_of_a.get(change).status_code == 200
    assert admin_of_a.post(change, {"model": "m-2"}).status_code == 403
    assert admin_of_a.get(reverse("admin:ai_modelcall_add")).status_code == 403
