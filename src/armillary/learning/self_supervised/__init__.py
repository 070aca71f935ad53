"""What the learnings from a text alone share, whose answers stand in the text: gpt and bert."""
