"""`bin/bench`: every bench, one table."""

# Dotted paths of classes that are benches (benchmarks.bench.Bench), made without arguments: "benchmarks.rows.drain.Drain".
BENCHES: tuple[str, ...] = ()
