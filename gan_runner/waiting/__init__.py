"""What is shown while something takes its time: a bar on a terminal, plain lines elsewhere."""
