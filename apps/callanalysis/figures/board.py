"""All that the report shows, read once: the page and the files are made of it."""

from dataclasses import dataclass

from django.utils.functional import cached_property

from apps.callanalysis.figures import scorecards, talk
from apps.callanalysis.figures.choosing import Choice
from apps.callanalysis.figures.criteria import HeatMap, Named, heat_map, named
from apps.callanalysis.figures.links import Links, links_of
from apps.callanalysis.figures.reading import calls_by_manager, marks_by_manager, scores_by_manager


@dataclass(frozen=True, kw_only=True)
class Board:
    """Four statements, however many managers and criteria there are."""

    choice: Choice
    links: Links
    found: scorecards.Found
    criteria: list[Named]

    @cached_property
    def whole(self) -> scorecards.Line:
        return scorecards.whole(self.choice, self.found)

    @cached_property
    def managers(self) -> list[scorecards.Line]:
        return scorecards.managers(self.choice, self.found)

    @cached_property
    def offices(self) -> list[scorecards.Line]:
        return scorecards.offices(self.choice, self.found)

    @cached_property
    def heat(self) -> HeatMap | None:
        return heat_map(self.criteria, self.managers, self.links)

    @cached_property
    def everybody(self) -> talk.Talk:
        return talk.everybody(self.found.calls.values())


def board_of(choice: Choice) -> Board:
    found = scorecards.Found(calls=calls_by_manager(choice), scores=scores_by_manager(choice))
    return Board(
        choice=choice,
        links=links_of(choice),
        found=found,
        criteria=named(choice, marks_by_manager(choice)),
    )
