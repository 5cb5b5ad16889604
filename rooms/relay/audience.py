"""Rows of listeners whose packets are alike but for sequence number, RTP time and SSRC; sent in one numpy write.

Used by fanout.py, which has one Audience per shape of packet. Packets are protected in place by libsrtp and leave in
one sendmmsg, or one by one where there is none. A listener whose packet cannot be protected or sent costs nobody else
theirs; a packet that could not be protected never leaves.
"""

import random
import struct
import time
from collections import deque
from collections.abc import Mapping

import numpy as np

from rooms.relay.aiortc_insides import Peer
from rooms.relay.opus import SAMPLE_RATE
from rooms.relay.packets import ONE_BYTE_IDS, RTP_HEADER_BYTES, Packet
from rooms.relay.sockets import MESSAGE, PART, Socket, sockaddr
from rooms.relay.srtp_insides import handle, pointer, srtp_protect, srtp_protect_rtcp

# Room for the largest packet: whole cache lines, and not a power of two, which would put all rows into the same cache
# sets.
ROW_BYTES = 1344
# Packets kept to be sent again, at most; and how old one may be (RTP time units).
HISTORY_PACKETS = 50
HISTORY_SAMPLES = SAMPLE_RATE
SOCKADDR_BYTES = 28
REPORT_ROW_BYTES = 128
NTP_EPOCH = 2_208_988_800
CNAME = b"openfloor"

HEADER = np.dtype([("first", "u1"), ("payload_type", "u1"), ("sequence", ">u2"), ("time", ">u4"), ("ssrc", ">u4")])


class Listener:
    """One stream's owner. `ptime` is the length of its packets in milliseconds, for as long as it is connected.

    While it has no row, `sequence` is its last packet's number and `packets` and `octets` count what it got.
    """

    def __init__(self, peer: Peer, ptime: int = 20) -> None:
        self.peer = peer
        self.ptime = ptime
        self.levels_id = peer.csrc_levels_id if peer.csrc_levels_id in ONE_BYTE_IDS else None
        # Keeps libsrtp's memory alive for as long as a row points at it.
        self.srtp = peer.outbound
        self.audience: Audience | None = None
        self.row: int | None = None
        # Below 2^15, so that the first wrap is far from SRTP's start (RFC 3711 section 3.3.1).
        self.sequence = random.randrange(1 << 15)  # noqa: S311
        self.time_offset = random.getrandbits(32)  # noqa: S311
        self.packets = self.octets = 0
        # What it may still ask for again, and when that was last counted (monotonic seconds).
        self.credit, self.credited_at = 0.0, 0.0


class Audience:
    """Dense rows: the last one moves into a gap.

    `sent` counts packets since the Audience began, `silent` those in a row, up to now, in which nobody was heard.
    """

    def __init__(self, opened: Socket, *, batches: bool, capacity: int = 16) -> None:
        self.socket = opened
        self._batches = batches
        self.sent = self.silent = 0
        self._octets_sent = 0
        self._listeners: list[Listener] = []
        self._handles: list = []
        self._history: deque[tuple[Packet, Mapping[Listener, Packet]]] = deque(maxlen=HISTORY_PACKETS)
        self._again = np.zeros(ROW_BYTES, np.uint8)
        self._again_length = np.zeros(1, np.int32)
        self._grow(capacity)

    def __len__(self) -> int:
        return len(self._listeners)

    def add(self, listener: Listener) -> None:
        row = len(self._listeners)
        if row == self._capacity:
            self._grow(2 * row)
        listener.audience, listener.row = self, row
        self._listeners.append(listener)
        self._handles.append(handle(listener.srtp))
        header = self._headers[row : row + 1]
        header["payload_type"], header["ssrc"] = listener.peer.payload_type, listener.peer.ssrc
        self._base[row] = listener.sequence - self.sent & 0xFFFF
        self._time_offset[row] = listener.time_offset
        self._packets[row] = listener.packets - self.sent & 0xFFFFFFFF
        self._octets[row] = listener.octets - self._octets_sent & 0xFFFFFFFF
        self._joined[row] = self.sent
        self.readdress(listener)

    def readdress(self, listener: Listener) -> None:
        """Follows a peer that moved within this address family."""
        name = sockaddr(listener.peer.address)
        self._names[listener.row, : len(name)] = np.frombuffer(name, np.uint8)
        self._messages["name_length"][listener.row] = len(name)

    def remove(self, listener: Listener) -> None:
        row, last = listener.row, len(self._listeners) - 1
        listener.sequence = int(self._base[row]) + self.sent & 0xFFFF
        listener.packets = int(self._packets[row]) + self.sent & 0xFFFFFFFF
        listener.octets = int(self._octets[row]) + self._octets_sent & 0xFFFFFFFF
        if row != last:
            for rows in self._moving_rows():
                rows[row] = rows[last]
            self._messages["name_length"][row] = self._messages["name_length"][last]
            self._listeners[row], self._handles[row] = self._listeners[last], self._handles[last]
            self._listeners[row].row = row
        self._listeners.pop()
        self._handles.pop()
        listener.audience = listener.row = None

    def send(self, packet: Packet, own: Mapping[Listener, Packet]) -> list[Listener]:
        """Sends `own[listener]` where there is one, else `packet`; all have the same RTP time.

        Returns the listeners whose packets could not be protected, and were not sent.
        """
        count = len(self._listeners)
        self.sent += 1
        self._history.append((packet, own))
        headers = self._headers[:count]
        headers["sequence"] = self._base[:count] + np.uint16(self.sent & 0xFFFF)
        headers["time"] = self._time_offset[:count] + np.uint32(packet.clock & 0xFFFFFFFF)
        headers["first"] = packet.first
        end = RTP_HEADER_BYTES + len(packet.body)
        self._rows[:count, RTP_HEADER_BYTES:end] = np.frombuffer(packet.body, np.uint8)
        self._parts["length"][:count] = end
        self._octets_sent += packet.octets
        for listener, instead in own.items():
            if listener.audience is self:
                self._write(listener.row, instead)
                self._octets[listener.row : listener.row + 1] += np.uint32(instead.octets - packet.octets & 0xFFFFFFFF)
        results = list(map(srtp_protect, self._handles, self._row_pointers, self._length_pointers))
        if self._batches and not any(results):
            self.socket.send_batch(self._messages[:count])
            return []
        return self._leave_one_by_one(results)

    def resend(self, listener: Listener, sequence: int) -> bool:
        """Sends a packet of the last second once more; False when it is none of this listener's.

        The bytes are the same ones: SRTP encrypts a number's packet with one key stream, and with two plaintexts
        both could be read (RFC 3711 section 9.1).
        """
        row = listener.row
        behind = int(self._base[row]) + self.sent - sequence & 0xFFFF
        if behind >= min(len(self._history), self.sent - int(self._joined[row])):
            return False
        packet, own = self._history[-1 - behind]
        if self._history[-1][0].clock - packet.clock > HISTORY_SAMPLES:
            return False
        packet = own.get(listener, packet)
        clock = packet.clock + listener.time_offset & 0xFFFFFFFF
        header = struct.pack("!BBHII", packet.first, listener.peer.payload_type, sequence, clock, listener.peer.ssrc)
        plain = np.frombuffer(header + packet.body, np.uint8)
        self._again[: len(plain)] = plain
        self._again_length[0] = len(plain)
        where, length = self._again.ctypes.data, self._again_length.ctypes.data
        if srtp_protect(self._handles[row], pointer("void *", where), pointer("int *", length)):
            return False
        self.socket.sendto(self._again[: self._again_length[0]].tobytes(), listener.peer.address)
        return True

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
        words[:, 5] = self._packets[rows] + np.uint32(self.sent & 0xFFFFFFFF)
        words[:, 6] = self._octets[rows] + np.uint32(self._octets_sent & 0xFFFFFFFF)
        for report, row in zip(reports, rows, strict=True):
            length = np.array([len(template)], np.int32)
            where = pointer("void *", report.ctypes.data)
            if not srtp_protect_rtcp(self._handles[row], where, pointer("int *", length.ctypes.data)):
                self._listeners[row].peer.send(report[: length[0]].tobytes())

    def _write(self, row: int, packet: Packet) -> None:
        end = RTP_HEADER_BYTES + len(packet.body)
        self._rows[row, 0] = packet.first
        self._rows[row, RTP_HEADER_BYTES:end] = np.frombuffer(packet.body, np.uint8)
        self._parts["length"][row] = end

    def _leave_one_by_one(self, results: list[int]) -> list[Listener]:
        """Sends the protected rows; the others stay, or their listeners' sound would leave in the clear."""
        failed = []
        for row, result in enumerate(results):
            if result:
                failed.append(self._listeners[row])
            elif self._batches:
                self.socket.send_batch(self._messages[row : row + 1])
            else:
                length = self._parts["length"][row]
                self.socket.sendto(self._rows[row, :length].data, self._listeners[row].peer.address)
        return failed

    def _moving_rows(self) -> tuple[np.ndarray, ...]:
        """What goes with a listener that moves to another row."""
        return self._rows, self._names, self._base, self._time_offset, self._packets, self._octets, self._joined

    def _grow(self, capacity: int) -> None:
        count = len(self._listeners)
        kept = (*self._moving_rows(), self._messages["name_length"]) if count else ()
        raw = np.zeros(capacity * ROW_BYTES + 64, np.uint8)
        aligned = -raw.ctypes.data % 64
        self._rows = raw[aligned : aligned + capacity * ROW_BYTES].reshape(capacity, ROW_BYTES)
        self._headers = np.ndarray((capacity,), HEADER, self._rows, strides=(ROW_BYTES,))
        self._names = np.zeros((capacity, SOCKADDR_BYTES), np.uint8)
        self._base, self._time_offset = np.zeros(capacity, np.uint16), np.zeros(capacity, np.uint32)
        # Counted from where `sent` and `_octets_sent` stand, so that a tick touches neither.
        self._packets, self._octets = np.zeros(capacity, np.uint32), np.zeros(capacity, np.uint32)
        self._joined = np.zeros(capacity, np.int64)
        self._parts, self._messages = np.zeros(capacity, PART), np.zeros(capacity, MESSAGE)
        for new, old in zip((*self._moving_rows(), self._messages["name_length"]), kept, strict=False):
            new[:count] = old[:count]
        index = np.arange(capacity, dtype=np.uint64)
        self._parts["base"] = self._rows.ctypes.data + index * ROW_BYTES
        self._messages["name"] = self._names.ctypes.data + index * SOCKADDR_BYTES
        self._messages["parts"], self._messages["part_count"] = self._parts.ctypes.data + index * PART.itemsize, 1
        lengths = self._parts.ctypes.data + PART.fields["length"][1]
        self._row_pointers = [pointer("void *", int(base)) for base in self._parts["base"]]
        self._length_pointers = [pointer("int *", lengths + row * PART.itemsize) for row in range(capacity)]
        self._capacity = capacity
