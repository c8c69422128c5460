"""Measurements: how long a plan takes, and what bursts and outages come to, beside what one would do otherwise."""
