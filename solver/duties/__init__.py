"""After the shifts: breaks where cover suffers least, and each agent's time split over queues."""

from solver.duties.plan import plan_duties

__all__ = ["plan_duties"]
