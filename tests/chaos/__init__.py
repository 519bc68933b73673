"""`bin/chaos`: the product as `bin/up` starts it, under faults from a seed; and what is held against it at the end."""
