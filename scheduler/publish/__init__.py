"""What leaves the house: calendars for agents, tables for spreadsheets."""
