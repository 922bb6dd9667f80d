"""Prices: each agent's exactly best roster for given slot values, and the bound they prove."""
