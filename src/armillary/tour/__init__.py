"""THE TOUR: what the explainers show, as facts that are computed then and there; `cli.tour` tells them."""
