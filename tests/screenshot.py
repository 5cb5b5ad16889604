"""Makes the README's picture from a demo of its own: `make screenshot`. Writes static/img/screenshot.png."""

import shutil

from playwright.sync_api import sync_playwright

from tests.lanes import BROWSERS
from tests.setup.installation import HOME, installed

PICTURE = HOME / "static" / "img" / "screenshot.png"
WIDTH, HEIGHT = 1280, 1020


def main() -> None:
    with installed("--demo") as installation:
        _photograph(installation.until_ready())


def _photograph(url: str) -> None:
    program = next(filter(None, map(shutil.which, BROWSERS)))
    arguments = ["--no-sandbox", "--autoplay-policy=no-user-gesture-required"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=arguments)
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="light")
        page.goto(f"{url}/account/login/")
        page.fill("input[name=login]", "listener")
        page.fill("input[name=password]", "openfloor-demo")
        page.press("input[name=password]", "Enter")
        page.wait_for_url(f"{url}/")
        page.goto(f"{url}/spaces/demo/")
        page.get_by_role("button", name="Listen").click()
        page.wait_for_selector(".speaking")
        page.screenshot(path=PICTURE)
        browser.close()


if __name__ == "__main__":
    PICTURE.parent.mkdir(exist_ok=True)
    main()
