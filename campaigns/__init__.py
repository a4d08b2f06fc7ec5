"""Campaigns: attacks and accidents in large numbers, from a seed, with figures of what was lost."""
