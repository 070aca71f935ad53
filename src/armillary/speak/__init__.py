"""SCORES TO THE NEXT WORD: probabilities, and how one of them is drawn."""
