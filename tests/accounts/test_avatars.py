"""Pictures of people: what is refused, what is left of an upload, where it lies and how it is served."""

import struct
import zlib
from io import BytesIO

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from accounts import pictures
from accounts.models import User
from accounts.rules import REFUSALS, Refused
from accounts.services import avatars

pytestmark = pytest.mark.django_db

TAIL = b"PK\x03\x04 a secret in the tail"


@pytest.fixture(autouse=True)
def _own_storage(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def image(mode: str = "RGB", size=(300, 200), colour=None, **options) -> bytes:
    out = BytesIO()
    picture = Image.new(mode, size, colour if colour is not None else 0)
    picture.save(out, options.pop("format", "PNG"), **options)
    return out.getvalue()


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png_bomb(side: int) -> bytes:
    """A PNG of a few hundred kilobytes that unpacks to side x side pixels."""
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    packer, line = zlib.compressobj(9), b"\0" * (side // 8 + 1)
    packed = b"".join(packer.compress(line * 1000) for _ in range(side // 1000)) + packer.flush()
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


def gif(frames: int) -> bytes:
    """The first frame red, then a green one, and then as many blue ones."""
    red, *others = [Image.new("RGB", (32, 32), colour) for colour in ("red", "green", "blue")]
    out = BytesIO()
    red.save(out, "GIF", save_all=True, append_images=others)
    data = out.getvalue()
    blue = data[data.rindex(b"\x21\xf9") : -1]
    return data[:-1] + blue * frames + data[-1:]


def read(picture: bytes) -> Image.Image:
    found = Image.open(BytesIO(picture))
    assert found.format == "WEBP" and found.size == (pictures.SIDE, pictures.SIDE)
    assert not getattr(found, "is_animated", False) and not found.getexif() and "icc_profile" not in found.info
    return found


def middle(picture: bytes, mode: str = "RGB"):
    return read(picture).convert(mode).getpixel((128, 128))


def close(one, other, by: int = 12) -> bool:
    return all(abs(a - b) <= by for a, b in zip(one, other, strict=True))


# --- Refused ---


NO_PICTURES = {
    "nothing": b"",
    "words": b"not a picture",
    "SVG": b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>alert(1)</script></svg>',
    "a page": b"<!doctype html><script>alert(1)</script>",
    "TIFF": image(format="TIFF"),
    "BMP": image(format="BMP"),
    "ICO": image(format="ICO"),
    "EPS": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
    "a JPEG cut off": image(size=(600, 400), format="JPEG")[:1500],
    "a PNG cut off": image(size=(600, 400), colour=(1, 2, 3))[:-30],
    "a PNG with a wrong sum": image()[:40] + b"\xff" + image()[41:],
    "the beginning of a GIF": b"GIF89a" + b"\xff" * 20,
    "the beginning of a WebP": b"RIFF\xff\xff\xff\xffWEBPVP8 " + b"\0" * 30,
}


@pytest.mark.parametrize("upload", NO_PICTURES.values(), ids=NO_PICTURES)
def test_what_is_no_picture_is_refused(upload):
    with pytest.raises(Refused, match="picture_unreadable"):
        pictures.square(upload)


def test_a_bomb_is_refused_by_its_header():
    bomb = png_bomb(50_000)
    assert len(bomb) < 1_000_000
    small = image(format="GIF")
    for upload in (bomb, small[:6] + struct.pack("<HH", 65535, 65535) + small[10:]):
        with pytest.raises(Refused, match="picture_pixels"):
            pictures.square(upload)


def test_one_pixel_more_than_may_be_is_refused(monkeypatch):
    monkeypatch.setattr(pictures, "PIXELS_MAX", 300 * 200 - 1)
    with pytest.raises(Refused, match="picture_pixels"):
        pictures.square(image())
    assert read(pictures.square(image(size=(299, 200))))


@pytest.mark.parametrize(
    ("upload", "status"),
    [(b"words", 422), (b"\0" * (5 * 1024 * 1024 + 1), 413), (None, 422)],
    ids=["words", "large", "none"],
)
def test_a_refusal_is_a_sentence_and_keeps_what_was(client, ana, upload, status):
    client.force_login(ana)
    body = {"avatar": SimpleUploadedFile("me.png", upload, "image/png")} if upload else {}
    response = client.post("/me/avatar/", body, headers={"HX-Request": "true"})
    assert response.status_code == status
    assert any(sentence in response.content.decode() for _, sentence in REFUSALS.values())
    assert User.objects.get().avatar == ""


def test_a_visitor_changes_nobodys_picture(client, ana):
    assert client.post("/me/avatar/", {"avatar": SimpleUploadedFile("a.png", image())}).status_code == 403
    assert client.delete("/me/avatar/").status_code == 403


# --- What is left ---


READABLE = {
    "JPEG": (image(colour=(200, 30, 30), format="JPEG"), (200, 30, 30)),
    "PNG": (image(colour=(200, 30, 30)), (200, 30, 30)),
    "WebP": (image(colour=(200, 30, 30), format="WEBP"), (200, 30, 30)),
    "AVIF": (image(colour=(200, 30, 30), format="AVIF"), (200, 30, 30)),
    "grey": (image("L", colour=120), (120, 120, 120)),
    "16 bits": (image("I;16", colour=120 * 256), (120, 120, 120)),
    "CMYK": (image("CMYK", colour=(0, 255, 255, 0), format="JPEG"), (255, 0, 0)),
    "one bit": (image("1", colour=1), (255, 255, 255)),
    "narrow": (image(size=(1, 4000), colour=(200, 30, 30)), (200, 30, 30)),
    "a dot": (image(size=(1, 1), colour=(200, 30, 30)), (200, 30, 30)),
}


@pytest.mark.parametrize(("upload", "colour"), READABLE.values(), ids=READABLE)
def test_every_kind_of_picture_becomes_a_square_webp(upload, colour):
    assert close(middle(pictures.square(upload)), colour)


def test_a_palette_keeps_what_one_sees_through():
    upload = image("P", transparency=0)
    assert middle(pictures.square(upload), "RGBA")[3] == 0


def test_of_ten_thousand_frames_the_first_is_shown():
    upload = gif(10_000)
    assert Image.open(BytesIO(upload)).n_frames > 10_000
    assert close(middle(pictures.square(upload)), (255, 0, 0))


def test_a_picture_lies_as_it_was_held_and_tells_not_where():
    picture = Image.new("RGB", (300, 300), "red")
    picture.paste("blue", (0, 0, 300, 150))
    exif = Image.Exif()
    # Turned by a quarter: the upper half as stored is the right one as seen.
    exif[0x0112] = 6
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[2] = (48.0, 12.0, 30.0)
    out = BytesIO()
    picture.save(out, "JPEG", exif=exif, comment=b"taken at home")
    assert Image.open(out).getexif().get_ifd(0x8825)
    made = pictures.square(out.getvalue())
    seen = read(made).convert("RGB")
    assert close(seen.getpixel((230, 128)), (0, 0, 255)) and close(seen.getpixel((20, 128)), (255, 0, 0))
    assert b"taken at home" not in made and b"Exif" not in made and b"EXIF" not in made


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP"])
def test_no_byte_of_a_tail_survives(kind):
    made = pictures.square(image(format=kind) + TAIL)
    assert read(made) and b"secret" not in made and b"PK\x03\x04" not in made


# --- Where it lies ---


def put(user: User, colour) -> User:
    return avatars.put(picture=pictures.square(image(colour=colour)), by=user)


def test_it_is_shown_wherever_its_person_is(client, ana):
    client.force_login(ana)
    response = client.post("/me/avatar/", {"avatar": SimpleUploadedFile("me.svg", image(), "image/svg+xml")})
    assert response.status_code == 303
    address = User.objects.get().avatar_url
    page = client.get("/@ana_lima/").content.decode()
    assert page.count(f'src="{address}" alt="" width="256" height="256"') == 2
    assert "Remove it" in client.get("/me/").content.decode()
    client.delete("/me/avatar/")
    assert address not in client.get("/@ana_lima/").content.decode()


def test_it_is_kept_by_browsers_for_good(client, ana):
    response = client.get(put(ana, (1, 2, 3)).avatar_url)
    assert response["Content-Type"] == "image/webp" and response["X-Content-Type-Options"] == "nosniff"
    assert response["Cache-Control"] == "public, max-age=31536000, immutable"
    assert read(b"".join(response.streaming_content))


@pytest.mark.parametrize("name", ["x", "0" * 40, "0" * 39, "A" * 40, "..", "%2e%2e%2fsettings", "0" * 40 + "-1"])
def test_no_other_file_is_served(client, ana, name):
    default_storage.save("secret.webp", SimpleUploadedFile("x", b"x"))
    assert client.get(f"/avatars/{name}.webp").status_code == 404
    assert client.get("/avatars/../secret.webp").status_code == 404


def test_the_one_before_is_deleted_and_the_same_again_is_not(ana, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        first = put(ana, (1, 2, 3)).avatar
    with django_capture_on_commit_callbacks(execute=True) as after:
        assert put(ana, (1, 2, 3)).avatar == first
    assert not after and default_storage.exists(first)
    with django_capture_on_commit_callbacks(execute=True):
        second = put(ana, (9, 9, 200)).avatar
    assert default_storage.exists(second) and not default_storage.exists(first)
    with django_capture_on_commit_callbacks(execute=True):
        avatars.remove(by=ana)
    assert not default_storage.exists(second) and User.objects.get().avatar == ""


def test_one_chosen_again_meanwhile_is_not_deleted(ana, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as after:
        first = put(ana, (1, 2, 3)).avatar
        put(ana, (9, 9, 200))
        put(ana, (1, 2, 3))
    for callback in after:
        callback()
    assert default_storage.exists(first) and User.objects.get().avatar == first


def test_two_people_with_one_picture_have_a_file_each(ana, staff, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        mine, theirs = put(ana, (1, 2, 3)).avatar, put(staff, (1, 2, 3)).avatar
        avatars.remove(by=staff)
    assert mine != theirs and default_storage.exists(mine) and not default_storage.exists(theirs)


def test_many_uploads_are_asked_to_wait(ana):
    client = Client()
    client.force_login(ana)
    answers = [client.post("/me/avatar/", {}).status_code for _ in range(21)]
    assert answers == [422] * 20 + [429]
