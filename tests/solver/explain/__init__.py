"""Tests of reasons, fixes and conflicts."""
