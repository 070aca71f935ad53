"""Learning from rows with an answer: which are held out, how it goes on, how sure its figures are, where it is kept."""
