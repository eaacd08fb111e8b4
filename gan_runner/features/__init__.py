"""Feature extractors: what metrics see images through. One file each; base.py says what one is."""
