"""A text by the AI together with what the number guard found in it."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _


class Guarded(models.Model):
    """`figures` are the guard's findings as `Finding.as_json` writes them, in the order of the text."""

    text = models.TextField(_("text"), default="", blank=True)
    figures = models.JSONField(default=list, blank=True, editable=False)

    class Meta:
        abstract = True

    @property
    def unproven(self) -> list[str]:
        """Figures that nobody who may has named: with one of them it does not go out by one click."""
        return [figure["text"] for figure in self.figures if figure["blocks"]]

    def marked(self) -> Iterator[tuple[str, Mapping[str, Any] | None]]:
        """The text in pieces, each figure with what was found about it."""
        at = 0
        for figure in self.figures:
            if figure["start"] > at:
                yield self.text[at : figure["start"]], None
            yield self.text[figure["start"] : figure["end"]], figure
            at = figure["end"]
        if at < len(self.text):
            yield self.text[at:], None
