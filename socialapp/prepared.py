"""SQL that a connection plans once, for statements whose planning costs more than their doing."""

import hashlib


class Prepared(str):
    """A statement with %(name)s in it; `types` are PostgreSQL's of each name.

    To any cursor it is the text that it is. One of `config.postgres` prepares it
    at first, and from then on says no more than EXECUTE and the values. One plan
    has to do for all values: it is made without a look at them.
    """

    __slots__ = ("execution", "preparation")

    preparation: str
    execution: str

    def __new__(cls, sql: str, **types: str) -> "Prepared":
        planned = super().__new__(cls, sql)
        # Of one text there is one plan, whoever says it.
        name = f"planned_{hashlib.sha256(sql.encode()).hexdigest()[:16]}"
        numbered = sql % {each: f"${number}" for number, each in enumerate(types, 1)}
        planned.preparation = f"PREPARE {name} ({', '.join(types.values())}) AS {numbered}"
        planned.execution = f"EXECUTE {name} ({', '.join(f'%({each})s' for each in types)})"
        return planned
