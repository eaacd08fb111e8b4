"""What is done with a finished run: one file, one command."""
