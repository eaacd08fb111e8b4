"""Adversarial losses: one file each, pure functions of logits."""
