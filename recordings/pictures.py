"""Pictures that stand for sound elsewhere: the card of a link to a replay, the cover of a podcast. Reads no database.

Drawn with the fonts of the pages, whose letters are Latin. What they have no letter for is left out of the picture; the
words themselves stand beside it wherever it is shown.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

CARD = (1200, 630)
# Podcast directories take squares of 1400 to 3000.
COVER_SIDE = 1400
MARGIN = 80
# What is drawn smooth is drawn so many times as large first.
FINER = 3
_FONTS = Path(__file__).parents[1] / "static" / "vendor"
_FILES = {
    "serif": ("young-serif/young-serif-latin-400-normal.woff2", "young-serif/young-serif-latin-ext-400-normal.woff2"),
    "sans": ("figtree/figtree-latin-wght-normal.woff2", "figtree/figtree-latin-ext-wght-normal.woff2"),
}
_WEIGHT = 550
# As tokens.css has them by day: lightness, chroma, hue.
_PAPER, _INK, _QUIET, _LAMP = (0.972, 0.013, 82), (0.255, 0.024, 50), (0.462, 0.024, 56), (0.815, 0.148, 78)
# As face.css has them, by User.hue.
_HUES = (18, 45, 75, 105, 135, 165, 195, 225, 255, 285, 315, 345)
_BARS = 104


@dataclass(frozen=True)
class Face:
    """A person: their picture (bytes in storage, or none), else `initials` on the paper of their `hue`."""

    name: str
    initials: str
    hue: int
    picture: bytes = b""


def card(title: str, *, face: Face, line: str, peaks: Sequence[int]) -> bytes:
    """A PNG of 1200 x 630 for a replay or a clip. `line` says what it is, `peaks` are 0 to 255."""
    image = _paper(CARD)
    draw = ImageDraw.Draw(image)
    _mark(draw, MARGIN, 64, 44)
    _write(draw, (MARGIN + 62, 86), "Openfloor", "sans", 30, _INK, anchor="lm")
    lines, size = _fitted(title, "serif", CARD[0] - 2 * MARGIN, sizes=(78, 68, 58), most=2)
    y = 144
    for words in lines:
        _write(draw, (MARGIN, y), words, "serif", size, _INK, anchor="la")
        y += round(size * 1.16)
    _face(image, face, (MARGIN, 356), 88)
    [name], _ = _fitted(face.name, "sans", 880, sizes=(34,), most=1) or ([""], 0)
    _write(draw, (MARGIN + 112, 383), name, "sans", 34, _INK, anchor="lm")
    _write(draw, (MARGIN + 112, 422), line, "sans", 27, _QUIET, anchor="lm")
    _wave(image, peaks, (MARGIN, 474, CARD[0] - MARGIN, 582))
    return _encoded(image, "PNG", compress_level=4)


def cover(face: Face) -> bytes:
    """A JPEG of 1400 x 1400 for somebody's podcast."""
    image = _paper((COVER_SIDE, COVER_SIDE))
    draw = ImageDraw.Draw(image)
    side = 720
    _face(image, face, ((COVER_SIDE - side) // 2, 180), side)
    lines, size = _fitted(face.name, "serif", COVER_SIDE - 2 * 100, sizes=(132, 108, 88), most=2)
    y = 980
    for words in lines:
        _write(draw, (COVER_SIDE // 2, y), words, "serif", size, _INK, anchor="ma")
        y += round(size * 1.14)
    _mark(draw, COVER_SIDE // 2 - 148, 1268, 60)
    _write(draw, (COVER_SIDE // 2 - 66, 1298), "Openfloor", "sans", 44, _QUIET, anchor="lm")
    return _encoded(image, "JPEG", quality=88, optimize=True)


def colour(lightness: float, chroma: float, hue: float) -> tuple[int, int, int]:
    """sRGB of an OKLCH colour (bottosson.github.io/posts/oklab)."""
    a, b = chroma * math.cos(math.radians(hue)), chroma * math.sin(math.radians(hue))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    middle = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    linear = (
        4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short,
    )
    red, green, blue = (_gamma(min(1.0, max(0.0, light))) for light in linear)
    return red, green, blue


def _gamma(light: float) -> int:
    return round(255 * (12.92 * light if light <= 0.0031308 else 1.055 * light ** (1 / 2.4) - 0.055))


def _paper(size: tuple[int, int]) -> Image.Image:
    """Paper, with lamplight from above."""
    image = Image.new("RGB", size, colour(*_PAPER))
    small = Image.radial_gradient("L").resize((size[0] * 2, size[1]))
    glow = small.point(lambda far: round(max(0, 255 - far * 1.4) * 0.3))
    lamp = Image.new("RGB", size, colour(0.83, 0.13, 80))
    left = size[0] // 2
    image.paste(lamp, (0, 0), glow.crop((left, size[1] // 2, left + size[0], size[1])).resize(size))
    return image


def _mark(draw: ImageDraw.ImageDraw, x: int, y: int, side: int) -> None:
    """Three bars that move like a voice, on the lamp."""
    draw.rounded_rectangle((x, y, x + side, y + side), side * 0.28, fill=colour(*_LAMP))
    for place, height in ((0.27, 0.24), (0.45, 0.56), (0.63, 0.38)):
        left, top = x + side * place, y + side * (0.5 - height / 2)
        draw.rounded_rectangle((left, top, left + side * 0.1, top + side * height), side * 0.05, fill=colour(*_INK))


def _wave(image: Image.Image, peaks: Sequence[int], box: tuple[int, int, int, int]) -> None:
    left, top, right, bottom = box
    large = Image.new("L", ((right - left) * FINER, (bottom - top) * FINER))
    draw = ImageDraw.Draw(large)
    step, middle = large.width / _BARS, large.height / 2
    for n in range(_BARS):
        some = peaks[n * len(peaks) // _BARS : max((n + 1) * len(peaks) // _BARS, n * len(peaks) // _BARS + 1)]
        half = max(step * 0.3, middle * max(some, default=0) / 255)
        draw.rounded_rectangle(
            (n * step + step * 0.2, middle - half, n * step + step * 0.8, middle + half - 1), step * 0.3, fill=255
        )
    mask = large.resize((right - left, bottom - top), Image.Resampling.LANCZOS)
    image.paste(colour(*_LAMP), (left, top), mask)


def _face(image: Image.Image, face: Face, at: tuple[int, int], side: int) -> None:
    mask = Image.new("L", (side * FINER, side * FINER))
    ImageDraw.Draw(mask).ellipse((0, 0, *mask.size), fill=255)
    hue = _HUES[face.hue % len(_HUES)]
    disc = Image.new("RGB", (side, side), colour(0.868, 0.06, hue))
    if shown := _opened(face.picture, side):
        disc.paste(shown, mask=shown)
    else:
        where = (side // 2, side // 2)
        _write(ImageDraw.Draw(disc), where, face.initials, "sans", round(side * 0.36), (0.33, 0.06, hue), anchor="mm")
    image.paste(disc, at, mask.resize((side, side), Image.Resampling.LANCZOS))


def _opened(picture: bytes, side: int) -> Image.Image | None:
    """None for no picture, and for a file that storage has spoilt."""
    try:
        with Image.open(BytesIO(picture), formats=("WEBP",)) as image:
            return image.convert("RGBA").resize((side, side), Image.Resampling.LANCZOS)
    except OSError:
        return None


# --- Words ---


@cache
def _fonts(family: str, size: int) -> tuple[ImageFont.FreeTypeFont, ...]:
    fonts = tuple(ImageFont.truetype(_FONTS / name, size) for name in _FILES[family])
    for font in fonts if family == "sans" else ():
        font.set_variation_by_axes([_WEIGHT])
    return fonts


@lru_cache(maxsize=4096)
def _having(letter: str, family: str, size: int) -> ImageFont.FreeTypeFont | None:
    return next((f for f in _fonts(family, size) if letter == " " or bytes(f.getmask(letter)) != _missing(f)), None)


@cache
def _missing(font: ImageFont.FreeTypeFont) -> bytes:
    """How this font draws what it has not."""
    return bytes(font.getmask("\uffff"))


def _runs(text: str, family: str, size: int) -> list[tuple[str, ImageFont.FreeTypeFont]]:
    """Letters that follow each other in one font."""
    runs: list[tuple[str, ImageFont.FreeTypeFont]] = []
    for letter in text:
        font = runs[-1][1] if letter == " " and runs else _having(letter, family, size)
        if font is None:
            continue
        if runs and runs[-1][1] is font:
            runs[-1] = (runs[-1][0] + letter, font)
        else:
            runs.append((letter, font))
    return runs


def _width(text: str, family: str, size: int) -> float:
    return sum(font.getlength(some) for some, font in _runs(text, family, size))


def _write(draw, at: tuple[int, int], text: str, family: str, size: int, tone, *, anchor: str) -> None:
    """`anchor` as Pillow's; the first letter of it l or m."""
    x = at[0] - (_width(text, family, size) / 2 if anchor[0] == "m" else 0)
    for some, font in _runs(text, family, size):
        draw.text((x, at[1]), some, font=font, fill=colour(*tone), anchor="l" + anchor[1])
        x += font.getlength(some)


def _fitted(text: str, family: str, width: int, *, sizes: Sequence[int], most: int) -> tuple[list[str], int]:
    """Lines no wider than that, in the largest size that needs no more than so many; the last is cut short if must
    be."""
    text = " ".join("".join(some for some, _ in _runs(text, family, sizes[0])).split())
    for size in sizes:
        lines = _wrapped(text, family, size, width)
        if len(lines) <= most:
            return _balanced(text, family, size, width, len(lines)) or [""], size
    last = " ".join(lines[most - 1 :])
    while _width(f"{last}…", family, size) > width:
        last = last[:-1].rstrip()
    return [*lines[: most - 1], f"{last}…"], size


def _balanced(text: str, family: str, size: int, width: int, count: int) -> list[str]:
    """So many lines, none much shorter than the others: as narrow as they can be."""
    for least in range(width // 2, width, 24):
        if len(lines := _wrapped(text, family, size, least)) == count:
            return lines
    return _wrapped(text, family, size, width)


def _wrapped(text: str, family: str, size: int, width: int) -> list[str]:
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and _width(longer, family, size) <= width:
            lines[-1] = longer
            continue
        while _width(word, family, size) > width:
            fits = next(n for n in range(len(word) - 1, 0, -1) if n == 1 or _width(word[:n], family, size) <= width)
            lines.append(word[:fits])
            word = word[fits:]
        lines.append(word)
    return lines


def _encoded(image: Image.Image, kind: str, **options) -> bytes:
    out = BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()
