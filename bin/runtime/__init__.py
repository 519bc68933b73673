"""What `bin/up` and `bin/test` run: embedded servers, and one supervisor over every process."""
