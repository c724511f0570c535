"""Pictures made small: upright, without what the camera wrote, and never at the price of the worker."""

import io
import struct
import zlib

import pytest
from PIL import Image

from apps.core import thumbnails
from apps.core.errors import Rejected
from tests.sounds import picture


def small(content: bytes) -> Image.Image:
    with thumbnails.thumbnail(io.BytesIO(content)) as made:
        found = Image.open(io.BytesIO(made.file.read()))
        assert (made.width, made.height) == found.size
        return found


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP", "BMP"])
def test_a_picture_fits_its_box_in_its_own_shape(kind: str) -> None:
    made = small(picture(kind, (2000, 500)))
    assert (made.format, made.size) == ("WEBP", (640, 160))


def test_a_small_one_is_not_blown_up() -> None:
    assert small(picture(size=(40, 30))).size == (40, 30)


def test_it_stands_upright_and_tells_no_place() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was held upright
    exif[0x010F] = "Camera"
    exif.get_ifd(0x8825)[1] = "N"
    made = small(picture(size=(1000, 500), exif=exif))
    assert made.size == (320, 640)
    assert dict(made.getexif()) == {}
    assert "exif" not in made.info


def test_what_is_transparent_stays_so() -> None:
    assert small(picture("PNG", mode="RGBA")).mode == "RGBA"


def png_of(width: int, height: int) -> bytes:
    """The head alone: that many dots are promised, hardly any are there."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(1000)))


@pytest.mark.parametrize("side", [8_000, 20_000, 60_000])
def test_a_bomb_is_refused_before_it_is_unfolded(side: int) -> None:
    with pytest.raises(Rejected, match="picture_too_large"):
        small(png_of(side, side))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"\xff\xd8\xff" + bytes(100),
        b"\x00\x00\x00\x18ftypheic" + bytes(100),
        picture(size=(400, 300))[:200],
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
    ],
)
def test_what_is_no_picture_is_refused(content: bytes) -> None:
    with pytest.raises(Rejected, match="not_a_picture"):
        small(content)


def paper(content: bytes) -> tuple[int, int]:
    with thumbnails.first_page(io.BytesIO(content)) as made:
        found = Image.open(io.BytesIO(made.file.read()))
        assert (made.width, made.height) == found.size
        return found.size


def test_the_first_page_of_a_document_fits_its_box() -> None:
    out = io.BytesIO()
    pages = [Image.new("RGB", (500, 1000), colour) for colour in ("white", "black")]
    pages[0].save(out, "PDF", save_all=True, append_images=pages[1:])
    width, height = paper(out.getvalue())
    assert (height, abs(width - 320) <= 1) == (640, True)


@pytest.mark.parametrize(
    "content",
    [b"", b"%PDF-1.7", b"%PDF-1.7\n" + b"0" * 5000, picture()],
    ids=["empty", "cut", "no page", "other"],
)
def test_what_is_no_document_says_so(content: bytes) -> None:
    with pytest.raises(Rejected) as refused, thumbnails.first_page(io.BytesIO(content)):
        pass
    assert refused.value.code == "not_a_document"
