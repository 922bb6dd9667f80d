"""Clocks and calendars: zones, the quarter-hour UTC grid, local days, weeks, nights, places."""
