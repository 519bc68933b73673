"""What the commands run: bin/up and bin/test (runtime), fakes of the services outside, and the demo."""
