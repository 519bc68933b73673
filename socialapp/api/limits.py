"""A limit that was exceeded, as a problem."""

from rest_framework.exceptions import APIException


class Exceeded(APIException):
    """See LimitExceeded in socialapp.limits.operations. The middleware RateLimits adds the headers.

    A problem type of draft-ietf-httpapi-ratelimit-headers-11.
    """

    status_code = 429
    type = "https://iana.org/assignments/http-problem-types#quota-exceeded"

    def __init__(self, detail: str, kind: str) -> None:
        super().__init__(detail)
        self.kind = kind
