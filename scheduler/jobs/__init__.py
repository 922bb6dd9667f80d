"""Durable work: what survives ``kill -9``, and who is alive to do it."""
