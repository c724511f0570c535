"""Which wording is in force, and its versions: a change makes a new one, going back makes a new one too."""

from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Max

from apps.ai import wording
from apps.ai.models import PromptVersion, Purpose
from apps.tenants.models import Tenant


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """`number` 0 is the built-in one. `system` is what the model gets: the text and the rules under it."""

    number: int
    text: str
    system: str


def prompt_for(*, tenant: Tenant, purpose: Purpose) -> Prompt:
    newest = PromptVersion.objects.filter(tenant=tenant, purpose=purpose).order_by("-number").first()
    text = newest.text if newest else wording.built_in(language=tenant.language, purpose=purpose)
    rules = wording.rules(language=tenant.language, purpose=purpose)
    return Prompt(number=newest.number if newest else 0, text=text, system=f"{text}\n\n{rules}")


def save_prompt(*, tenant: Tenant, purpose: Purpose, text: str, user: User | None) -> PromptVersion | None:
    """The new version; None when the text in force is the same already."""
    text = text.replace("\r\n", "\n").strip()
    with transaction.atomic():
        Tenant.objects.select_for_update(no_key=True).get(pk=tenant.pk)  # numbers are given one at a time
        if prompt_for(tenant=tenant, purpose=purpose).text == text:
            return None
        versions = PromptVersion.objects.filter(tenant=tenant, purpose=purpose)
        last: int | None = versions.aggregate(last=Max("number"))["last"]
        return PromptVersion.objects.create(
            tenant=tenant, purpose=purpose, number=(last or 0) + 1, text=text, created_by=user
        )


def restore_prompt(*, version: PromptVersion, user: User | None) -> PromptVersion | None:
    return save_prompt(tenant=version.tenant, purpose=Purpose(version.purpose), text=version.text, user=user)


def restore_built_in(*, tenant: Tenant, purpose: Purpose, user: User | None) -> PromptVersion | None:
    text = wording.built_in(language=tenant.language, purpose=purpose)
    return save_prompt(tenant=tenant, purpose=purpose, text=text, user=user)
