"""The text of a North American driving licence's barcode.

Format: AAMVA DL/ID Card Design Standard, annex D (versions 1 to 10): a header `@ LF RS CR "ANSI " IIN version …`, then subfiles
"DL" or "ID" whose elements are three letters and a value, one a line. Version 1 wrote dates CCYYMMDD; later ones write MMDDCCYY in
the United States and CCYYMMDD in Canada.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date

from bot.sdk import IdDocument

MAX_FIELD = 120
ISSUER = re.compile(r"(?:ANSI |AAMVA)(\d{6})(\d{2})")
ELEMENT = re.compile(r"(?:^|[\n\r\x1e\x1c])(?:DL|ID)?([A-Z]{3})([^\n\r\x1e\x1c]*)")
KINDS = {"DL": "driving licence", "ID": "identity card"}
COUNTRIES = {"USA": "US", "CAN": "CA"}


def parse(text: str) -> IdDocument:
    """What the barcode says; `problem` where it is not such a barcode or lacks the address."""
    issuer = ISSUER.search(text[:60])
    if issuer is None:
        return IdDocument(readable=False, problem="The barcode is not that of a driving licence or an identity card.")
    fields = elements(text)
    country = COUNTRIES.get(fields.get("DCG", ""), "") or ("US" if fields.get("DAK", "")[:5].isdigit() else "")
    address = _address(fields)
    if not address:
        return IdDocument(readable=False, problem="The barcode has no address in it.")
    return IdDocument(
        readable=True,
        name=_name(fields),
        address=address,
        country=country,
        expires=_date(fields.get("DBA", ""), country, int(issuer[2])),
        kind=_kind(text),
    )


def elements(text: str) -> dict[str, str]:
    """The elements by their three letters; the first of each counts. Control characters and overlong values are cut."""
    found: dict[str, str] = {}
    # The header's subfile entries may be glued to the first element: "…DL00310278DLDAQ123".
    body = re.sub(r"(?:DL|ID|Z[A-Z])\d{8}(?=DL|ID|Z[A-Z])", "", text)
    body = re.sub(r"((?:ANSI |AAMVA)\d{6}\d{2,6})(DL|ID)", r"\1\n\2", body)
    for name, value in ELEMENT.findall(body):
        plain = "".join(c for c in value if c.isprintable())[:MAX_FIELD]
        found.setdefault(name, re.sub(r"\s+", " ", plain).strip())
    return found


def _kind(text: str) -> str:
    subfile = re.search(r"(?:ANSI |AAMVA)\d{8,12}(DL|ID)", text)
    return KINDS.get(subfile[1] if subfile else "", "")


def _name(fields: Mapping[str, str]) -> str:
    """First names, then the family name. DAC, DAD, DCS since version 4; DCT before; DAA ("LAST,FIRST,MIDDLE") in version 1."""
    family, given = fields.get("DCS", ""), fields.get("DAC", "") or fields.get("DCT", "")
    if not family and "DAA" in fields:
        family, _, given = fields["DAA"].partition(",")
    middle = fields.get("DAD", "")
    parts = [given.replace(",", " "), "" if middle.upper() == "NONE" else middle, family]
    return " ".join(" ".join(parts).split())


def _address(fields: Mapping[str, str]) -> str:
    """One line: street, city, state and ZIP code. A ZIP+4 whose last four digits are zeros or missing is the plain ZIP code."""
    street = " ".join(filter(None, (fields.get("DAG", "") or fields.get("DAL", ""), fields.get("DAH", "") or fields.get("DAM", ""))))
    city, state = fields.get("DAI", "") or fields.get("DAN", ""), fields.get("DAJ", "") or fields.get("DAO", "")
    code = fields.get("DAK", "") or fields.get("DAP", "")
    if re.fullmatch(r"\d{9}", code):
        code = code[:5] if code.endswith("0000") else f"{code[:5]}-{code[5:]}"
    if not street or not (city or code):
        return ""
    return ", ".join(filter(None, (street, city, f"{state} {code}".strip())))


def _date(text: str, country: str, version: int) -> date | None:
    """An 8-digit date in the order of that country and version, or, where that gives no day, in the other; None without one."""
    digits = text.strip()
    if not re.fullmatch(r"[0-9]{8}", digits):
        return None
    month_first, year_first = (digits[4:], digits[:2], digits[2:4]), (digits[:4], digits[4:6], digits[6:])
    orders = [year_first, month_first] if version == 1 or country == "CA" else [month_first, year_first]
    for year, month, day in orders:
        try:
            found = date(int(year), int(month), int(day))
        except ValueError:
            continue
        if 1900 <= found.year <= 2200:
            return found
    return None
