"""What happened: records, their file, and waiting for facts on them."""
