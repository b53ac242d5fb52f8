"""Display copies: a picture drawn anew, so that nothing but its pixels is left."""

import io
from typing import IO

from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from services.files.models import FileType

LONGEST_EDGE = 2_560
MOST_PIXELS = 60_000_000
"""Above that a picture is refused: drawn it would take more than 240 MB of memory."""

_JPEG_QUALITY = 85


class Unreadable(ValueError):
    """The bytes cannot be drawn as a picture of their type."""


class TooManyPixels(ValueError):
    """The picture is larger than may be drawn."""


def draw(source: IO[bytes], kind: FileType, target: IO[bytes]) -> None:
    """Write the display copy: upright, sRGB, at most LONGEST_EDGE pixels, without any metadata.

    Only the decoder of `kind` is tried. Raises Unreadable or TooManyPixels.
    """
    source.seek(0)
    try:
        with Image.open(source, formats=[kind.value]) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise TooManyPixels(f"{picture.width} × {picture.height}")
            # A JPEG is decoded at a fraction of its size already.
            picture.draft("RGB", (LONGEST_EDGE, LONGEST_EDGE))
            drawn = ImageOps.exif_transpose(picture)
            drawn.thumbnail((LONGEST_EDGE, LONGEST_EDGE))
            plain = _in_srgb(drawn, kind)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as bomb:
        raise TooManyPixels(str(bomb)) from None
    except TooManyPixels:
        raise
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError):
        raise Unreadable(kind.value) from None
    _write(plain, kind, target)


def _in_srgb(picture: Image.Image, kind: FileType) -> Image.Image:
    """The bare pixels; colours of another profile are carried over into the common one."""
    has_alpha = "A" in picture.getbands() or "transparency" in picture.info
    mode = "RGBA" if has_alpha and kind is not FileType.JPEG else "RGB"
    profile = picture.info.get("icc_profile")
    plain = picture.convert(mode)
    if profile and picture.mode in ("RGB", "RGBA"):
        try:
            known = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            into = ImageCms.createProfile("sRGB")
            turned = ImageCms.profileToProfile(plain, known, into, outputMode=mode)
            plain = turned if turned is not None else plain
        except (ImageCms.PyCMSError, OSError):
            pass  # a broken profile costs true colours, not the picture
    bare = Image.new(mode, plain.size)
    bare.paste(plain)
    return bare


def _write(picture: Image.Image, kind: FileType, target: IO[bytes]) -> None:
    match kind:
        case FileType.JPEG:
            picture.save(target, "JPEG", quality=_JPEG_QUALITY, optimize=True)
        case FileType.PNG:
            picture.save(target, "PNG")
        case _:
            picture.save(target, "WEBP", quality=_JPEG_QUALITY)
