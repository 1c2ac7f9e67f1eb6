"""Taking in the catalogue's files: read, check row by row, store what is new. The door is `commands.import_catalogue`."""
