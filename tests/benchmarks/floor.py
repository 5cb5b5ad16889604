"""What no server of one packet per listener can undercut: libsrtp's protect and one sendmmsg, and nothing else.

`python -m tests.benchmarks.floor ADDRESS DESTINATION`; {"ports": [...]} on standard input says to whom, 50 times a
second. Both calls are C; numpy counts sequence numbers up. No ICE, no RTCP, no mix, nobody joins.
"""

import ctypes
import json
import os
import select
import socket
import struct
import sys
import time

import numpy as np
from pylibsrtp import Policy, Session

from rooms.relay.sockets import MESSAGE
from rooms.relay.srtp_insides import handle, pointer, srtp_protect

TICK_SECONDS = 0.02
HEADER = struct.Struct("!BBHII")
# Header, one CSRC and 32 kbit/s of sound; AES-GCM adds its tag.
PACKET_BYTES, TAG_BYTES, ROW_BYTES = 12 + 4 + 80, 16, 704
BATCH = 1024
PROFILE, KEY_BYTES = Policy.SRTP_PROFILE_AEAD_AES_256_GCM, 44

sendmmsg = ctypes.CDLL(None).sendmmsg
sendmmsg.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_uint, ctypes.c_int]


class Floor:
    """One row, one SRTP session and one destination per listener."""

    def __init__(self, address: str, destination: str) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4 << 20)
        self._socket.bind((address, 0))
        self._destination = socket.inet_aton(destination)

    def aim(self, ports: list[int]) -> None:
        count = len(ports)
        policy = {"ssrc_type": Policy.SSRC_ANY_OUTBOUND, "srtp_profile": PROFILE}
        self._sessions = [Session(Policy(key=os.urandom(KEY_BYTES), **policy)) for _ in ports]
        self._handles = [handle(session) for session in self._sessions]
        self._rows = np.zeros((count, ROW_BYTES), np.uint8)
        for row in range(count):
            self._rows[row, : HEADER.size] = np.frombuffer(HEADER.pack(0x81, 111, 0, 0, row + 1), np.uint8)
        self._sequences = np.ndarray((count,), ">u2", self._rows, 2, (ROW_BYTES,))
        self._lengths = np.zeros(count, np.int32)
        names = b"".join(
            struct.pack("=H", socket.AF_INET) + struct.pack("!H", port) + self._destination + bytes(8) for port in ports
        )
        self._names = np.frombuffer(names, np.uint8)
        index = np.arange(count, dtype=np.uint64)
        self._parts = np.full((count, 2), PACKET_BYTES + TAG_BYTES, np.uint64)
        self._parts[:, 0] = self._rows.ctypes.data + index * ROW_BYTES
        self._messages = np.zeros(count, MESSAGE)
        self._messages["name"], self._messages["name_length"] = self._names.ctypes.data + index * 16, 16
        self._messages["parts"], self._messages["part_count"] = self._parts.ctypes.data + index * 16, 1
        self._pointers = [pointer("void *", self._rows.ctypes.data + row * ROW_BYTES) for row in range(count)]
        self._sizes = [pointer("int *", self._lengths.ctypes.data + row * 4) for row in range(count)]

    def send(self) -> None:
        self._sequences += 1
        self._lengths[:] = PACKET_BYTES
        if any(map(srtp_protect, self._handles, self._pointers, self._sizes)):
            raise SystemExit("libsrtp refused a packet")
        first, count = 0, len(self._messages)
        while first < count:
            where = self._messages.ctypes.data + first * MESSAGE.itemsize
            sent = sendmmsg(self._socket.fileno(), where, min(count - first, BATCH), 0)
            if sent <= 0:
                raise SystemExit("sendmmsg failed")
            first += sent


def serve(address: str, destination: str) -> None:
    floor = Floor(address, destination)
    while line := sys.stdin.readline():
        floor.aim(json.loads(line)["ports"])
        print("{}", flush=True)
        due = time.monotonic()
        while not select.select([sys.stdin], [], [], max(0.0, due - time.monotonic()))[0]:
            floor.send()
            due += TICK_SECONDS


if __name__ == "__main__":
    serve(*sys.argv[1:3])
