"""One file = one command. Nothing here imports torch before its command runs."""
