"""The REST face of Heliotrope."""
