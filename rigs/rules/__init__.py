"""The protocol rules I1–I14 that judge every packet of every run."""
