"""命令行 (§7.1): the command `hall`: run, set up, import, look after. Owns nothing; it calls the same commands as the pages."""

from hall.presentation.commandline.parser import main

__all__ = ["main"]
