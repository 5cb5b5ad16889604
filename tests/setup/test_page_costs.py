"""What every page would pay for anew, and does not."""

import subprocess
import sys

from django.template import Context, Template


def test_what_the_server_has_loaded_is_not_looked_through_again():
    program = "import config.asgi, gc; print(gc.get_freeze_count(), len(gc.get_objects()))"
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    left_out, looked_at = map(int, said.split())
    assert left_out > 10 * looked_at


def test_an_icon_is_drawn_as_its_tag_says_each_time():
    icon = "{% lucide 'mic' aria_hidden='true' %}"
    drawn = Template(icon + "{% lucide 'mic' class='big' %}" + icon).render(Context())
    first, second, third = drawn.split("</svg>")[:3]
    assert first == third and 'aria-hidden="true"' in first
    assert 'class="big"' in second and "aria-hidden" not in second
