"""The sentences of the specification, one file an actor."""
