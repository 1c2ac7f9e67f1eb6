"""The registers and what they answer, for the modules above: they know no ports."""

from hall.integration.ports.lookup import Match, Register

__all__ = ["Match", "Register"]
