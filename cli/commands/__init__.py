"""The commands of ``helio``, one file a group."""
