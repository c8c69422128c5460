"""What happened to a run: read from AWS, as a table and as a picture."""
