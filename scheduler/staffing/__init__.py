"""From contacts to agents: how many are needed on each queue, interval by interval."""
