"""In which column of a file phones or user names stand: by its head, or by what is in it."""

from collections.abc import Sequence

from apps.appeals.campaigns.matching import is_phone

# The head row is looked for among the first so many: a title may stand above it.
LOOKED_AT = 15
# So many lines tell what is in a column.
ENOUGH = 200

PHONES = {
    *("телефон", "телефоны", "номер", "номер телефона", "телефон клиента", "мобильный", "мобильный телефон"),
    *(
        "сотовый",
        "тел",
        "тел.",
        "контакт",
        "phone",
        "phone number",
        "mobile",
        "mobile phone",
        "tel",
        "number",
    ),
}
NAMES = {
    *("ник", "имя пользователя", "логин", "username", "user name", "login"),
}


def head_of(rows: Sequence[Sequence[str]]) -> tuple[int, int | None]:
    """How many rows stand above the list, and its column; None where nobody knows."""
    for wanted in (PHONES, NAMES):
        for at, row in enumerate(rows[:LOOKED_AT]):
            for column, cell in enumerate(row):
                if cell.strip().casefold() in wanted:
                    return at + 1, column
    return _by_content(rows)


def _by_content(rows: Sequence[Sequence[str]]) -> tuple[int, int | None]:
    found: dict[int, list[int]] = {}
    for at, row in enumerate(rows[:ENOUGH]):
        for column, cell in enumerate(row):
            if is_phone(cell.strip()):
                found.setdefault(column, []).append(at)
    if not found:
        return 0, (0 if all(len(row) <= 1 for row in rows) else None)
    column = max(found, key=lambda one: (len(found[one]), -one))
    first = found[column][0]
    return (first if first < LOOKED_AT else 0), column
