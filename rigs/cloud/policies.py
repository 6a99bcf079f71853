"""AWS IoT Core policy documents: read, and asked whether they allow something. Pure.

Sources, pages below https://docs.aws.amazon.com/iot/latest/developerguide/: iot-policies, iot-policy-actions,
iot-action-resources, iot-policy-variables, basic-policy-variables, thing-policy-variables, cert-policy-variables,
pub-sub-policy (wildcards), certificate-policy-examples, connect-policy, thing-policy-examples, iot-data-plane-jobs.
Where they are silent, the grammar of IAM's policies, whose conventions they follow (iot-policies):
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

# What is known of whoever asks: values by the names of policy variables and condition keys.
Context: TypeAlias = Mapping[str, tuple[str, ...]]
Effect = Literal["Allow", "Deny"]

WITH_VARIABLES = "2012-10-17"
VERSIONS = (WITH_VARIABLES, "2008-10-17")
DOCUMENT = ("Version", "Id", "Statement")
STATEMENT = ("Sid", "Effect", "Action", "Resource", "Condition")
# The attributes of a certificate's subject and issuer (cert-policy-variables).
ATTRIBUTES = (
    "DistinguishedNameQualifier",
    "Country",
    "Organization",
    "OrganizationalUnit",
    "State",
    "CommonName",
    "SerialNumber",
    "Title",
    "Surname",
    "GivenName",
    "Initials",
    "Pseudonym",
    "GenerationQualifier",
)
# Condition keys and variables, as a person reads them and as a pattern; iot:JobId is a key of the HTTPS data plane
# (https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsiotjobsdataplane.html).
KEYS: Mapping[str, str] = {
    "iot:ClientId": "iot:ClientId",
    "iot:CertificateId": "iot:CertificateId",
    "iot:ConnectAttributes": "iot:ConnectAttributes",
    "iot:JobId": "iot:JobId",
    "iot:Connection.Thing.ThingName": r"iot:Connection\.Thing\.ThingName",
    "iot:Connection.Thing.ThingTypeName": r"iot:Connection\.Thing\.ThingTypeName",
    "iot:Connection.Thing.IsAttached": r"iot:Connection\.Thing\.IsAttached",
    "iot:Connection.Thing.Attributes[name]": r"iot:Connection\.Thing\.Attributes\[[^\]]+\]",
    "iot:Certificate.SerialNumber": r"iot:Certificate\.SerialNumber",
    "iot:Certificate.Subject|Issuer.attribute": (
        rf"iot:Certificate\.(Subject|Issuer)\.({'|'.join(ATTRIBUTES)})(\.\d+|\.List)?"
    ),
}
_KNOWN = re.compile("|".join(KEYS.values()))
_SIGNS = re.compile(r"\$\{([^}]*)\}|([*?])")
_ACTION = re.compile(r"\*|[a-z*?-]+:[A-Za-z*?]+", re.IGNORECASE)


class MalformedPolicy(ValueError):
    """The text is no policy document, or one that the local cloud cannot judge; says where and why."""

    def __init__(self, place: str, wrong: str) -> None:
        super().__init__(f"Policy document is Malformed: {place}: {wrong}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """A text with `*`, `?` and, unless `literal`, variables as `${iot:ClientId}`; `+` and `#` mean themselves.

    A variable without a value stays as its own text, so that it matches nothing real (cert-policy-variables).
    """

    text: str
    literal: bool = False

    def matches(self, value: str, context: Context) -> bool:
        """Whether the whole value is of this pattern."""
        return re.fullmatch(self._regex(context), value, re.DOTALL) is not None

    def plain(self, context: Context) -> str:
        """The text with its variables filled in; wildcards are ordinary characters."""
        return _SIGNS.sub(lambda sign: self._value(sign, context) if sign[1] else sign[0], self.text)

    def _regex(self, context: Context) -> str:
        found, end = [], 0
        for sign in _SIGNS.finditer(self.text):
            found.append(re.escape(self.text[end : sign.start()]))
            found.append({"*": ".*", "?": "."}.get(sign[0]) or re.escape(self._value(sign, context)))
            end = sign.end()
        return "".join([*found, re.escape(self.text[end:])])

    def _value(self, sign: re.Match[str], context: Context) -> str:
        if self.literal:
            return sign[0]
        return sign[1] if sign[1] in ("*", "?", "$") else next(iter(context.get(sign[1], ())), sign[0])


Test: TypeAlias = Callable[[Pattern, str, Context], bool]


def _same(wanted: Pattern, value: str, context: Context) -> bool:
    return wanted.plain(context) == value


def _alike(wanted: Pattern, value: str, context: Context) -> bool:
    return wanted.matches(value, context)


def _folded(wanted: Pattern, value: str, context: Context) -> bool:
    return wanted.plain(context).casefold() == value.casefold()


# The test of one value, and whether the operator asks for its opposite.
OPERATORS: Mapping[str, tuple[Test, bool]] = {
    "StringEquals": (_same, False),
    "StringNotEquals": (_same, True),
    "StringEqualsIgnoreCase": (_folded, False),
    "StringNotEqualsIgnoreCase": (_folded, True),
    "StringLike": (_alike, False),
    "StringNotLike": (_alike, True),
    "Bool": (_folded, False),
}
# How many values of a key must pass: a key without values passes "all" and fails "any".
QUALIFIERS: Mapping[str, Callable[[Iterable[bool]], bool]] = {"ForAllValues": all, "ForAnyValue": any}


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One key of a Condition block; several wanted values are alternatives, for an operator with Not none may fit."""

    operator: str
    qualifier: str | None
    key: str
    wanted: tuple[Pattern, ...]

    def holds(self, context: Context) -> bool:
        """Whether the key's values pass; a key that has none passes only an operator with Not."""
        test, opposite = OPERATORS[self.operator]
        values = context.get(self.key, ())
        passed = [any(test(one, value, context) for one in self.wanted) is not opposite for value in values]
        if self.qualifier is None:
            return all(passed) if passed else opposite
        return QUALIFIERS[self.qualifier](passed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """Actions on resources that are allowed or denied, if all conditions hold."""

    effect: Effect
    actions: tuple[Pattern, ...]
    resources: tuple[Pattern, ...]
    conditions: tuple[Condition, ...] = ()

    def applies(self, action: str, resource: str, context: Context) -> bool:
        """Actions are compared without regard to case, resources with."""
        return (
            any(one.matches(action.lower(), context) for one in self.actions)
            and any(one.matches(resource, context) for one in self.resources)
            and all(one.holds(context) for one in self.conditions)
        )


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Policy:
    """A document's statements."""

    statements: tuple[Statement, ...]

    def __repr__(self) -> str:
        return f"<Policy {' '.join(one.effect for one in self.statements)}>"


def allowed(policies: Iterable[Policy], action: str, resource: str, context: Context) -> bool:
    """Whether some statement allows it and none denies it; what no statement names is not allowed.

    `resource` is what follows the account in an ARN: `topic/a/b`, `topicfilter/a/+`, `client/name`, `thing/name`.
    """
    effects = {one.effect for policy in policies for one in policy.statements if one.applies(action, resource, context)}
    return effects == {"Allow"}


def parse(text: str) -> Policy:
    """Read a document; raises MalformedPolicy for what AWS refuses and for conditions that are not played here."""
    try:
        document = json.loads(text)
    except ValueError as wrong:
        raise MalformedPolicy("document", f"it must be JSON: {wrong}") from wrong
    _members(document, DOCUMENT, "document")
    version = document.get("Version", VERSIONS[-1])
    if version not in VERSIONS:
        raise MalformedPolicy("Version", f"it must be {' or '.join(VERSIONS)}, not {version!r}")
    found = document.get("Statement")
    statements = found if isinstance(found, list) else [found]
    if not statements:
        raise MalformedPolicy("Statement", "there must be one")
    # A document of the older version, or without one, has no variables (IAM, "Policy elements: Version").
    literal = version != WITH_VARIABLES
    return Policy(statements=tuple(_statement(one, f"Statement[{n}]", literal) for n, one in enumerate(statements)))


def _statement(found: Any, place: str, literal: bool) -> Statement:
    _members(found, STATEMENT, place)
    effect = found.get("Effect")
    if effect not in ("Allow", "Deny"):
        raise MalformedPolicy(f"{place}.Effect", f"it must be Allow or Deny, not {effect!r}")
    actions = _texts(found.get("Action"), f"{place}.Action")
    for action in actions:
        if not _ACTION.fullmatch(action):
            raise MalformedPolicy(f"{place}.Action", f"{action!r} is no action like iot:Publish or iot:*")
    resources = _texts(found.get("Resource"), f"{place}.Resource")
    return Statement(
        effect=effect,
        actions=tuple(Pattern(text=action.lower(), literal=True) for action in actions),
        resources=tuple(
            _pattern(_named(text, f"{place}.Resource"), f"{place}.Resource", literal) for text in resources
        ),
        conditions=_conditions(found.get("Condition", {}), f"{place}.Condition", literal),
    )


def _conditions(found: Any, place: str, literal: bool) -> tuple[Condition, ...]:
    blocks = [(operator, key, wanted) for operator, keys in _mapping(found, place) for key, wanted in keys]
    return tuple(_condition(*block, f"{place}.{block[0]}", literal) for block in blocks)


def _mapping(found: Any, place: str) -> list[tuple[str, Iterable[tuple[str, Any]]]]:
    if not isinstance(found, dict) or not all(isinstance(keys, dict) for keys in found.values()):
        raise MalformedPolicy(place, f"it must hold operators with keys and values, not {found!r}")
    return [(operator, keys.items()) for operator, keys in found.items()]


def _condition(written: str, key: str, wanted: Any, place: str, literal: bool) -> Condition:
    qualifier, _, operator = written.rpartition(":")
    if operator not in OPERATORS or (qualifier and qualifier not in QUALIFIERS):
        known = f"{', '.join(OPERATORS)}, each also with {': or '.join(QUALIFIERS)}:"
        raise MalformedPolicy(place, f"the local cloud does not play this operator; it plays {known}")
    _known(key, place)
    values = [str(one).lower() if isinstance(one, bool) else one for one in _listed(wanted)]
    patterns = tuple(_pattern(text, f"{place}.{key}", literal) for text in _texts(values, f"{place}.{key}", least=0))
    return Condition(operator=operator, qualifier=qualifier or None, key=key, wanted=patterns)


def _pattern(text: str, place: str, literal: bool) -> Pattern:
    for sign in _SIGNS.finditer("" if literal else text):
        if sign[1] and sign[1] not in ("*", "?", "$"):
            _known(sign[1], place)
    return Pattern(text=text, literal=literal)


def _known(name: str, place: str) -> None:
    if not _KNOWN.fullmatch(name):
        raise MalformedPolicy(place, f"the local cloud does not know {name}; it knows {', '.join(KEYS)}")


def _named(arn: str, place: str) -> str:
    """What an ARN names behind its account; partition, region and account are not looked at.

    A `*` stays within its part of the ARN, but one at the end stands for all parts that follow (IAM, "Resource").
    """
    parts = arn.split(":", 5)
    whole = len(parts) == 6 or parts[-1].endswith("*")
    if not whole or any(
        Pattern(text=part).matches(own, {}) is False for part, own in zip(parts, ("arn",), strict=False)
    ):
        raise MalformedPolicy(place, f"The following resources are invalid : {arn}")
    if len(parts) > 2 and not Pattern(text=parts[2]).matches("iot", {}):
        return ""  # another service's resource
    return parts[5] if len(parts) == 6 else "*"


def _members(found: Any, known: tuple[str, ...], place: str) -> None:
    if not isinstance(found, dict):
        raise MalformedPolicy(place, f"it must be an object with {', '.join(known)}, not {found!r}")
    for name in found:
        if name not in known:
            raise MalformedPolicy(place, f"there is no {name}; known: {', '.join(known)}")


def _texts(found: Any, place: str, least: int = 1) -> list[str]:
    texts = _listed(found)
    if len(texts) < least or not all(isinstance(one, str) for one in texts):
        raise MalformedPolicy(place, f"it must be a text or a list of texts, not {found!r}")
    return texts


def _listed(found: Any) -> list[Any]:
    return found if isinstance(found, list) else [found]
