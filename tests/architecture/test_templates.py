"""Templates that a person can read."""

from config.env import CHECKOUT
from tests.architecture.test_boundaries import templates


def test_the_button_of_what_is_on_or_off_is_written_once() -> None:
    written = [path.relative_to(CHECKOUT) for path in templates() if "data-off=" in path.read_text()]
    names = {"/".join(path.parts[-2:]) for path in written}
    assert names == {
        "web/toggle.html",
        "notifications/entry.html",  # marks all of an entry, which it stands in and replaces
        "notifications/endpoints.html",  # what push.js says when push is off
    }
