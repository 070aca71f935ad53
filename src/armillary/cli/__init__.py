"""THE COMMAND LINE: one file a family of commands; answers as tables or JSON."""
