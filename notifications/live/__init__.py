"""Live streams: what happens elsewhere appears by itself (Server-Sent Events, WHATWG HTML 9.2).

A process of its own, raw ASGI: `config.live`. Redis only wakes it; what it tells is
read from PostgreSQL, for all who are concerned at once, in one thread with one
connection. What a lost wake-up would have told is found by looking at the rows
every few seconds; so a stream converges to the inbox whatever dies.

`door` lets requests in · `app` answers them · `hub` knows who listens · `stream` is one of them ·
`radio` hears Redis · `news` and `credentials` read the database · `cursor` is a place in the news
"""
