"""A relay in this process whose counters can be read, and a page with nothing but our own rtc.js, for real browsers."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from aiohttp import web
from django.conf import settings

from rooms.relay.protocol import Answer, Offer
from rooms.relay.uplink import Uplink
from tests.relay.stage import Stage
from tests.support.weather import PROXY, RELAY

SCRIPTS = settings.BASE_DIR / "static/js"
PAGE = Path(__file__).parent / "page.html"
# Who the page speaks and listens as.
BROWSER = "browser"
# After the network is.
BACK_WITHIN_SECONDS = 5


class House:
    """One Space. Runs in a thread of its own, because Playwright's loop has the other; `site` is the page's address."""

    site: str
    stage: Stage

    def __init__(self, port: int) -> None:
        self._port = port
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), name="house", daemon=True)

    def __enter__(self) -> "House":
        self._thread.start()
        if not self._ready.wait(10):
            raise RuntimeError("the relay did not start")
        return self

    def __exit__(self, *_exception: object) -> None:
        self._loop.call_soon_threadsafe(self._closing.set)
        self._thread.join(20)

    def do(self, work: Coroutine[Any, Any, Any]) -> Any:
        """The result of a coroutine, run where the relay runs."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

    @property
    def uplink(self) -> Uplink:
        """What the relay knows of the browser's microphone."""
        return self.stage.microphone(BROWSER).uplink

    def has(self, session: Callable[[Stage], dict]) -> bool:
        """Whether the browser is among those connected."""
        return self.stage.space in self.stage.worker.rooms and BROWSER in session(self.stage)

    async def _run(self) -> None:
        self._loop, self._closing = asyncio.get_running_loop(), asyncio.Event()
        self.stage = Stage()
        self.stage.engage(port=self._port, public_address=PROXY)
        relaying = asyncio.create_task(self.stage.worker.run())
        await self.stage.worker.ready.wait()
        runner = web.AppRunner(self._application())
        await runner.setup()
        await web.TCPSite(runner, RELAY, 0).start()
        self.site = f"http://{RELAY}:{runner.addresses[0][1]}"
        self._ready.set()
        await self._closing.wait()
        await self.stage.close()
        await runner.cleanup()
        self.stage.worker.stop()
        await relaying

    def _application(self) -> web.Application:
        application = web.Application()
        application.add_routes(
            [
                web.get("/", self._page),
                web.static("/js", SCRIPTS),
                web.post("/{kind:whip|whep}", self._offer),
            ]
        )
        return application

    async def _page(self, request: web.Request) -> web.FileResponse:
        return web.FileResponse(PAGE)

    async def _offer(self, request: web.Request) -> web.Response:
        kind, replaces = request.match_info["kind"], request.query.get("replaces", "")
        sdp = await request.text()
        reply = await self.stage.worker.handle(Offer(kind, BROWSER, sdp, self.stage.state(), replaces))
        if not isinstance(reply, Answer):
            return web.json_response({"code": reply.code}, status=reply.status)
        return web.Response(text=reply.sdp, status=201, headers={"Location": f"/{kind}/{reply.session}"})
