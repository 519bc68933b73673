"""Who the demo people are and what they say. Data only."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Role:
    """One demo person."""

    username: str
    name: str
    bio: str


@dataclass(frozen=True)
class Scene:
    """A post, `hours_ago`, and what the others did to it.

    Comments are (author, body, number of the one replied to), pictures (file in `pictures`, what it shows).
    """

    author: str
    hours_ago: float
    body: str
    likes: tuple[str, ...] = ()
    shares: tuple[str, ...] = ()
    comments: tuple[tuple[str, str, int | None], ...] = ()
    saved: tuple[str, ...] = ()
    pictures: tuple[tuple[str, str], ...] = ()


ROLES = [
    Role("ada", "Ada Winter", "Numbers, engines, long walks. Writes programs for machines that do not exist yet."),
    Role("bob", "Bob Okafor", "Bread at 4 a.m., bicycle by noon. Bakery on Mill Street."),
    Role("charlie", "Charlie Lindqvist", "Photographs of fog. https://fog.example"),
    Role("dana", "Dana Reyes", "Nurse on nights. Novels on days off."),
    Role("emeka", "Emeka Adeyemi", "Birds of the estuary, counted every Sunday since 2009."),
    Role("fumi", "Fumi Tanaka", "I repair radios. Some of them talk back."),
]

PORTRAITS = {"ada": "rings", "bob": "loaf"}

FOLLOWS = [
    ("ada", "bob"), ("ada", "charlie"), ("ada", "fumi"), ("bob", "ada"), ("bob", "dana"), ("charlie", "ada"),
    ("charlie", "emeka"), ("dana", "bob"), ("dana", "ada"), ("emeka", "charlie"), ("emeka", "fumi"), ("fumi", "ada"),
]  # fmt: skip

SCENES = [
    Scene(
        "emeka", 170, "Sunday count: 412 dunlins, 36 avocets, one very lost flamingo.\n\n"
        "The flamingo has been reported to the flamingo people. #birds #flamingo",
        likes=("ada", "charlie", "dana", "fumi"), shares=("charlie", "ada"), saved=("ada", "dana"),
        comments=(
            ("charlie", "I have a picture of it. It looked embarrassed.", None),
            ("emeka", "They always do.", 0),
            ("dana", "Is it safe?", None),
            ("emeka", "Eating well. The warden looks in twice a day.", 2),
            ("charlie", "@fumi, can one of your radios talk to it?", None),
        ),
        pictures=(
            ("estuary", "The estuary at low tide in evening light: bands of water and mud under an orange sky."),
            ("flamingo", "One tall pink bird among many small grey ones."),
        ),
    ),
    Scene(
        "fumi", 96, "A customer brought a #radio from 1938 that only receives one station. It fell silent in 1961.",
        likes=("ada", "emeka", "bob"), comments=(("ada", "Which frequency? I want to listen for a while.", None),),
    ),
    Scene(
        "dana", 50, "Three quiet nights in a row. Nobody at work dares to say the word.",
        likes=("bob", "ada"), comments=(("bob", "I am bringing buns, not words.", None),),
    ),
    Scene(
        "bob", 27, "Rye is back! The mill finally delivered. Doors open at 6, and it will be gone by 8. #bread #rye",
        likes=("ada", "dana", "charlie"), shares=("dana",),
        comments=(
            ("dana", "Keep one for me, I finish at 7.", None),
            ("bob", "Your name is on it.", 0),
        ),
    ),
    Scene(
        "charlie", 20, "Fog came up the river at five and took the bridge first, then the church, then me. #fog",
        likes=("ada", "emeka", "fumi", "dana", "bob"), shares=("ada",), saved=("ada",),
        pictures=(
            ("fog", "Fog over a wide river at dawn. A bridge and a church tower stand out of it."),
        ),
    ),
    Scene(
        "ada", 5, "The engine now weaves algebraic patterns just as the loom weaves flowers and leaves.\n\n"
        "It also weaves, with equal diligence, my typing errors. Notes: https://notes.example/engine\n\n"
        "With thanks to @fumi, who made it hum. #engines",
        # Not liked by dana: the README asks newcomers to like this one as her.
        likes=("bob", "charlie", "emeka", "fumi"), shares=("fumi",),
        comments=(
            ("charlie", "Can it weave fog?", None),
            ("ada", "Only if you can write down the rule of it.", 0),
            ("fumi", "Mine hums when it is wrong. Very helpful.", None),
        ),
    ),
    Scene(
        "emeka", 3, "No count today: #fog on the estuary, and every bird a rumour. @charlie, @ada, bring a camera.",
        likes=("charlie", "fumi"),
    ),
    Scene("bob", 1.2, "Last three loaves. @dana, one of them is still yours. #bread", likes=("ada",)),
]  # fmt: skip
