"""Tricks against collapse and instability: one file each; every moment of the game they may touch is in base.py."""
