"""Who somebody is, and what that somebody may do: logic only, records are kept by the store."""
