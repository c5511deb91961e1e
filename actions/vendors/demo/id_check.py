"""Reads the PDF417 barcode on the back of a driving licence or identity card. It proves no authenticity."""

from __future__ import annotations

import asyncio
import io
import time
import warnings
from collections.abc import Iterator

import zxingcpp
from PIL import Image, ImageFilter, ImageOps, UnidentifiedImageError

from actions.vendors.demo.aamva import parse
from actions.vendors.demo.client import rehearse
from bot.sdk import IdCheck, IdDocument

MAX_BYTES = 10 * 1024 * 1024
MAX_PIXELS = 40_000_000
WORKING_SIDE = 2600
"""Longer side, in pixels, to which larger photos are reduced."""

SMALL_SIDE = 1500
"""Pictures up to this are also looked at in double size."""

TURNS = tuple(sign * angle for angle in range(6, 48, 6) for sign in (-1, 1))
"""Degrees by which a crooked photo is straightened, small ones first."""

PATIENCE = 4.0
"""Seconds after which no further way of looking is tried."""

PDF417 = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.PDF417)
FORMATS = ("PNG", "JPEG", "WEBP")
PHOTO = "Please send a photo (PNG, JPEG or WebP) of the back, sharp and with the whole barcode in view."

TOO_MANY = f"The picture has more than {MAX_PIXELS // 1_000_000} megapixels. A smaller photo will do."


class DemoIdCheck(IdCheck):
    """Reads the document in memory, keeps nothing, contacts nobody."""

    async def read(self, document: bytes, media_type: str) -> IdDocument:
        await rehearse(self, "read")
        problem = _unfit(document, media_type)
        return IdDocument(readable=False, problem=problem) if problem else await asyncio.to_thread(_read, document)


def _unfit(document: bytes, media_type: str) -> str:
    if not document:
        return "The file is empty."
    if len(document) > MAX_BYTES:
        return f"The file is larger than {MAX_BYTES // 1024 // 1024} MB. A smaller photo will do."
    if media_type == "application/pdf" or document.startswith(b"%PDF"):
        return f"PDF files cannot be read. {PHOTO}"
    return ""


def _read(document: bytes) -> IdDocument:
    try:
        picture = _picture(document)
    except Image.DecompressionBombError:
        return IdDocument(readable=False, problem=TOO_MANY)
    except (OSError, ValueError, SyntaxError, EOFError, MemoryError, UnidentifiedImageError):
        # Whatever Pillow stumbles over in a broken or hostile file, for the person it is one thing.
        return IdDocument(readable=False, problem=f"The file is not a picture that can be read. {PHOTO}")
    if picture is None:
        return IdDocument(
            readable=False, problem=f"The picture has more than {MAX_PIXELS // 1_000_000} megapixels. A smaller photo will do."
        )
    texts = list(_barcodes(picture))
    if not texts:
        return IdDocument(readable=False, problem=f"There is no barcode to be found in the picture. {PHOTO}")
    found = [parse(text) for text in texts]
    return next((d for d in found if d.readable), found[0])


def _picture(document: bytes) -> Image.Image | None:
    """The picture in grey, upright, not larger than is useful; None where it has too many pixels to be opened at all."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        with Image.open(io.BytesIO(document), formats=FORMATS) as opened:
            if opened.width * opened.height > MAX_PIXELS:
                return None
            grey = ImageOps.exif_transpose(opened).convert("L")
    grey.thumbnail((WORKING_SIDE, WORKING_SIDE))
    return grey


def _barcodes(picture: Image.Image) -> Iterator[str]:
    """The texts of the PDF417 barcodes that the first successful way of looking finds."""
    until = time.monotonic() + PATIENCE
    for look in _looks(picture):
        found = [b.text for b in zxingcpp.read_barcodes(look, formats=PDF417, text_mode=zxingcpp.TextMode.Plain)]
        if found:
            yield from found
            return
        if time.monotonic() > until:
            return


def _looks(picture: Image.Image) -> Iterator[Image.Image]:
    """The picture as it is, then with more contrast, larger, smaller, sharper, and turned by small angles (quarter turns the decoder
    tries itself)."""
    yield picture
    strong = ImageOps.autocontrast(picture, cutoff=2)
    yield strong
    larger = strong.resize((strong.width * 2, strong.height * 2), Image.Resampling.BICUBIC) if max(strong.size) <= SMALL_SIDE else strong
    yield larger
    yield strong.resize((max(1, strong.width // 2), max(1, strong.height // 2)), Image.Resampling.BOX)
    yield larger.filter(ImageFilter.UnsharpMask(radius=3, percent=200, threshold=2))
    for angle in TURNS:
        yield larger.rotate(angle, Image.Resampling.BICUBIC, expand=True, fillcolor=255)
