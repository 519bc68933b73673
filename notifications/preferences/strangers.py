"""What somebody does with notices from strangers."""

from collections.abc import Mapping

from notifications.models import NoticePolicy, Verdict


def policy_of(person_id: int) -> NoticePolicy:
    """The policy of a person, which accepts everything where they chose nothing."""
    return NoticePolicy.objects.filter(person_id=person_id).first() or NoticePolicy(person_id=person_id)


def set_policy(*, person_id: int, changes: Mapping[str, str]) -> NoticePolicy:
    """Change some of a person's policy; the rest stays. One that accepts everything has no row."""
    policy = policy_of(person_id)
    for field in NoticePolicy.FIELDS:
        setattr(policy, field, Verdict(changes.get(field, getattr(policy, field))))
    if all(getattr(policy, field) == Verdict.ACCEPT for field in NoticePolicy.FIELDS):
        NoticePolicy.objects.filter(person_id=person_id).delete()
    else:
        policy.save()
    return policy
