"""Names that can be taken for those of others are refused, with words that say why."""

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from socialapp.users.lookalikes import check_scripts, is_reserved, skeleton
from socialapp.users.models import Person
from socialapp.users.operations import delete_account, edit_profile
from tests.people import PASSWORD, logged_in, new_person

pytestmark = pytest.mark.django_db


def sign_up(username: str) -> str:
    form = {"username": username, "email": "someone@example.org", "password1": PASSWORD, "password2": PASSWORD}
    return Client().post("/accounts/signup/", form).text


@pytest.mark.parametrize(
    ("theirs", "ours"), [("pau1", "paul"), ("paul", "pau1"), ("b0b", "bob"), ("rnax", "max"), ("vvendy", "wendy")]
)
def test_a_username_that_looks_like_another(theirs: str, ours: str) -> None:
    new_person(ours)
    assert f"This looks like the name of @{ours}" in sign_up(theirs)
    assert Person.objects.count() == 1


@pytest.mark.parametrize(("theirs", "ours"), [("paula", "paul"), ("bob_", "bob"), ("maxi", "max"), ("ali", "all")])
def test_one_that_does_not(theirs: str, ours: str) -> None:
    new_person(ours)
    sign_up(theirs)
    assert Person.objects.count() == 2


@pytest.mark.parametrize("name", ["admin", "Admin", "adm1n", "admln", "_admin_", "r00t", "supp0rt", "webmaster", "api"])
def test_reserved_names(name: str) -> None:
    assert is_reserved(name)
    sign_up(name)
    assert not Person.objects.exists()


@pytest.mark.parametrize("name", ["ada", "administer", "rooted", "apis"])
def test_names_that_are_not_reserved(name: str) -> None:
    assert not is_reserved(name)


def test_names_stay_reserved_after_deletion_and_so_do_those_that_look_like_them() -> None:
    delete_account(person=new_person("pau1"))
    for name in ("pau1", "Paul", "paul"):
        assert "belonged to a deleted account" in sign_up(name)
    assert Person.objects.count() == 1


@pytest.mark.parametrize("name", ["\u0410da", "Ad\u0430 Winter", "P\u03b1ul"])
def test_a_name_that_mixes_scripts_that_look_alike(name: str, ada: Person) -> None:
    with pytest.raises(ValidationError, match="mixes letters"):
        check_scripts(name)
    page = logged_in(ada).post("/settings/", {"name": name, "bio": ""})
    assert page.status_code == 400
    assert "mixes letters of several scripts" in page.text


@pytest.mark.parametrize(
    "name", ["Ada Winter", "Ада Зима", "Ada Зима", "ソニーsony", "Żółć", "Ω 3", "李Li", "👍 Ada", "Jörg-Ünal"]
)
def test_names_of_one_script_a_word(name: str) -> None:
    check_scripts(name)


def test_a_name_that_reads_as_that_of_staff(ada: Person) -> None:
    boss = new_person("boss")
    Person.objects.filter(pk=boss.pk).update(is_staff=True, name="The Boss")
    for name in ("The Boss", "THE B0SS", "@boss", "Admin"):
        with pytest.raises(ValidationError, match="looks like"):
            edit_profile(person=ada, name=name)
    edit_profile(person=ada, name="Ada, no boss")
    boss.refresh_from_db()
    edit_profile(person=boss, name="The Boss")


def test_a_skeleton() -> None:
    assert skeleton("vvarn1ng_0") == "wamlng_o"
