"""The difference between two wordings."""

from apps.ai.comparing import Change, compare


def test_lines_that_stay_go_and_come() -> None:
    lines = compare("Раз.\nДва.\nТри.", "Раз.\nТри.\nЧетыре.")
    assert [(line.change, line.text) for line in lines] == [
        (Change.SAME, "Раз."),
        (Change.REMOVED, "Два."),
        (Change.SAME, "Три."),
        (Change.ADDED, "Четыре."),
    ]


def test_nothing_differs_from_itself() -> None:
    assert {line.change for line in compare("Раз.\nДва.", "Раз.\nДва.")} == {Change.SAME}
