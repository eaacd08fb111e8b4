"""gan_runner in Python and notebooks: what the commands do, by calls."""
