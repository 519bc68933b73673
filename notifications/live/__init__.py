"""Live streams: pages and programs learn what happened without asking (Server-Sent Events, WHATWG HTML 9.2).

A process of its own, raw ASGI: `config.live`. Redis only wakes it; it reads PostgreSQL, for everybody concerned at
once, in one thread with one connection. It also looks at the rows every few seconds, which makes up for lost wake-ups;
so a stream converges to the inbox whatever dies.

`slow_request_guard` lets requests in · `app` answers them · `hub` has all streams · `stream` is one of them ·
`subscriber` listens to Redis · `updates` and `auth` read the database · `inbox.cursor` is a place in the news
"""
