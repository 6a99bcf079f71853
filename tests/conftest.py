"""Profiles of Hypothesis: `--hypothesis-profile long` looks twenty times as long as the default."""

from hypothesis import settings

settings.register_profile("long", max_examples=2000, deadline=None)
