"""What a material's files should be like: the department's word where it gave one, else the usual for its kind. Pure."""

from dataclasses import dataclass, fields, replace

from hall.services.catalogue.elements import Standard


@dataclass(frozen=True, slots=True)
class Applied:
    """A standard with every question answered. `least_pixels` counts the short side of a picture."""

    most_pages: int | None
    least_dpi: int
    least_pixels: int
    in_colour: bool
    legible: bool
    no_blank: bool
    has_seal: bool
    in_force: bool
    of_applicant: bool


# Source: domain.md §3.1 (readable: not blank, ≥150 dpi for scans; not expired; name and number equal the applicant's).
USUAL = Applied(
    most_pages=None,
    least_dpi=150,
    least_pixels=600,
    in_colour=False,
    legible=True,
    no_blank=True,
    has_seal=False,
    in_force=False,
    of_applicant=False,
)
BY_KIND: dict[str, Applied] = {
    # A portrait of one inch has 295 by 413 pixels, and no lines of text by which to judge anything.
    "photo": replace(USUAL, least_pixels=295, in_colour=True, legible=False),
    "drawing": replace(USUAL, legible=False, no_blank=False),
    "id": replace(USUAL, in_force=True, of_applicant=True),
    "license": replace(USUAL, in_force=True, of_applicant=True),
    "qualification": replace(USUAL, in_force=True),
}


def applied(kind: str, given: Standard) -> Applied:
    """The standard of a material of this kind, with what its department said."""
    usual = BY_KIND.get(kind, USUAL)
    said = {part.name: value for part in fields(given) if (value := getattr(given, part.name)) is not None}
    return replace(usual, **said)
