"""Public data sets from the web: whole and with the right checksum, or not at all."""
