"""Measured problems: public shift-scheduling instances and generated follow-the-sun problems."""
