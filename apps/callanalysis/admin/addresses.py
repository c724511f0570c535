"""Where the pages of a checklist or a table are."""

from django.urls import reverse

from apps.callanalysis.models import Questionnaire


def address(owner: Questionnaire, name: str) -> str:
    """`name`: change, questions, trial or later."""
    return reverse(f"admin:callanalysis_{owner._meta.model_name}_{name}", args=[owner.pk])
