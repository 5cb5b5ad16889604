"""Ogg Opus pages: read by others, made whole when torn, and honest about what is missing."""

import itertools

import av
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rooms.relay import ogg
from rooms.relay.opus import Decoder, OpusError, is_whole, packet_samples
from tests.relay.tape import ogg_samples
from tests.support.ears import level, tone
from tests.support.sound import read_opus

SECOND = 50
PAYLOADS = list(itertools.islice(tone(440), 4 * SECOND))


def written(pages: int = 4) -> bytes:
    """A second of a tone in each page."""
    data = ogg.header(7)
    for number in range(pages):
        packets = PAYLOADS[number * SECOND : (number + 1) * SECOND]
        flags = ogg.LAST if number == pages - 1 else 0
        data += ogg.page(packets, 48_000 * (number + 1), 7, number + 2, flags)
    return data


FILE = written()


def crc(data: bytes) -> int:
    """Bit by bit, as RFC 3533 has it."""
    register = 0
    for byte in data:
        register ^= byte << 24
        for _ in range(8):
            register = (register << 1 ^ (0x04C11DB7 if register >> 31 else 0)) & 0xFFFFFFFF
    return register


@given(st.binary(max_size=300), st.integers(0, 2**40), st.integers(0, 2**32 - 1))
def test_the_checksum_is_oggs(packet, granule, serial):
    page = ogg.page([packet], granule, serial, 3)
    assert crc(page[:22] + bytes(4) + page[26:]) == int.from_bytes(page[22:26], "little")


def test_others_read_it(tmp_path):
    path = tmp_path / "tone.opus"
    path.write_bytes(FILE)
    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        assert (stream.codec_context.name, stream.rate, stream.channels) == ("opus", 48_000, 1)
        assert stream.start_time == 0
    sound = read_opus(path)
    assert len(sound) == 4 * 48_000 and level(sound, 440) > -20
    assert ogg.packets(FILE) == PAYLOADS


@pytest.mark.parametrize("size", [0, 1, 254, 255, 256, 510, 1275])
def test_packets_of_any_size_come_back(size):
    packets = [bytes([3]) * size, b"end"]
    assert sum(map(ogg.lacings, packets)) <= ogg.LACINGS_MAX
    (page,) = ogg.pages(ogg.page(packets, 960, 1, 2))
    assert page.packets == packets


def test_a_whole_file_is_left_as_it_is():
    assert ogg.mended(FILE) == (FILE, 4 * 48_000)


@pytest.mark.parametrize("pages", [1, 2, 3])
def test_a_torn_file_ends_with_its_last_whole_page(pages, tmp_path):
    torn = FILE[: len(ogg.header(7)) + sum(len(FILE[page.start : page.end]) for page in _sound_pages()[:pages]) + 700]
    whole, samples = ogg.mended(torn)
    assert samples == pages * 48_000
    assert list(ogg.pages(whole))[-1].flags & ogg.LAST
    assert len(whole) <= len(torn) and ogg.mended(whole) == (whole, samples)
    path = tmp_path / "torn.opus"
    path.write_bytes(whole)
    assert len(read_opus(path)) == samples


def _sound_pages() -> list[ogg.Page]:
    return list(ogg.pages(FILE))[2:]


@pytest.mark.parametrize("nothing", [b"", b"OggS", ogg.header(7), ogg.header(7) + b"\0" * 9000, FILE[1:], PAYLOADS[0]])
def test_of_nothing_whole_nothing_is_left(nothing):
    assert ogg.mended(nothing) == (b"", 0)
    assert ogg.packets(nothing) == []


@example(cut=len(FILE), damage=[])
@given(cut=st.integers(0, len(FILE)), damage=st.lists(st.tuples(st.integers(0, len(FILE) - 1), st.integers(1, 255))))
def test_whatever_was_torn_and_damaged_only_whole_pages_count(cut, damage):
    data = bytearray(FILE)
    for place, change in damage:
        data[place] ^= change
    torn = bytes(data[:cut])
    whole, samples = ogg.mended(torn)
    assert whole == b"" or len(whole) <= len(torn)
    assert ogg.packets(whole) == PAYLOADS[: samples // 960]
    unhurt = [page for page in _sound_pages() if page.end <= cut and not any(at < page.end for at, _ in damage)]
    assert samples >= 48_000 * len(unhurt)


@given(st.binary(max_size=2000))
def test_random_bytes_are_no_file(data):
    assert ogg.mended(data) == (b"", 0)
    assert ogg.mended(ogg.header(7) + b"OggS" + data) == (b"", 0)


def test_pages_of_another_stream_or_out_of_turn_end_the_file():
    start = ogg.header(7) + ogg.page(PAYLOADS[:50], 48_000, 7, 2)
    for stranger in (
        ogg.page(PAYLOADS[:50], 96_000, 8, 3),
        ogg.page(PAYLOADS[:50], 96_000, 7, 4),
        ogg.page(PAYLOADS[:50], 47_000, 7, 3),
        ogg.page(PAYLOADS[:50], 96_000, 7, 3, ogg.FIRST),
    ):
        assert ogg.mended(start + stranger)[1] == 48_000


# --- Holes ---


@pytest.mark.parametrize("toc", range(0, 256, 4))
@pytest.mark.parametrize("samples", [120, 360, 960, 1080, 2400, 4560, 48_000])
def test_a_hole_is_filled_to_the_sample_for_every_kind_of_packet(toc, samples):
    filling = list(ogg.concealing(toc, samples))
    assert sum(length for _, length in filling) == samples
    for packet, length in filling:
        assert len(packet) == 1 and packet[0] & 4 == toc & 4
        assert packet_samples(packet) == length == ogg.frame_samples(packet[0]) == ogg_samples(packet)


def test_what_is_too_short_to_fill_is_left():
    assert list(ogg.concealing(0x68, 119)) == []
    assert sum(length for _, length in ogg.concealing(0x68, 1000)) == 960


@pytest.mark.parametrize("hole", [960, 10 * 960 + 360])
def test_decoders_conceal_a_filled_hole_and_go_on(hole, tmp_path):
    before, after = PAYLOADS[:50], PAYLOADS[50:100]
    filling = list(ogg.concealing(before[-1][0], hole))
    packets = [*before, *(packet for packet, _ in filling), *after]
    total = 100 * 960 + hole
    data = ogg.header(7) + ogg.page(packets, total, 7, 2, ogg.LAST)
    decoder = Decoder()
    sound = np.concatenate([decoder.decode(packet) for packet in packets])
    assert len(sound) == total
    assert level(sound[-24_000:], 440) > -20
    path = tmp_path / "hole.opus"
    path.write_bytes(data)
    assert len(read_opus(path)) == total


@given(st.binary(min_size=1, max_size=60))
def test_what_is_called_whole_decodes(packet):
    try:
        Decoder().decode(packet)
        decodes = True
    except OpusError:
        decodes = False
    assert is_whole(packet) == decodes
