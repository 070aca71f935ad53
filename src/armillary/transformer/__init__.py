"""Points -> points -> scores: one transformer, told apart by facts. `config` and `weights` need no torch."""
