"""The house rules of design.md as assertions: who may import whom, how long a file may be, where HTML may come from."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
APPS = ["accounts", "rooms", "recordings", "moderation", "config"]
LONGEST_FILE = 300

# Inside rooms, from the foundations up; a module imports only from rows above its own.
LAYERS = [
    ["rooms.relay.protocol", "rooms.redis", "rooms.roles", "rooms.refusals", "rooms.languages", "rooms.signals"],
    ["rooms.wallclock", "rooms.calendar"],
    ["rooms.relay.client", "rooms.models"],
    ["rooms.rules", "rooms.doors", "rooms.wording", "rooms.identity", "rooms.feeds", "rooms.warmth"],
    ["rooms.selectors", "rooms.limits", "rooms.presence"],
    ["rooms.events", "rooms.coalesce", "rooms.pulse"],
    ["rooms.audiences", "rooms.cards", "rooms.templatetags"],
    ["rooms.fragments"],
    ["rooms.publish"],
    ["rooms.services"],
    ["rooms.when"],
    ["rooms.forms", "rooms.looking", "rooms.inviting", "rooms.context", "rooms.mail"],
    [
        "rooms.views",
        "rooms.consumers",
        "rooms.tasks",
        "rooms.receivers",
        "rooms.own_data",
        "rooms.management",
        "rooms.demo",
    ],
    ["rooms.urls", "rooms.routing"],
]
# What an app may import of the others: accounts <- rooms <- {recordings, moderation} <- config.
MAY_IMPORT = {
    "accounts": {"accounts"},
    "rooms": {"accounts", "rooms"},
    "recordings": {"accounts", "rooms", "recordings"},
    "moderation": {"accounts", "rooms", "moderation"},
    "config": set(APPS),
}
# The supervisor's own command reaches up to config, which is where starting everything lives.
COMPOSERS = {"rooms.management.commands.up"}


def sources(*folders: str, suffix: str = ".py") -> list[Path]:
    found = [path for folder in folders for path in sorted((ROOT / folder).rglob(f"*{suffix}"))]
    return [path for path in found if "migrations" not in path.parts and "vendor" not in path.parts]


def module(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def imports(path: Path) -> set[str]:
    """Dotted names imported by a file, `from a import b` as both `a` and `a.b`."""
    names = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative imports hide the direction"
            names.add(node.module)
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def within(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")


def layer(name: str) -> int | None:
    for height, row in enumerate(LAYERS):
        if any(within(name, package) for package in row):
            return height
    return None


@pytest.mark.parametrize("app", MAY_IMPORT)
def test_apps_import_in_one_direction(app):
    forbidden = set(APPS) - MAY_IMPORT[app]
    for path in sources(app):
        if module(path) in COMPOSERS:
            continue
        bad = {name for name in imports(path) if name.split(".")[0] in forbidden}
        assert not bad, f"{module(path)} imports {bad}"


def test_modules_of_rooms_import_only_what_lies_below_them():
    for path in sources("rooms"):
        own = layer(module(path))
        if own is None:
            continue
        for name in imports(path):
            other = layer(name)
            assert other is None or other <= own, f"{module(path)} imports {name}, which lies above it"


def test_every_module_of_rooms_has_a_layer():
    known = {"rooms", "rooms.apps", "rooms.admin", "rooms.relay"}
    for path in sources("rooms"):
        name = module(path)
        assert layer(name) is not None or name in known or within(name, "rooms.relay"), f"{name} has no layer"


def test_the_relay_never_sees_models_or_views():
    for path in sources("rooms/relay"):
        bad = {n for n in imports(path) if within(n, "rooms") and not within(n, "rooms.relay") and n != "rooms"}
        bad -= {"rooms.redis"}
        assert not bad, f"{module(path)} imports {bad}"


def test_web_code_never_imports_aiortc():
    """Sound lives in the relay, and in the little client that demo, tests and benchmark share."""
    for path in sources("config", "accounts", "rooms", "recordings", "moderation"):
        name = module(path)
        if within(name, "rooms.demo") or name == "rooms.management.commands.runrelay":
            continue
        if within(name, "rooms.relay") and name not in ("rooms.relay.protocol", "rooms.relay.client"):
            continue
        libraries = {"aiortc", "aioice", "av", "pylibsrtp"}
        if within(name, "recordings.mixdown"):
            # A program of its own that encodes replays; web code starts it, and never loads it.
            libraries -= {"av"}
        bad = {n for n in imports(path) if n.split(".")[0] in libraries}
        assert not bad, f"{name} imports {bad}"


def test_the_mixdown_is_a_program_of_its_own():
    """It knows files and sound and nothing else, and nobody imports it."""
    for path in sources(*APPS):
        inside = within(module(path), "recordings.mixdown")
        bad = {n for n in imports(path) if within(n, "recordings.mixdown")} if not inside else set()
        known = ("recordings.mixdown", "rooms.relay.ogg", "rooms.relay.opus", "rooms.relay.levels")
        if inside:
            ours = {n for n in imports(path) if n.split(".")[0] in {*APPS, "django", "celery"}}
            bad = {n for n in ours if not any(within(n, each) for each in known)}
            bad -= {"rooms.relay", "recordings"}
        assert not bad, f"{module(path)} imports {bad}"


def test_only_services_publish_and_only_publish_sends_to_groups():
    for path in sources("accounts", "rooms", "recordings", "moderation"):
        name = module(path)
        for app in ("accounts", "rooms"):
            if f"{app}.publish" in imports(path):
                assert within(name, f"{app}.services"), f"{name} imports {app}.publish"
        if "accounts.groups" in imports(path):
            assert name.endswith(".publish"), f"{name} imports accounts.groups"
        if name != "accounts.groups":
            assert "group_send" not in path.read_text(), f"{name} sends to a group"


def test_rules_know_no_orm_no_request_and_no_clock():
    known = ("rooms.roles", "rooms.refusals", "rooms.languages", "accounts.validators")
    # The types of moments and words, not their present.
    known += ("datetime", "collections.abc", "unicodedata")
    for name in ("rules", "doors", "wording", "refusals"):
        path = ROOT / f"rooms/{name}.py"
        assert {n for n in imports(path) if not any(within(n, each) for each in known)} == set()
        assert "now()" not in path.read_text()


def test_rules_of_accounts_import_nothing():
    assert imports(ROOT / "accounts/rules.py") == set()


def test_imports_stand_at_the_top():
    """An import inside a function hides a circle. manage.py's own kind of late import is asgi's and the settings'."""
    for path in sources("accounts", "rooms", "recordings", "moderation"):
        for function in ast.walk(tree(path)):
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                late = [n for n in ast.walk(function) if isinstance(n, ast.Import | ast.ImportFrom)]
                assert not late, f"{module(path)}.{function.name} imports inside a function"


def test_html_comes_from_templates_only():
    markup = re.compile(r"</?[a-z]+[\s>/]")
    for path in sources("accounts", "rooms", "recordings", "moderation"):
        text = path.read_text()
        assert "mark_safe" not in text and "format_html" not in text, f"{module(path)} builds HTML"
        docstrings = {id(n.value) for n in ast.walk(tree(path)) if isinstance(n, ast.Expr)}
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
                assert not markup.search(node.value), f"{module(path)}: HTML in a string: {node.value[:40]}"
    for path in sources("templates", suffix=".html"):
        assert not re.search(r"\|\s*safe\b|autoescape off", path.read_text()), f"{path.name} switches escaping off"


def test_pages_have_no_inline_script_or_style():
    for path in sources("templates", suffix=".html"):
        text = path.read_text()
        assert not re.search(r"\sstyle=|\son[a-z]+=|javascript:", text), f"{path.name} is refused by the CSP"
        assert not re.search(r"<script(?![^>]*\ssrc=)[^>]*>", text), f"{path.name} has an inline script"


def test_no_file_is_too_long_to_read():
    files = sources(*APPS, "tests")
    for suffix in (".html", ".css", ".js"):
        files += sources("templates", "static", suffix=suffix)
    for path in files:
        lines = len(path.read_text().splitlines())
        assert lines <= LONGEST_FILE, f"{path.relative_to(ROOT)} has {lines} lines: split it by behaviour"
