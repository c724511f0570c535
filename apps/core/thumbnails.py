"""Pictures and first pages made small, from files that nobody vouches for."""

import tempfile
import warnings
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, cast

from django.utils.translation import gettext_lazy as _

from apps.core.errors import Rejected

if TYPE_CHECKING:
    from PIL import Image

CONTENT_TYPE, SUFFIX = "image/webp", ".webp"
# Twice what the page shows, for screens with fine dots.
BOX = (640, 640)
READ = ("JPEG", "PNG", "GIF", "WEBP", "BMP")
# A small file may unfold to gigabytes. A JPEG is read at a fraction of its size, others whole.
MOST_PIXELS = 50_000_000
MOST_JPEG_PIXELS = 120_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Thumbnail:
    file: BinaryIO
    width: int
    height: int


@contextmanager
def thumbnail(source: BinaryIO) -> Iterator[Thumbnail]:
    """Upright, in the colours' own order, and without what a camera wrote of place and time.

    Raises Rejected: `not_a_picture` (HEIC and vector drawings, too), `picture_too_large`.
    """
    from PIL import Image, ImageOps

    source.seek(0)
    with warnings.catch_warnings():
        # The size is judged here, before a point is read.
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        try:
            with Image.open(source, formats=READ) as picture:
                _refuse_huge(picture.width * picture.height, is_jpeg=picture.format == "JPEG")
                picture.thumbnail(BOX)
                small = ImageOps.exif_transpose(picture)
                small = small.convert("RGBA" if small.has_transparency_data else "RGB")
        except Image.DecompressionBombError:
            raise _too_large() from None
        except (OSError, ValueError, SyntaxError, EOFError, MemoryError):
            raise Rejected(_("This picture can't be read."), code="not_a_picture") from None
    with _saved(small) as made:
        yield made


@contextmanager
def first_page(source: BinaryIO) -> Iterator[Thumbnail]:
    """Of a PDF, on white. Raises Rejected: `not_a_document` (one with a password, too).

    Its library is not for threads: one document at a time in a process.
    """
    import pypdfium2

    source.seek(0)
    try:
        with closing(pypdfium2.PdfDocument(source)) as document:
            page = document[0]
            scale = min(BOX[0] / page.get_width(), BOX[1] / page.get_height())
            small = page.render(scale=scale).to_pil().convert("RGB")
    except (pypdfium2.PdfiumError, IndexError, ZeroDivisionError, ValueError, MemoryError):
        raise Rejected(_("This document can't be read."), code="not_a_document") from None
    with _saved(small) as made:
        yield made


@contextmanager
def _saved(small: "Image.Image") -> Iterator[Thumbnail]:
    small.info.clear()
    with tempfile.TemporaryFile() as file:
        small.save(file, "WEBP", quality=80, exif=b"")
        file.seek(0)
        yield Thumbnail(file=cast(BinaryIO, file), width=small.width, height=small.height)


def _refuse_huge(pixels: int, *, is_jpeg: bool) -> None:
    if pixels > (MOST_JPEG_PIXELS if is_jpeg else MOST_PIXELS):
        raise _too_large()


def _too_large() -> Rejected:
    return Rejected(_("This picture has too many dots to be shown small."), code="picture_too_large")
