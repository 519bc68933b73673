"""Usernames and names that can be taken for those of others.

Usernames are of a to z, digits and underscores. Two look alike when their skeletons are equal, as in UTS 39, 4, of
which these are the pairs within such letters. Names are of any script. A word that mixes scripts whose letters look
the same is refused, and so is a name that reads as that of somebody who runs the site.
"""

import re

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import F, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Replace
from django.utils.translation import gettext as _

PAIRS = (("rn", "m"), ("vv", "w"), ("0", "o"), ("1", "l"))
# Scripts that share the look of letters.
ALIKE = frozenset({"LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "COPTIC", "CHEROKEE"})
# In a comparison with reserved names, digits that stand for letters count as these letters.
_LEET = str.maketrans("0134578", "oleastb")


def skeleton(username: str) -> str:
    """Return what a username looks like."""
    for pair, single in PAIRS:
        username = username.replace(pair, single)
    return username


def skeleton_in_database() -> Combinable:
    """Return the same of the column `username`; the index `person_skeleton` has it."""
    expression: Combinable = F("username")
    for pair, single in PAIRS:
        expression = Replace(expression, Value(pair), Value(single))
    return expression


def is_reserved(username: str) -> bool:
    """Whether it can be taken for a reserved name (settings.RESERVED_USERNAMES): admin, adm1n, _admin_."""
    return _bare(username) in {_bare(name) for name in settings.RESERVED_USERNAMES}


def check_scripts(name: str) -> None:
    """Refuse a name with a word of letters of several scripts that look alike. Raises ValidationError."""
    from confusable_homoglyphs import categories  # its tables take memory, and most processes check no names

    for word in re.findall(r"[^\W\d_]+", name):
        scripts = {categories.alias(letter) for letter in word} & ALIKE
        if len(scripts) > 1:
            sentence = _("“%(word)s” mixes letters of several scripts that look alike. Write the word in one of them.")
            raise ValidationError({"name": [sentence % {"word": word}]}, code="mixed")


def read_as(name: str) -> str:
    """Return how a name reads: in small Latin letters where it has letters that look like them, and no spaces."""
    return skeleton("".join(_latin(letter) for letter in name.casefold() if letter.isalnum()))


def _latin(letter: str) -> str:
    if letter.isascii():
        return letter
    from confusable_homoglyphs import confusables

    found = confusables.is_confusable(letter, preferred_aliases=[]) or []
    alike = (each["c"].casefold() for one in found for each in one["homoglyphs"])
    return next((each for each in alike if each.isascii() and each.isalnum()), letter)


def _bare(name: str) -> str:
    return name.lower().replace("_", "").translate(_LEET).replace("i", "l")
