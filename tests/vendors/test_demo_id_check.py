from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFilter

from actions.vendors.demo.aamva import parse
from actions.vendors.demo.client import connect
from actions.vendors.demo.id_check import MAX_BYTES, DemoIdCheck
from actions.vendors.demo.seed import COMPANY
from actions.vendors.demo.specimens import BASE, SPECIMENS, barcode_text, draw
from bot.domain.capabilities import IdDocument

CARDS = COMPANY / "id_documents"
HOME = "4127 NE WILLOWMERE ST APT 3B, PORTLAND, OR 97211"


@pytest.fixture
def check(tmp_path: Path) -> Iterator[DemoIdCheck]:
    client = connect({"data_dir": str(tmp_path)})
    yield DemoIdCheck(client)
    client.close()


def jpeg(picture: Image.Image, quality: int = 80) -> bytes:
    file = io.BytesIO()
    picture.convert("RGB").save(file, "JPEG", quality=quality)
    return file.getvalue()


@pytest.mark.parametrize(
    ("card", "name", "address", "expires"),
    [
        ("jane-doe-match", "JANE SPECIMEN DOE", HOME, date(2099, 7, 9)),
        ("jane-doe-near-no-unit", "JANE SPECIMEN DOE", "4127 NE WILLOWMERE ST, PORTLAND, OR 97211", date(2099, 7, 9)),
        ("jane-doe-mismatch", "JANE SPECIMEN DOE", "88 SW HOLLYBERRY LN, PORTLAND, OR 97205", date(2099, 7, 9)),
        ("jane-doe-expired", "JANE SPECIMEN DOE", HOME, date(2019, 7, 9)),
        ("other-person", "JANET ROE", HOME, date(2099, 7, 9)),
    ],
)
async def test_specimens_read_as_printed(check: DemoIdCheck, card: str, name: str, address: str, expires: date) -> None:
    found = await check.read((CARDS / f"{card}.png").read_bytes(), "image/png")
    assert found == IdDocument(readable=True, name=name, address=address, country="US", expires=expires, kind="driving licence")


async def test_a_card_without_a_barcode_asks_for_a_photo(check: DemoIdCheck) -> None:
    found = await check.read((CARDS / "no-barcode.png").read_bytes(), "image/png")
    assert not found.readable and "no barcode" in found.problem and "photo" in found.problem


def test_the_committed_specimens_are_what_the_script_draws() -> None:
    assert {p.stem for p in CARDS.glob("*.png")} == set(SPECIMENS)
    for name, changes in SPECIMENS.items():
        drawn = [b.text for b in zxingcpp.read_barcodes(draw(changes))]
        assert drawn == [b.text for b in zxingcpp.read_barcodes(Image.open(CARDS / f"{name}.png").convert("RGB"))]
        assert bool(drawn) == (changes is not None)


PHOTOS: dict[str, Callable[[Image.Image], Image.Image]] = {
    "upside down": lambda i: i.rotate(180),
    "on its side": lambda i: i.rotate(90, expand=True),
    "crooked": lambda i: i.rotate(11, Image.Resampling.BICUBIC, expand=True, fillcolor="grey"),
    "very crooked": lambda i: i.rotate(-20, Image.Resampling.BICUBIC, expand=True, fillcolor="grey"),
    "small": lambda i: i.resize((500, 315)),
    "huge": lambda i: i.resize((5000, 3150)),
    "pale": lambda i: i.point(lambda v: 130 + v // 9),
    "soft": lambda i: i.filter(ImageFilter.GaussianBlur(1.3)),
}


@pytest.mark.parametrize("photo", PHOTOS)
async def test_photos_as_people_take_them(check: DemoIdCheck, photo: str) -> None:
    found = await check.read(jpeg(PHOTOS[photo](draw({}))), "image/jpeg")
    assert found.readable and found.address == HOME


async def test_another_barcode_is_no_licence(check: DemoIdCheck) -> None:
    code = zxingcpp.create_barcode("BOARDING PASS M1DOE/JANE", zxingcpp.BarcodeFormat.PDF417)
    found = await check.read(jpeg(Image.fromarray(code.to_image(scale=3))), "image/jpeg")
    assert not found.readable and "not that of a driving licence" in found.problem


def png(width: int, height: int, data: bytes) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(data)) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("document", "problem"),
    [
        (png(9000, 9000, b"\0" * 1000), "megapixels"),
        (png(60000, 60000, b"\0" * 1000), "megapixels"),
        (png(2**31 - 1, 2**31 - 1, b""), "megapixels"),
        (png(100, 100, b"\0" * 10), "not a picture"),
        (png(0, 0, b""), "not a picture"),
        (b"GIF89a" + b"\0" * 100, "not a picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not a picture"),
        (b"\0" * (MAX_BYTES + 1), "larger than 10 MB"),
        (b"", "empty"),
        (b"%PDF-1.7\n", "PDF"),
    ],
)
async def test_hostile_files_are_a_problem_not_a_crash(check: DemoIdCheck, document: bytes, problem: str) -> None:
    found = await check.read(document, "image/png")
    assert not found.readable and problem in found.problem


@settings(max_examples=40, deadline=None)
@given(cut=st.integers(0, 11_000), at=st.integers(0, 11_000), byte=st.integers(0, 255))
def test_damaged_pictures_never_crash(cut: int, at: int, byte: int) -> None:
    import asyncio

    from actions.vendors.demo.id_check import _read

    whole = bytearray((CARDS / "jane-doe-match.png").read_bytes())
    whole[at % len(whole)] = byte
    found = asyncio.run(asyncio.to_thread(_read, bytes(whole[: max(1, len(whole) - cut)])))
    assert found.readable or found.problem


ELEMENTS = st.text(alphabet="DLIDAGAIAJAKCSABA\n\r\x1e0123456789 ", max_size=300)


@settings(max_examples=300, deadline=None)
@given(
    st.text(max_size=300)
    | st.text(alphabet="DLIDAGAIAJAKCSABA\n\r\x1e0123456789 ", max_size=300).map(lambda t: "@\n\x1e\rANSI 63600010" + t)
)
def test_no_text_crashes_the_parser(text: str) -> None:
    found = parse(text)
    assert (found.readable and found.address and not found.problem) or found.problem.endswith(".")
    assert found.name.isprintable() and found.address.isprintable() and len(found.address) < 700


@pytest.mark.parametrize(
    ("version", "country", "printed", "expires"),
    [
        (1, "USA", "20300412", date(2030, 4, 12)),
        (2, "USA", "04122030", date(2030, 4, 12)),
        (10, "USA", "04122030", date(2030, 4, 12)),
        (10, "CAN", "20300412", date(2030, 4, 12)),
        (10, "USA", "20300412", date(2030, 4, 12)),
        (10, "USA", "99999999", None),
        (10, "USA", "NONE", None),
        (10, "USA", "٠٤١٢٢٠٣٠", None),
    ],
)
def test_dates_in_the_order_of_their_version_and_country(version: int, country: str, printed: str, expires: date | None) -> None:
    assert parse(barcode_text({**BASE, "DBA": printed, "DCG": country}, version=version)).expires == expires


def test_names_and_addresses_of_older_versions() -> None:
    old = {"DAA": "DOE,JANE,QUINN", "DAL": "12 OAK ST", "DAN": "SALEM", "DAO": "OR", "DAP": "97301", "DBA": "20300412"}
    found = parse(barcode_text(old, version=1))
    assert (found.name, found.address, found.country) == ("JANE QUINN DOE", "12 OAK ST, SALEM, OR 97301", "")
    third = {**{k: v for k, v in BASE.items() if k not in ("DAC", "DAD")}, "DCT": "JANE,QUINN", "DAK": "972111234"}
    found = parse(barcode_text(third, subfile="ID", version=3))
    assert (found.name, found.kind) == ("JANE QUINN DOE", "identity card")
    assert found.address.endswith("OR 97211-1234")


def test_control_characters_and_length_are_cut() -> None:
    found = parse(barcode_text({**BASE, "DCS": "D\x07OE\x1b[31m", "DAI": "P" * 5000}))
    assert found.name.isprintable() and len(found.address) < 300


def test_no_address_is_a_problem() -> None:
    found = parse(barcode_text({k: v for k, v in BASE.items() if k not in ("DAG", "DAI", "DAK")}))
    assert not found.readable and found.problem == "The barcode has no address in it."
