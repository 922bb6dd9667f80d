"""The command line: reads arguments, calls one use case, draws the answer."""
