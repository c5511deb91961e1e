"""Draws the specimen driving licences of the demo company: `python -m actions.vendors.demo.specimens FOLDER`.

Every one is marked SPECIMEN on its face and names an issuer that does not exist, so none could pass for a real document.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import zxingcpp
from PIL import Image, ImageDraw, ImageFont

ISSUER = "000000"
"""An issuer number that no jurisdiction has."""

BASE = {
    "DAQ": "SPECIMEN0001",
    "DCS": "DOE",
    "DDE": "N",
    "DAC": "JANE",
    "DDF": "N",
    "DAD": "SPECIMEN",
    "DDG": "N",
    "DCA": "C",
    "DCB": "NONE",
    "DCD": "NONE",
    "DBD": "03152024",
    "DBB": "07091991",
    "DBA": "07092099",
    "DBC": "2",
    "DAU": "067 in",
    "DAY": "BRO",
    "DAG": "4127 NE WILLOWMERE ST APT 3B",
    "DAI": "PORTLAND",
    "DAJ": "OR",
    "DAK": "972110000",
    "DCF": "SPECIMEN",
    "DCG": "USA",
}
SPECIMENS: Mapping[str, Mapping[str, str] | None] = {
    "jane-doe-match": {},
    "jane-doe-near-no-unit": {"DAG": "4127 NE WILLOWMERE ST"},
    "jane-doe-mismatch": {"DAG": "88 SW HOLLYBERRY LN", "DAK": "972050000"},
    "jane-doe-expired": {"DBD": "03152015", "DBA": "07092019"},
    "other-person": {"DCS": "ROE", "DAC": "JANET", "DAD": "NONE"},
    "no-barcode": None,
}
CARD = (1000, 630)


def barcode_text(fields: Mapping[str, str], subfile: str = "DL", version: int = 10) -> str:
    """The barcode's text as the AAMVA DL/ID Card Design Standard lays it out, with one subfile."""
    body = subfile + "\n".join(name + value for name, value in fields.items()) + "\r"
    header = f"@\n\x1e\rANSI {ISSUER}{version:02d}0001"
    offset = len(header) + 10
    return f"{header}{subfile}{offset:04d}{len(body):04d}{body}"


def draw(changes: Mapping[str, str] | None) -> Image.Image:
    """The back of a card with these fields changed; None: without its barcode."""
    fields = {**BASE, **(changes or {})}
    card = Image.new("RGB", CARD, (238, 241, 236))
    pen = ImageDraw.Draw(card)
    pen.rectangle((0, 0, CARD[0], 84), fill=(52, 78, 92))
    pen.text((28, 22), "SPECIMEN · NOT A DOCUMENT", font=ImageFont.load_default(36), fill="white")
    place = f"{fields['DAI']}, {fields['DAJ']} {fields['DAK'][:5]}"
    lines = (f"{fields['DAC']} {fields['DCS']}", fields["DAG"], place, f"EXP {_shown(fields['DBA'])}")
    for n, line in enumerate(lines):
        pen.text((28, 108 + 46 * n), line, font=ImageFont.load_default(30), fill=(30, 38, 42))
    pen.text((620, 480), "SPECIMEN", font=ImageFont.load_default(72), fill=(200, 206, 200))
    if changes is not None:
        card.paste(_barcode(barcode_text(fields)), (28, 352))
    return card


def _shown(digits: str) -> str:
    return f"{digits[:2]}/{digits[2:4]}/{digits[4:]}"


def _barcode(text: str) -> Image.Image:
    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.PDF417)
    drawn = Image.fromarray(code.to_image(scale=3, add_quiet_zones=True))
    return drawn.convert("RGB")


def main(folder: Path) -> None:
    """Writes all specimens as PNG files."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, changes in SPECIMENS.items():
        draw(changes).quantize(32).save(folder / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).with_name("company") / "id_documents")
