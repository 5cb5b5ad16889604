"""Starts, watches and stops the processes of one machine. Called by `manage.py up`; knows processes, not Openfloor.

Children run in sessions of their own, so that Ctrl-C in a terminal reaches only the supervisor, which signals parents
alone and in order (a signal to Celery's whole group would kill running tasks). They die with the supervisor.
"""

import asyncio
import contextlib
import ctypes
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

STOP_SECONDS = 10.0
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 10.0
# A part that ran this long has recovered: its next failure counts as the first.
STEADY_SECONDS = 30.0
# A part that never came up is a defect, not an accident.
HOPELESS_STARTS = 5
_PR_SET_PDEATHSIG = 1
# Looked up before any fork: the child may neither import nor allocate much between fork and exec.
_prctl = getattr(ctypes.CDLL(None), "prctl", None)


class Hopeless(Exception):
    """A part ended again and again before everything was ready; the message is for the operator."""


@dataclass
class Part:
    """One process to keep running. `stops_last` orders the end: greater numbers stop later, equal ones together."""

    name: str
    command: Sequence[str]
    stops_last: int
    pass_fds: tuple[int, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    process: asyncio.subprocess.Process | None = field(default=None, repr=False)


class Supervisor:
    """Use on the main thread's event loop: the kernel ties a child's life to the thread that forked it."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self.env = dict(env)
        self.stopping = asyncio.Event()
        self.ready = False
        self._parts: dict[str, Part] = {}
        self._keepers: dict[str, asyncio.Task] = {}
        self._hopeless: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def obey_signals(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self._asked_to_stop)

    def start(self, part: Part) -> None:
        self._parts[part.name] = part
        self._keepers[part.name] = asyncio.create_task(self._keep(part))
        self._keepers[part.name].add_done_callback(self._kept)

    async def unless_stopped(self, work) -> bool:
        """Run `work` to its end, or until somebody asks to stop. Returns whether it ended; raises Hopeless."""
        work = asyncio.ensure_future(work)
        stop = asyncio.create_task(self.stopping.wait())
        await asyncio.wait({work, stop, self._hopeless}, return_when=asyncio.FIRST_COMPLETED)
        stop.cancel()
        if work.done():
            work.result()
            return True
        work.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await work
        if self._hopeless.done():
            self._hopeless.result()
        return False

    async def stop(self) -> None:
        """End every part, in order, the stubborn ones by force."""
        self.stopping.set()
        for turn in sorted({part.stops_last for part in self._parts.values()}):
            await asyncio.gather(*(self._end(part) for part in self._parts.values() if part.stops_last == turn))

    async def _keep(self, part: Part) -> None:
        failures = 0
        while not self.stopping.is_set():
            began = time.monotonic()
            code = await self._run(part)
            if self.stopping.is_set():
                return
            failures = 1 if time.monotonic() - began > STEADY_SECONDS else failures + 1
            if failures >= HOPELESS_STARTS and not self.ready:
                if not self._hopeless.done():
                    self._hopeless.set_exception(Hopeless(f"{part.name} does not start; see its last lines above."))
                return
            pause = min(FIRST_PAUSE * 2 ** (failures - 1), LONGEST_PAUSE)
            say(f"openfloor: {part.name} ended ({_reason(code)}); starting it again in {pause:g} s")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.stopping.wait(), pause)

    def _kept(self, keeper: asyncio.Task) -> None:
        """A program that cannot even be started (it is gone, the process table is full) ends the whole."""
        if not keeper.cancelled() and (error := keeper.exception()) is not None:
            say(f"openfloor: {error}")
            self.stopping.set()

    async def _run(self, part: Part) -> int:
        part.process = await asyncio.create_subprocess_exec(
            *part.command,
            env={**self.env, **part.env},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            pass_fds=part.pass_fds,
            start_new_session=True,
            preexec_fn=die_with_parent(os.getpid()),
        )
        copying = asyncio.create_task(_copy_lines(part.name, part.process.stdout))
        if self.stopping.is_set():
            self._signal(part, signal.SIGTERM)
        code = await part.process.wait()
        await copying
        return code

    async def _end(self, part: Part) -> None:
        keeper = self._keepers[part.name]
        self._signal(part, signal.SIGTERM)
        done, _ = await asyncio.wait({keeper}, timeout=STOP_SECONDS)
        if not done:
            say(f"openfloor: {part.name} did not stop within {STOP_SECONDS:g} s; killing it")
            self._signal(part, signal.SIGKILL)
            await keeper

    def _signal(self, part: Part, number: signal.Signals) -> None:
        if part.process is not None and part.process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                part.process.send_signal(number)

    def _asked_to_stop(self) -> None:
        # Somebody who asks twice does not want to wait.
        if self.stopping.is_set():
            for part in self._parts.values():
                self._signal(part, signal.SIGKILL)
        self.stopping.set()


def say(line: str) -> None:
    try:
        print(line, flush=True)
    except (BrokenPipeError, ValueError):
        # Nobody reads any more (the terminal was closed); the rooms go on.
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115


async def _copy_lines(name: str, stream: asyncio.StreamReader) -> None:
    while True:
        try:
            line = await stream.readline()
        except ValueError:
            # A line beyond the reader's limit is dropped by it; the next one is welcome.
            continue
        if not line:
            return
        if text := line.decode(errors="replace").rstrip():
            say(f"{name:>6} | {text}")


def die_with_parent(parent: int) -> Callable[[], None]:
    """For Popen's preexec_fn: the kernel kills the child when `parent` (os.getpid()) is gone. Linux only (prctl(2))."""

    def prepare() -> None:
        # SIGKILL, because a part that hangs would ignore anything else.
        if _prctl is not None:
            _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
            if os.getppid() != parent:
                os._exit(1)

    return prepare


def _reason(code: int) -> str:
    return f"exit code {code}" if code >= 0 else signal.Signals(-code).name
