"""Policy tags of features, and whether a profile answers them."""

from __future__ import annotations

from rigs.profile import WORDS, Profile, Value

NO: tuple[Value, ...] = (False, None, "none", "never")


def _values() -> frozenset[str]:
    choices = [(word, value) for word, entry in WORDS.items() for value in entry.choices]
    named = {choice for choice in choices if not isinstance(choice[1], bool)}
    switched_off = {(word, "no") for word, entry in WORDS.items() if False in entry.choices}
    return frozenset(f"{word}.{value}" for word, value in named | switched_off)


POLICIES = frozenset(WORDS) | _values()
"""`told_by`: declared, not none or never; `takes_jobs.describe`: declared with this value; `.no`: declared as not."""


def unanswered(tag: str, profile: Profile) -> str:
    """Why the profile does not answer the policy tag, in the device engineer's words; "" when it does."""
    word, _, wanted = tag.partition(".")
    value = profile[word]
    if value is None:
        return f"not declared: {word} (profile: {WORDS[word].meaning})"
    if wanted and _said(value) != wanted:
        return f"profile: {word} is {_said(value)}, this is about {wanted}"
    if not wanted and value in NO:
        return f"profile: {word} is {_said(value)}"
    return ""


def _said(value: Value) -> str:
    return {True: "yes", False: "no"}.get(value, str(value)) if isinstance(value, bool) else str(value)
