"""Asks a real AWS, question by question, what its documents leave open and this module assumes."""
