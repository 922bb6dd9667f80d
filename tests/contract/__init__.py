"""Whether the service keeps to its own description."""
