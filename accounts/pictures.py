"""Bytes of strangers -> a square picture of a known size with nothing else in it. Called by views; knows no person.

What is too large is refused by its header, before a pixel is decoded; what is left is decoded once, one picture at a
time in each process, and only its first frame. The result is made anew from pixels, so that no byte of the upload, its
place, camera or tail, lives on in it.
"""

import threading
from io import BytesIO

from PIL import Image, ImageOps

from accounts.rules import Refused

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "AVIF")
SIDE = 256
# What is decoded of a JPEG, and what browsers send of a picture they can read (static/js/upload.js).
SENT_SIDE = 2 * SIDE
# A camera's 24 million, which take up to 400 MB for a moment: hence one at a time.
PIXELS_MAX = 25_000_000
# Pillow's own guard, for what its formats hold inside.
Image.MAX_IMAGE_PIXELS = PIXELS_MAX
# Of 16 bits a pixel, those that are seen.
_DEEP = 256

_one_at_a_time = threading.Lock()


def square(upload: bytes) -> bytes:
    """The middle of a JPEG, PNG, WebP, GIF or AVIF as a WebP of SIDE x SIDE. Raises Refused."""
    try:
        with Image.open(BytesIO(upload), formats=FORMATS) as image:
            if image.width * image.height > PIXELS_MAX:
                raise Refused("picture_pixels")
            with _one_at_a_time:
                return _cut(image)
    except (Refused, MemoryError):
        raise
    except Image.DecompressionBombError as error:
        raise Refused("picture_pixels") from error
    except Exception as error:
        # Decoders raise whatever broken bytes lead them into.
        raise Refused("picture_unreadable") from error


def _cut(image: Image.Image) -> bytes:
    image.draft("RGB", (SENT_SIDE, SENT_SIDE))
    image.load()
    if image.mode.startswith("I"):
        image = image.convert("I").point(lambda value: value * (1 / _DEEP)).convert("L")
    seen = image.convert("RGBA" if image.has_transparency_data else "RGB")
    side = min(seen.size)
    left, top = (seen.width - side) // 2, (seen.height - side) // 2
    box = (left, top, left + side, top + side)
    small = seen.resize((SIDE, SIDE), Image.Resampling.LANCZOS, box=box, reducing_gap=2.0)
    small = ImageOps.exif_transpose(small)
    clean = Image.new(small.mode, small.size)
    clean.paste(small)
    out = BytesIO()
    clean.save(out, "WEBP", quality=85)
    return out.getvalue()
