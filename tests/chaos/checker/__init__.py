"""Holds the product against what its API answered. Shares no code with it.

`ledger` says what must be, may be and must not be, by the record alone. `truth`, `inboxes`, `numbers` and `channels`
hold against it what is stored (`rows`), what people see (`shown`) and what came out of the house (`arrived`).
"""
