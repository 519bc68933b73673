"""What a browser is called, by what it says of itself."""

import ua_parser
from django.utils.translation import gettext as _

LONGEST_USER_AGENT = 512


def browser_name(user_agent: str) -> str:
    """A name like "Firefox on Linux" or "Firefox iOS on iPhone", for lists of devices and log-ins, and for mails."""
    parsed = ua_parser.parse(user_agent[:LONGEST_USER_AGENT])
    browser = parsed.user_agent.family if parsed.user_agent else _("A browser")
    is_apple = parsed.os is not None and parsed.os.family == "iOS"
    place = parsed.device if is_apple else parsed.os
    return _("%(browser)s on %(system)s") % {"browser": browser, "system": place.family} if place else browser
