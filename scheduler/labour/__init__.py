"""Working-time rules. Today: the company's default policy; law packs extend this package."""

from scheduler.labour.policy import DEFAULT_POLICY, LabourPolicy

__all__ = ["DEFAULT_POLICY", "LabourPolicy"]
