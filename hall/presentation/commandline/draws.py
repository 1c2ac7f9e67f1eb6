"""Recomputing draws (摇号): needs no settings and no database, only the public record."""

import argparse

from hall.services.appointments import lots


def verify(options: argparse.Namespace) -> int:
    """0 when the draw was made as promised, 1 when not."""
    return lots.main([options.file, *filter(None, [options.commitment])])
