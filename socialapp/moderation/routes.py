"""How addresses of moderation's pages are written."""


class NoticeToken:
    """The signed id of a notice (`notices.address_of`)."""

    regex = r"[0-9]{1,19}\.[\w-]{20,60}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value
