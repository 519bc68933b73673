"""What the commands run: bin/up and bin/test (runtime), stand-ins for the outside (fakes), and the demo."""
