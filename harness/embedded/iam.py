"""Evaluates what a role may do, from the policies that were applied to it, as AWS does."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from moto.backends import get_backend
from moto.iam.exceptions import NotFoundException
from moto.iam.models import ManagedPolicy, Role, iam_backends
from moto.s3.models import s3_backends

from harness.embedded.clock import CLOCK
from harness.embedded.permissions import Need
from harness.embedded.policy import Effect, Request, evaluate


class AccessDenied(Exception):  # noqa: N818 - named as AWS names it
    """The role may not do it; the message is worded as AWS words it."""


USED: set[tuple[str, str, str]] = set()  # (role ARN, action, resource) of every allowed call


def authorize(role_arn: str, needs: Sequence[Need]) -> None:
    """Check that the role may do all of `needs` and record that it did. Raises AccessDenied."""
    role = _role(role_arn)
    account = role_arn.split(":")[4]
    for need in needs:
        for resource in need.resources:
            context = {
                "aws:PrincipalArn": role_arn,
                "aws:PrincipalAccount": account,
                **_circumstances(resource, account),
                **need.conditions,
            }
            _check(role, Request(need.action, resource, context))
    USED.update((role_arn, need.action, resource) for need in needs for resource in need.resources)


def assume(role_arn: str, service: str, source_arn: str) -> None:
    """Check that `service` may assume the role on behalf of the resource `source_arn`. Raises AccessDenied.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
    """
    account = source_arn.split(":")[4]
    context = {"aws:SourceArn": source_arn, "aws:SourceAccount": account, **_circumstances(role_arn, account)}
    # A trust policy may name a service of one region only.
    regional = service.replace(".", f".{source_arn.split(':')[3]}.", 1)
    try:
        trust = _role(role_arn).assume_role_policy_document
        requests = [Request("sts:AssumeRole", role_arn, context, ("Service", name)) for name in (service, regional)]
        effects = {evaluate([trust], request) for request in requests}
    except AccessDenied:
        effects = set()
    if Effect.ALLOW not in effects or Effect.DENY in effects:
        raise AccessDenied(f"Neither the service principal {service} nor {source_arn} may assume the role {role_arn}.")


def _circumstances(resource: str, account: str) -> dict[str, str]:
    """Return the condition keys that each request carries: when it is made, how, and whose resource it is for.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
    """
    now = CLOCK.now()
    return {
        "aws:CurrentTime": datetime.fromtimestamp(now, UTC).isoformat(),
        "aws:EpochTime": str(int(now)),
        "aws:ResourceAccount": _owner(resource) or account,
        "aws:SecureTransport": "true",  # on AWS, whatever leads here
    }


def key_lets(key_arn: str, service: str, action: str, context: Mapping[str, str]) -> bool:
    """Return whether a key's policy lets a service, by its principal's name, use the key in its own name."""
    try:
        return evaluate([_key_policy(key_arn)], Request(action, key_arn, context, ("Service", service))) is Effect.ALLOW
    except (KeyError, ValueError):  # no such key, or no ARN of one
        return False


def _owner(resource: str) -> str | None:
    """Return the account of a resource, None where no ARN names one and it is no bucket that exists."""
    if not resource.startswith("arn:"):
        return None
    *_, account, name = resource.split(":", 5)
    return account or s3_backends.bucket_accounts.get(name.partition("/")[0], (None, None))[1]


def _check(role: Role, request: Request) -> None:
    effect = evaluate(_identity_policies(role), request)
    boundary = _boundary(role)
    if effect is not Effect.DENY and boundary is not None:
        limit = evaluate([boundary], request)
        if limit is not Effect.ALLOW:
            raise _denied(role, request, "permissions boundary", limit)
    if request.action.startswith("kms:"):
        effect = _with_key_policy(effect, replace(request, principal=("AWS", role.arn)))
    if effect is not Effect.ALLOW:
        raise _denied(role, request, "identity-based policy", effect)


def _with_key_policy(effect: Effect, request: Request) -> Effect:
    """Combine with the key's own policy, without which no policy of a role counts.

    https://docs.aws.amazon.com/kms/latest/developerguide/policy-evaluation.html
    """
    _, partition, _, _, account, _ = request.resource.split(":")
    policy = [_key_policy(request.resource)]
    root = ("AWS", f"arn:{partition}:iam::{account}:root")
    to_role = evaluate(policy, request)
    to_account = evaluate(policy, replace(request, principal=root))
    if Effect.DENY in {effect, to_role, to_account}:
        return Effect.DENY
    if Effect.ALLOW in {to_role, to_account}:
        return Effect.ALLOW if to_role is Effect.ALLOW else effect
    return Effect.NONE


def _key_policy(key_arn: str) -> str:
    _, _, _, region, account, name = key_arn.split(":")
    return get_backend("kms")[account][region].keys[name.removeprefix("key/")].policy


def _denied(role: Role, request: Request, policy: str, effect: Effect) -> AccessDenied:
    """Word the refusal as AWS does.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
    """
    why = (
        f"with an explicit deny in {'an' if policy[0] == 'i' else 'a'} {policy}"
        if effect is Effect.DENY
        else f"because no {policy} allows the {request.action} action"
    )
    user = f"arn:{role.partition}:sts::{role.account_id}:assumed-role/{role.name}/embedded"
    return AccessDenied(
        f"User: {user} is not authorized to perform: {request.action} on resource: {request.resource} {why}"
    )


def _identity_policies(role: Role) -> Iterable[str]:
    yield from list(role.policies.values())
    for policy in list(role.managed_policies.values()):
        yield _document(policy)


def _boundary(role: Role) -> str | None:
    if not role.permissions_boundary_arn:
        return None
    return _document(iam_backends[role.account_id][role.partition].managed_policies[role.permissions_boundary_arn])


def _document(policy: ManagedPolicy) -> str:
    return next(version.document for version in policy.versions if version.is_default)


def _role(role_arn: str) -> Role:
    _, partition, _, _, account, _ = role_arn.split(":", 5)
    try:
        return iam_backends[account][partition].get_role_by_arn(role_arn)
    except NotFoundException:
        raise AccessDenied(f"The role {role_arn} does not exist.") from None
