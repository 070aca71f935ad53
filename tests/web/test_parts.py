"""The parts of the server by themselves: schema, workers, batches, the list of what is open, the address, the pages."""

import asyncio
import json
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from armillary.count import count
from armillary.errors import InputError, NotFound
from armillary.published.configs import read_config
from armillary.shelf import Shelf
from armillary.web import serve
from armillary.web.ahead import begin
from armillary.web.ask import NearQuestion
from armillary.web.batches import Batches
from armillary.web.counting import CountQuestion, counted
from armillary.web.home import home
from armillary.web.library import Library
from armillary.web.maps import MapQuestion, placed
from armillary.web.pages import read_pages
from armillary.web.route import Nothing
from armillary.web.schema import read
from armillary.web.serve import Address, Serving
from armillary.web.speech import NextQuestion
from armillary.web.work import Busy, TooLong, Workers
from tests.speak.tiny import TINY
from tests.web.serving import PLAIN


@pytest.mark.parametrize(("kind", "value", "said"), [
    (NearQuestion, [], "should be a JSON object"),
    (NearQuestion, {"id": "a"}, "lacks the field query"),
    (NearQuestion, {"id": "a", "query": "b", "path": "/etc"}, "has no field path"),
    (NearQuestion, {"id": "a", "query": "b", "n": 0}, "between 1 and 1000"),
    (NearQuestion, {"id": "a", "query": "b", "n": True}, "of type integer"),
    (NearQuestion, {"id": "a", "query": "b", "n": 2.5}, "of type integer"),
    (NearQuestion, {"id": "a", "query": "b" * 1001}, "it may have 1 to 1000"),
    (NearQuestion, {"id": "a", "query": "b", "rule": "4cos"}, "should be one of sum, 3cosadd, 3cosmul"),
    (NextQuestion, {"id": "a", "text": "b", "settings": {"temperature": float("inf")}}, "between 0 and 100"),
    (NextQuestion, {"id": "a", "text": "b", "settings": {"top_p": 0}}, "settings.top_p should lie"),
    (CountQuestion, {"name": "a", "changes": {"tied": 1}}, "of type boolean"),
])
def test_a_question_is_checked_before_any_work(kind: type, value: object, said: str) -> None:
    with pytest.raises(InputError, match=said.replace(".", r"\.")):
        read(kind, value)


def test_a_question_is_read() -> None:
    asked = read(NextQuestion, {"id": "a", "text": "b", "settings": {"temperature": 2}})
    assert asked.settings.temperature == 2.0
    assert isinstance(asked.settings.temperature, float)
    assert read(CountQuestion, {"name": "a", "changes": {"tied": None}}).changes.tied is None


def test_more_work_than_may_wait_is_refused() -> None:
    async def main() -> None:
        workers, hold = Workers(threads=1, waiting=2), threading.Event()
        first = [asyncio.create_task(workers.do(hold.wait)) for _ in range(3)]
        await asyncio.sleep(0.01)
        with pytest.raises(Busy):
            await workers.do(int)
        first[2].cancel()  # it was not begun: its place is free again
        await asyncio.sleep(0.05)
        again = asyncio.create_task(workers.do(lambda: 5))
        await asyncio.sleep(0)
        hold.set()
        assert await again == 5
        await asyncio.gather(*first[:2])
        workers.close()

    asyncio.run(main())


def test_work_that_takes_too_long_is_given_up() -> None:
    async def main() -> None:
        workers, hold = Workers(threads=1), threading.Event()
        with pytest.raises(TooLong):
            await workers.do(hold.wait, seconds=0.02)
        hold.set()
        assert await workers.do(lambda: 1) == 1
        workers.close()

    asyncio.run(main())


def test_questions_that_wait_are_answered_together() -> None:
    sizes: list[int] = []

    def answer(about: str, some: Sequence[int]) -> list[object]:
        sizes.append(len(some))
        return [ValueError("seven") if one == 7 else one * 10 for one in some]

    async def main() -> None:
        workers = Workers(threads=2)
        batches = Batches(workers, answer)
        found = await asyncio.gather(*(batches.ask("a", one) for one in range(10)), return_exceptions=True)
        assert [one for one in found if not isinstance(one, ValueError)] == [0, 10, 20, 30, 40, 50, 60, 80, 90]
        assert isinstance(found[7], ValueError)
        workers.close()

    asyncio.run(main())
    assert sum(sizes) == 10
    assert len(sizes) < 10


def test_two_files_of_one_name_are_two_items(royal_store: str, tmp_path: Path) -> None:
    other = tmp_path / "other" / "royal.space"
    other.parent.mkdir()
    Library([royal_store]).space("royal.space").save(other)
    library = Library([royal_store, str(other)], Shelf(folder=tmp_path / "shelf"))
    assert list(library.items) == ["royal.space", "royal.space-2"]
    with pytest.raises(NotFound):
        library.item("royal")
    assert library.space("royal.space") is library.space("royal.space")


def test_what_is_not_there_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no file or folder"):
        Library([str(tmp_path / "nothing.txt")], Shelf(folder=tmp_path))


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "::"])
def test_an_open_address_needs_a_name(host: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(serve, "read_pages", lambda: PLAIN)
    with pytest.raises(InputError, match="say what they call this machine"):
        Serving(Library([], Shelf(folder=tmp_path)), Address(host))


def test_an_open_address_needs_the_token_too(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(serve, "read_pages", lambda: PLAIN)
    made = Serving(Library([], Shelf(folder=tmp_path)), Address("0.0.0.0", 0, ("desk.example",)))
    assert len(made.door.token) >= 22
    assert made.door.hosts == {made.url.split("/")[2]}
    assert made.url.endswith(f"#/?token={made.door.token}")
    made.close()


def test_a_config_alone_is_counted_as_the_command_counts_it(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps(TINY))
    library = Library([str(tmp_path / "config.json")], Shelf(folder=tmp_path / "shelf"))
    assert library.named_configs() == ("config.json",)
    total = count(read_config(tmp_path / "config.json")).total
    assert counted(library, CountQuestion("config.json")).total == total
    (opened,) = home(library, Nothing()).opened
    assert (opened.kind, opened.parameters, opened.speaks, opened.problem) == ("config", total, False, "")
    with pytest.raises(InputError, match="a config alone"):
        library.tokenizer("config.json")


def test_pages_that_were_not_built_are_missed_in_words(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="make explore"):
        read_pages(tmp_path)


def test_pages_are_a_table_of_what_was_built(tmp_path: Path) -> None:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("<p>")
    (tmp_path / "assets" / "a-123.js").write_text("1")
    (tmp_path / "secret.py").write_text("1")
    pages = read_pages(tmp_path)
    assert pages.keys() == {"/", "/index.html", "/assets/a-123.js"}
    assert pages["/assets/a-123.js"].lasting
    assert not pages["/"].lasting


def test_the_points_of_the_first_space_are_placed_ahead_and_once(royal_store: str, tmp_path: Path) -> None:
    library = Library([royal_store], Shelf(folder=tmp_path / "shelf"))
    begin(library)
    for thread in threading.enumerate():
        if thread.name == "armillary-ahead":
            thread.join(10)
    made = [key for key in library._kept if key[0] == "map"]
    placed(library, MapQuestion("royal.space"))
    assert made == [key for key in library._kept if key[0] == "map"] != []
