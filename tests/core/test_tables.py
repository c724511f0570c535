"""Files of tables: what people bring is read, and nothing that a small file unfolds to is."""

import io
import tracemalloc
import zipfile
from typing import Any

import pytest
import xlsxwriter

from apps.core.errors import Rejected
from apps.core.tables import read_table

MANY = 50_000


def rows_of(content: bytes, most_rows: int = MANY) -> list[list[str]]:
    return read_table(content, most_rows=most_rows).rows


def workbook(*sheets: list[list[Any]], name: str = "Цены") -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"strings_to_formulas": False}) as book:
        for number, rows in enumerate(sheets, 1):
            sheet = book.add_worksheet(f"{name} {number}")
            for at, row in enumerate(rows):
                sheet.write_row(at, 0, row)
    return file.getvalue()


def repacked(content: bytes, path: str, text: bytes) -> bytes:
    """The workbook with another part in that place."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, text if name == path else old.read(name))
    return file.getvalue()


SHEET = "xl/worksheets/sheet1.xml"
HEAD = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
FOOT = b"</sheetData></worksheet>"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1251", "utf-16"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
def test_csv_is_read_in_every_encoding_and_with_every_delimiter(encoding: str, delimiter: str) -> None:
    lines = [
        ["Модель", "Работа", "Цена"],
        ["iPhone 14", 'Замена "АКБ"; срочно', "3 500,50"],
        ["А5", "х", "1"],
    ]
    quoted = [[f'"{cell.replace(chr(34), chr(34) * 2)}"' for cell in line] for line in lines]
    content = "\r\n".join(delimiter.join(line) for line in quoted).encode(encoding)
    assert rows_of(content) == lines


def test_a_comma_in_a_price_is_no_delimiter() -> None:
    assert rows_of("Работа;Цена\nАКБ;3500,50\nЭкран;9000,00".encode())[1] == ["АКБ", "3500,50"]


def test_excels_hint_of_the_delimiter_is_followed() -> None:
    assert rows_of(b"sep=|\na|b\n1|2") == [["a", "b"], ["1", "2"]]


def test_cells_are_one_line_without_what_is_unseen() -> None:
    assert rows_of('"a\nb";"\u202ec\u200b"\nd;e'.encode()) == [["a b", "c"], ["d", "e"]]


@pytest.mark.parametrize(
    "content",
    [b"\xd0\xcf\x11\xe0" + bytes(600), b"%PDF-1.4\x00\x01", b"PK\x03\x04 torn", b"", b" \n;;\n"],
    ids=["xls", "pdf", "torn", "nothing", "blank"],
)
def test_what_is_no_table_is_refused_in_words(content: bytes) -> None:
    with pytest.raises(Rejected) as caught:
        rows_of(content)
    assert str(caught.value.public)


def test_a_workbooks_numbers_read_as_people_write_them() -> None:
    content = workbook([["iPhone 14", 3500, 3500.5, 3499.9999999999995, 0, True, "=1+1"]])
    assert rows_of(content) == [["iPhone 14", "3500", "3500.5", "3500", "0", "true", "=1+1"]]


def test_a_formula_is_not_carried_out_and_its_saved_value_is_read() -> None:
    cells = b'<c r="A1"><f>SUM(1,2)</f><v>7</v></c><c r="B1"><f>1/0</f></c><c r="C1" t="e"><v>#REF!</v></c>'
    content = repacked(workbook([["x"]]), SHEET, HEAD + b'<row r="1">' + cells + b"</row>" + FOOT)
    assert read_table(workbook([[]], [["y"]]), most_rows=9).other_sheets == 1
    assert rows_of(content) == [["7"]]


def test_rows_and_cells_that_a_workbook_leaves_out_keep_their_places() -> None:
    content = workbook([["a"], [], ["", "", "b"]])
    assert rows_of(content) == [["a"], [], ["", "", "b"]]


def test_a_hidden_sheet_is_not_read() -> None:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        shown, hidden = book.add_worksheet("Прайс"), book.add_worksheet("Закупка")
        shown.write(0, 0, "a")
        hidden.write(0, 0, "b")
        hidden.hide()
    table = read_table(file.getvalue(), most_rows=9)
    assert (table.sheet, table.other_sheets, table.rows) == ("Прайс", 0, [["a"]])


def test_a_cell_at_the_far_end_of_the_sheet_costs_nothing() -> None:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet()
        sheet.write(0, 0, "a")
        sheet.write(1, 16_000, "far")
        sheet.write_blank(1_048_575, 0, None, book.add_format({"bold": True}))
    tracemalloc.start()
    try:
        assert rows_of(file.getvalue()) == [["a"]]
        assert tracemalloc.get_traced_memory()[1] < 200 * 2**20
    finally:
        tracemalloc.stop()


def test_too_many_rows_are_refused_and_not_cut_off() -> None:
    with pytest.raises(Rejected) as caught:
        rows_of(b"a;b\n" * 11, most_rows=10)
    assert caught.value.code == "too_many_rows"
    assert len(rows_of(b"a;b\n" * 10 + b";\n" * 500, most_rows=10)) == 10


def test_entities_that_unfold_without_end_are_refused() -> None:
    bomb = (
        b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
        + HEAD
        + b"<row><c><v>&b;</v></c></row>"
        + FOOT
    )
    with pytest.raises(Rejected) as caught:
        rows_of(repacked(workbook([["x"]]), SHEET, bomb))
    assert caught.value.code == "damaged"


def test_a_workbook_that_unpacks_to_gigabytes_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("apps.core.tables.xlsx_rows.MOST_BYTES", 1_000_000)
    content = repacked(workbook([["x"]]), SHEET, HEAD + b" " * 2_000_000 + FOOT)
    assert len(content) < 20_000
    with pytest.raises(Rejected) as caught:
        rows_of(content)
    assert caught.value.code == "too_big"


def test_torn_parts_are_told_as_a_damaged_workbook() -> None:
    with pytest.raises(Rejected) as caught:
        rows_of(repacked(workbook([["x"]]), SHEET, HEAD + b"<row><c>"))
    assert caught.value.code == "damaged"
