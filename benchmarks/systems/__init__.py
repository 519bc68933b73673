"""Each system under test, started and stopped whole: the product as `bin/up` starts it, and the yardsticks."""
