"""Files read back without the code that wrote them: CSV by the csv module, workbooks by their XML."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from xml.etree import ElementTree

_NS = {"x": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}

Cell = str | float | None


def read_csv(content: bytes, delimiter: str = ",") -> list[list[str]]:
    """The lines of a CSV file, its header first."""
    text = content.decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))


def read_workbook(content: bytes) -> dict[str, list[list[Cell]]]:
    """Each sheet by its name: text, numbers as a spreadsheet has them, None for an empty cell."""
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        names = _parsed(parts, "xl/workbook.xml").iterfind(".//x:sheet", _NS)
        shared = _shared(parts)
        return {
            sheet.attrib["name"]: _rows(_parsed(parts, f"xl/worksheets/sheet{place}.xml"), shared)
            for place, sheet in enumerate(names, 1)
        }


def formulas(content: bytes) -> int:
    """How many cells of a workbook are a formula, or have a link."""
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        sheets = [name for name in parts.namelist() if name.startswith("xl/worksheets/sheet")]
        found = [_parsed(parts, name) for name in sheets]
    return sum(
        len(sheet.findall(".//x:f", _NS)) + len(sheet.findall(".//x:hyperlink", _NS)) for sheet in found
    )


def date_styles(content: bytes) -> set[str]:
    """The number formats that a workbook declares."""
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        return {
            one.attrib["formatCode"] for one in _parsed(parts, "xl/styles.xml").iterfind(".//x:numFmt", _NS)
        }


def _parsed(parts: zipfile.ZipFile, name: str) -> ElementTree.Element:
    return ElementTree.fromstring(parts.read(name))  # noqa: S314 - of this program's own making


def _shared(parts: zipfile.ZipFile) -> list[str]:
    if "xl/sharedStrings.xml" not in parts.namelist():
        return []
    items = _parsed(parts, "xl/sharedStrings.xml").iterfind("x:si", _NS)
    return ["".join(text.text or "" for text in item.iterfind(".//x:t", _NS)) for item in items]


def _rows(sheet: ElementTree.Element, shared: list[str]) -> list[list[Cell]]:
    rows = []
    for row in sheet.iterfind(".//x:row", _NS):
        cells = {_place(cell.attrib["r"]): _value(cell, shared) for cell in row.iterfind("x:c", _NS)}
        rows.append([cells.get(place) for place in range(max(cells, default=-1) + 1)])
    return rows


def _place(name: str) -> int:
    place = 0
    for letter in re.sub(r"\d", "", name):
        place = place * 26 + ord(letter) - ord("A") + 1
    return place - 1


def _value(cell: ElementTree.Element, shared: list[str]) -> Cell:
    kind, value = cell.attrib.get("t"), cell.find("x:v", _NS)
    if kind == "inlineStr":
        return "".join(text.text or "" for text in cell.iterfind(".//x:t", _NS))
    if value is None or value.text is None:
        return None
    return shared[int(value.text)] if kind == "s" else float(value.text)
