"""Flame graphs show each frame as wide as its share, and nothing of the machine they were made on."""

import re
from collections import Counter

from benchmarks.flames import drawn, of_perf, of_py_spy

PERF = """postgres
\t    55d0 ExecScan+0x1f (/home/ada/pginstall/bin/postgres)
\t    55d1 PostgresMain (/home/ada/pginstall/bin/postgres)

postgres
\t    55d2 XLogFlush (/home/ada/pginstall/bin/postgres)
\t    55d1 PostgresMain (/home/ada/pginstall/bin/postgres)
"""


def test_python_is_named_by_modules_and_not_by_places() -> None:
    place = "/home/ada/site-packages/"
    lines = [
        f'process 7:"/home/python";dispatch ({place}rest_framework/views.py:500);like (reactions/operations.py:8) 3',
        'process 8:"python";dispatch (rest_framework/views.py:500);like (reactions/operations.py:9) 2',
        'process 8:"python" 5',
    ]
    assert of_py_spy(lines) == {("dispatch (rest_framework/views.py)", "like (reactions/operations.py)"): 5}


def test_functions_of_postgresql_stand_on_their_callers() -> None:
    assert of_perf(PERF) == {("PostgresMain", "ExecScan"): 1, ("PostgresMain", "XLogFlush"): 1}


def test_a_frame_is_as_wide_as_its_share_and_the_narrowest_are_left_out() -> None:
    picture = drawn(Counter({("main", "a<b"): 750, ("main", "c"): 249, ("main", "rare"): 1}), "web")
    widths = dict(re.findall(r"<title>(.+?): [^<]*</title><rect [^>]* width=\"([\d.]+)\"", picture))
    assert widths == {"main": "1200.0", "a&lt;b": "900.0", "c": "298.8"}
    assert "a&lt;b: 75.0%" in picture
