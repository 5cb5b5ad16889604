"""Two private network namespaces joined by a veth pair: the system under test in one, its clients in the other.

They have no names: they live as long as the processes in them, and those die with the benchmark. Without root, or
without iproute2 and util-linux, both places are loopback, and the page says so.
"""

import contextlib
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.house import die_with_parent

DEVICE = "bench0"
# RFC 2544 gave these addresses to benchmarks.
SERVER, CLIENTS = "198.18.0.1", "198.18.0.2"
START_SECONDS = 5
# Packets that wait for a CPU at most. The kernel's 1,000 are fewer than one tick sends to a large audience, and here
# all of those arrive on one CPU. The setting is the whole machine's, and is put back.
BACKLOG, BACKLOG_SETTING = 20_000, Path("/proc/sys/net/core/netdev_max_backlog")


@dataclass(frozen=True)
class Place:
    """Where a process runs: the command line goes behind `prefix`, its sockets on `address`, on one CPU."""

    address: str
    cpu: int
    device: str = "lo"
    prefix: tuple[str, ...] = ()


@dataclass(frozen=True)
class Places:
    server: Place
    clients: Place
    are_private: bool


LOOPBACK = Places(Place("127.0.0.1", 0), Place("127.0.0.1", 1), are_private=False)


@contextlib.contextmanager
def private_places() -> Iterator[Places]:
    """Makes and joins the namespaces; falls back to loopback where that is not allowed."""
    with contextlib.ExitStack() as holders:
        try:
            server, clients = (holders.enter_context(_namespace()) for _ in range(2))
            _join(server, clients)
            holders.enter_context(_backlog())
            places = Places(
                Place(SERVER, 0, DEVICE, _enter(server)), Place(CLIENTS, 1, DEVICE, _enter(clients)), are_private=True
            )
        except (OSError, subprocess.CalledProcessError, TimeoutError) as error:
            print(f"No private network namespaces here ({error}): all goes over loopback.")
            places = LOOPBACK
        yield places


@contextlib.contextmanager
def _namespace() -> Iterator[int]:
    """The process id of one that sleeps in a network namespace of its own."""
    if not all(map(shutil.which, ("unshare", "nsenter", "ip"))):
        raise OSError("unshare, nsenter or ip is missing")
    holder = subprocess.Popen(
        ["unshare", "--net", "sleep", "infinity"], stderr=subprocess.DEVNULL, preexec_fn=die_with_parent
    )
    try:
        ours = Path("/proc/self/ns/net").readlink()
        deadline = time.monotonic() + START_SECONDS
        while Path(f"/proc/{holder.pid}/ns/net").readlink() == ours:
            if holder.poll() is not None or time.monotonic() > deadline:
                raise OSError("not permitted")
            time.sleep(0.01)
        yield holder.pid
    finally:
        holder.kill()
        holder.wait()


@contextlib.contextmanager
def _backlog() -> Iterator[None]:
    before = BACKLOG_SETTING.read_text()
    BACKLOG_SETTING.write_text(str(BACKLOG))
    try:
        yield
    finally:
        BACKLOG_SETTING.write_text(before)


def dropped_on_arrival() -> int:
    """Packets this machine's CPUs had no room for since boot (softnet_stat)."""
    return sum(int(line.split()[1], 16) for line in Path("/proc/net/softnet_stat").read_text().splitlines())


def _enter(holder: int) -> tuple[str, ...]:
    return "nsenter", f"--net=/proc/{holder}/ns/net", "--"


def _join(server: int, clients: int) -> None:
    pair = f"link add {DEVICE} netns {server} type veth peer name {DEVICE} netns {clients}"
    _run("ip", *pair.split())
    for holder, address, cpu in ((server, SERVER, 0), (clients, CLIENTS, 1)):
        enter = _enter(holder)
        _run(*enter, "sh", "-c", "echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6")
        _run(*enter, "ip", "address", "add", f"{address}/30", "dev", DEVICE)
        for device in ("lo", DEVICE):
            _run(*enter, "ip", "link", "set", device, "up")
        # Receive packet steering: what arrives is worked on by the receiver's CPU, not by the sender's.
        steer = f"echo {1 << cpu:x} > /sys/class/net/{DEVICE}/queues/rx-0/rps_cpus"
        _run(*enter, "unshare", "--mount", "sh", "-c", f"mount -t sysfs sysfs /sys && {steer}")


def _run(*command: str) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
