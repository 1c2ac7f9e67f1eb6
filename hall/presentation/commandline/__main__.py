"""`python -m hall.presentation.commandline` is the command `hall`."""

import sys

from hall.presentation.commandline.parser import main

if __name__ == "__main__":
    sys.exit(main())
