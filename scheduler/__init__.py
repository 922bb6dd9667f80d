"""Heliotrope's business side: people, clocks, law and money; turns planning input into rosters."""
