"""The whole problem, or one agent of it, as a CP-SAT model that is exact to the cent."""
