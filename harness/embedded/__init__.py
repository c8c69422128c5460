"""An AWS embedded in a local process: moto and what it lacks."""
