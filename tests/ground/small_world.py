"""`python -m tests.ground.small_world`: the shipped catalogue and a demo world with one case or more in every state."""

import argparse

from hall.presentation.commandline.places import database

# The first is four working days old, the others more: later than the fifth day the worker rightly accepts what stayed unanswered.
PLANS = (
    "received",
    *("submitted",) * 3,
    *("pre_review",) * 2,
    *("correction",) * 2,
    "corrected",
    *("accepted",) * 2,
    "reviewing",
    "opinion",
    "special",
    "hearing",
    "extended",
    "extension_asked",
    "decided",
    "printing",
    "delivering",
    *("closed",) * 4,
    "denied",
    "not_accepted",
    "returned",
    "withdrawn",
    "void",
)


def main() -> None:
    """Everything by the product's own preparation; only the number of cases is smaller."""
    with database():
        import django

        django.setup()
        from hall.presentation.commandline import preparing
        from hall.presentation.commandline.demo import world

        world.PLANS = PLANS
        preparing.prepare(argparse.Namespace(demo=True))


if __name__ == "__main__":
    main()
