"""Revisions of the database, run by `scheduler.store.upgrade`."""
