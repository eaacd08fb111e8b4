"""What a set of images holds, before anything is trained: what gan-data tells, draws, suggests and packs."""
