"""Measurements: how long a plan takes, and the results of bursts and outages, beside those of the alternatives."""
