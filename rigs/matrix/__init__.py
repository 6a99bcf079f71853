"""The proof that the scenarios bite, and that they bite nobody else: bugs by scenarios, habits by scenarios."""
