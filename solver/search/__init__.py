"""Search: a first roster, agents re-made one at a time, prices and rounding."""
