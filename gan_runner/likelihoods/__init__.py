"""How likely an image is by what a decoder gives: one file = one likelihood."""
