"""The tests. Their checks of types are made quick here: before conftest.py imports anything of armillary."""

from tests.checked import check_quickly

check_quickly()
