"""Column generation: rosters mixed by a linear programme, then chosen whole."""

from solver.columns.solve import solve_by_columns

__all__ = ["solve_by_columns"]
