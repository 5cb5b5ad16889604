"""The mix to every listener: one loop over plain rows, with no task, queue, timer or encoder per listener.

Called by live_room.py once per tick. RTP headers are written by numpy, packets are protected in place by libsrtp and
leave in one sendmmsg. A listener whose packet cannot be protected or sent costs nobody else theirs; a packet that
could not be protected never leaves.
"""

import random
import struct
import time
from collections.abc import Mapping, Sequence

import numpy as np

from rooms.relay.aiortc_insides import Peer
from rooms.relay.mixer import CSRC_MAX, Media
from rooms.relay.port import Port
from rooms.relay.sockets import MESSAGE, sockaddr
from rooms.relay.srtp_insides import handle, pointer, srtp_protect, srtp_protect_rtcp

RTP_HEADER_BYTES = 12
# A row holds header, CSRCs, payload and SRTP trailer; whole cache lines, and not a power of two, which would put all
# rows into the same cache sets.
ROW_BYTES = 704
PAYLOAD_MAX = ROW_BYTES - RTP_HEADER_BYTES - 4 * CSRC_MAX - 32
REPORT_ROW_BYTES = 128
NTP_EPOCH = 2_208_988_800
CNAME = b"openfloor"

HEADER = np.dtype([("version", "u1"), ("payload_type", "u1"), ("sequence", ">u2"), ("time", ">u4"), ("ssrc", ">u4")])


class Listener:
    """One row's owner. `row` is its index while it is in a Fanout, else None."""

    def __init__(self, peer: Peer) -> None:
        self.peer = peer
        self.row: int | None = None
        # Keeps libsrtp's memory alive for as long as the row points at it.
        self.srtp = peer.outbound


class Fanout:
    """The listeners of one Space. Rows are dense: the last one moves into a gap."""

    def __init__(self, port: Port, capacity: int = 16) -> None:
        self._port = port
        self._listeners: list[Listener] = []
        self._handles: list = []
        self._capacity = 0
        self.oversized = 0
        self._grow(capacity)

    def __len__(self) -> int:
        return len(self._listeners)

    def add(self, listener: Listener) -> None:
        row = len(self._listeners)
        if row == self._capacity:
            self._grow(2 * row)
        listener.row = row
        self._listeners.append(listener)
        self._handles.append(handle(listener.srtp))
        header = self._headers[row : row + 1]
        header["payload_type"], header["ssrc"] = listener.peer.payload_type, listener.peer.ssrc
        # Below 2^15, so that the first wrap is far from SRTP's start (RFC 3711 section 3.3.1).
        self._sequence[row] = random.randrange(1 << 15)  # noqa: S311
        self._time_offset[row] = random.getrandbits(32)  # noqa: S311
        self._packets[row] = self._octets[row] = 0
        self.readdress(listener)

    def readdress(self, listener: Listener) -> None:
        """Follows a peer that roamed."""
        if listener.row is not None:
            name = sockaddr(listener.peer.address)
            self._names[listener.row, : len(name)] = np.frombuffer(name, np.uint8)
            self._name_lengths[listener.row] = len(name)

    def remove(self, listener: Listener) -> None:
        row, last = listener.row, len(self._listeners) - 1
        if row is None:
            return
        if row != last:
            for rows in self._moving_rows():
                rows[row] = rows[last]
            self._listeners[row], self._handles[row] = self._listeners[last], self._handles[last]
            self._listeners[row].row = row
        self._listeners.pop()
        self._handles.pop()
        listener.row = None

    def send(self, shared: Media, own: Mapping[Listener, Media], clock: int) -> list[Listener]:
        """Sends one 20 ms frame to all: `own[listener]` where there is one, else `shared`.

        `clock` is the Space's RTP time (48 kHz); sequence number and time go on per listener whichever frame is
        sent. Returns the listeners whose packets could not be protected, and were not sent.
        """
        count = len(self._listeners)
        if not count:
            return []
        self._sequence[:count] += np.uint16(1)
        headers = self._headers[:count]
        headers["sequence"] = self._sequence[:count]
        headers["time"] = self._time_offset[:count] + np.uint32(clock & 0xFFFFFFFF)
        body = self._body(shared)
        end = RTP_HEADER_BYTES + len(body)
        headers["version"] = 0x80 | len(shared.csrcs)
        self._rows[:count, RTP_HEADER_BYTES:end] = np.frombuffer(body, np.uint8)
        self._lengths[:count] = end
        for listener, media in own.items():
            if listener.row is not None:
                self._write_own(listener.row, media)
        self._octets[:count] += (self._lengths[:count] - RTP_HEADER_BYTES).astype(np.uint32)
        self._packets[:count] += np.uint32(1)
        results = list(map(srtp_protect, self._handles, self._row_pointers, self._length_pointers))
        return self._leave(count, results)

    def send_reports(self, clock: int, part: int, parts: int) -> None:
        """Sender reports with CNAME (RFC 3550, 6.4.1 and 6.5.1) to every `parts`-th listener, from `part` on."""
        rows = np.arange(part % parts, len(self._listeners), parts)
        if not len(rows):
            return
        now = time.time() + NTP_EPOCH
        chunk = b"\x01" + bytes([len(CNAME)]) + CNAME
        chunk += bytes(4 - len(chunk) % 4)
        template = (
            struct.pack("!BBH4xII12x", 0x80, 200, 6, int(now), int(now % 1 * 2**32))
            + struct.pack("!BBH4x", 0x81, 202, 1 + len(chunk) // 4)
            + chunk
        )
        reports = np.zeros((len(rows), REPORT_ROW_BYTES), np.uint8)
        reports[:, : len(template)] = np.frombuffer(template, np.uint8)
        words = reports.view(">u4")
        words[:, 1] = words[:, 8] = self._headers["ssrc"][rows]
        words[:, 4] = self._time_offset[rows] + np.uint32(clock & 0xFFFFFFFF)
        words[:, 5], words[:, 6] = self._packets[rows], self._octets[rows]
        for report, row in zip(reports, rows, strict=True):
            length = np.array([len(template)], np.int32)
            where = pointer("void *", report.ctypes.data)
            if not srtp_protect_rtcp(self._handles[row], where, pointer("int *", length.ctypes.data)):
                self._listeners[row].peer.send(report[: length[0]].tobytes())

    def _body(self, media: Media) -> bytes:
        csrcs = struct.pack(f"!{len(media.csrcs)}I", *media.csrcs)
        if len(media.payload) > PAYLOAD_MAX:
            self.oversized += 1
            return csrcs
        return csrcs + media.payload

    def _write_own(self, row: int, media: Media) -> None:
        body = self._body(media)
        end = RTP_HEADER_BYTES + len(body)
        self._rows[row, 0] = 0x80 | len(media.csrcs)
        self._rows[row, RTP_HEADER_BYTES:end] = np.frombuffer(body, np.uint8)
        self._lengths[row] = end

    def _leave(self, count: int, results: Sequence[int]) -> list[Listener]:
        """Sends the protected rows; the others stay, or their listeners' sound would leave in the clear."""
        self._parts[:count, 1] = self._lengths[:count]
        self._messages["name_length"][:count] = self._name_lengths[:count]
        if self._port.can_batch and not any(results):
            for opened in self._port.sockets:
                length = len(sockaddr((opened.host, 0)))
                chosen = self._messages[:count][self._name_lengths[:count] == length]
                opened.send_batch(chosen)
            return []
        failed = []
        for row, result in enumerate(results):
            if result:
                failed.append(self._listeners[row])
            elif self._port.can_batch:
                self._port.socket_for(self._listeners[row].peer.address).send_batch(self._messages[row : row + 1])
            else:
                self._listeners[row].peer.send(self._rows[row, : self._lengths[row]].tobytes())
        return failed

    def _moving_rows(self) -> tuple[np.ndarray, ...]:
        """What goes with a listener that moves to another row."""
        return (
            self._rows,
            self._names,
            self._name_lengths,
            self._sequence,
            self._time_offset,
            self._packets,
            self._octets,
        )

    def _grow(self, capacity: int) -> None:
        count = len(self._listeners)
        kept = self._moving_rows() if count else ()
        raw = np.zeros(capacity * ROW_BYTES + 64, np.uint8)
        aligned = -raw.ctypes.data % 64
        self._raw = raw
        self._rows = raw[aligned : aligned + capacity * ROW_BYTES].reshape(capacity, ROW_BYTES)
        self._headers = np.ndarray((capacity,), HEADER, self._rows, strides=(ROW_BYTES,))
        self._names = np.zeros((capacity, 28), np.uint8)
        self._name_lengths = np.zeros(capacity, np.uint32)
        self._sequence, self._time_offset = np.zeros(capacity, np.uint16), np.zeros(capacity, np.uint32)
        self._packets, self._octets = np.zeros(capacity, np.uint32), np.zeros(capacity, np.uint32)
        self._lengths = np.zeros(capacity, np.int32)
        for new, old in zip(self._moving_rows(), kept, strict=False):
            new[:count] = old[:count]
        # struct iovec: address and length of the one part of each message.
        self._parts = np.zeros((capacity, 2), np.uint64)
        index = np.arange(capacity, dtype=np.uint64)
        self._parts[:, 0] = self._rows.ctypes.data + index * ROW_BYTES
        self._messages = np.zeros(capacity, MESSAGE)
        self._messages["name"] = self._names.ctypes.data + index * self._names.shape[1]
        self._messages["parts"], self._messages["part_count"] = self._parts.ctypes.data + index * 16, 1
        rows, lengths = self._rows.ctypes.data, self._lengths.ctypes.data
        self._row_pointers = [pointer("void *", rows + row * ROW_BYTES) for row in range(capacity)]
        self._length_pointers = [pointer("int *", lengths + row * 4) for row in range(capacity)]
        self._capacity = capacity
