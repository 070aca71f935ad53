"""Every route gives what the library gives."""

import json
from typing import Any

import numpy as np
import pytest

from armillary.count import count
from armillary.published.configs import named
from armillary.space import Space
from tests.web.serving import Client

TEXT = "once upon a time the boat"


def asked(client: Client, path: str, **question: Any) -> Any:
    status, answer = client.ask(path, question)
    assert status == 200, answer
    return answer


def numbers(client: Client, path: str, **question: Any) -> np.ndarray:
    status, headers, content = client.send(
        "POST", f"/api/{path}", json.dumps(question).encode(), {"content-type": "application/json"}
    )
    assert (status, headers["content-type"]) == (200, "application/octet-stream"), content
    return np.frombuffer(content, "<f4")


def test_home_lists_what_was_named(client: Client) -> None:
    status, _, content = client.send("GET", "/api/home")
    home = json.loads(content)
    assert status == 200
    assert [(one["id"], one["kind"], one["speaks"]) for one in home["opened"]] == [
        ("royal.space", "space", False), ("tiny", "model", True),
    ]
    assert {one["id"] for one in home["shelf"]} >= {"glove-6b-50d", "gemma3-270m"}
    assert "gpt-3" in home["configs"]


def test_near_is_the_spaces_own_answer(client: Client, royal: Space) -> None:
    answer = asked(client, "near", id="royal.space", query="king - man + woman", n=3)
    own = royal.near("king - man + woman", 3)
    assert [(one["label"], one["rank"]) for one in answer["neighbours"]] == [(one.label, one.rank) for one in own]
    assert answer["neighbours"][0]["cosine"] == pytest.approx(own.neighbours[0].cosine)
    assert {one["label"]: one["row"] for one in answer["excluded"]} == {"king": 0, "man": 2, "woman": 3}


def test_a_map_places_every_point_and_the_path_ends_where_the_sum_lies(client: Client, royal: Space) -> None:
    facts = asked(client, "map", id="royal.space")
    points = numbers(client, "map/points", id="royal.space").reshape(-1, 3)
    assert len(points) == len(royal)
    assert facts["method"] == "pca"
    assert 0.5 < facts["kept"] <= 1
    way = asked(client, "path", id="royal.space", query="king - man + woman")
    np.testing.assert_allclose([stop["at"] for stop in way["stops"]], points[[0, 2, 3]], rtol=0, atol=1e-5)
    slope = points[0] - points[2] + points[3]  # the map is flat, so it keeps sums
    np.testing.assert_allclose(way["stops"][-1]["sum"], slope, rtol=0, atol=1e-5)
    assert way["norm"] == pytest.approx(royal.point("king - man + woman").norm)


def test_a_slice_is_spanned_by_words(client: Client) -> None:
    facts = asked(client, "map", id="royal.space", axes=["king", "woman"])
    points = numbers(client, "map/points", id="royal.space", axes=["king", "woman"]).reshape(-1, 3)
    assert (facts["method"], facts["axes"]) == ("slice", ["king", "woman"])
    assert points[0, 0] == pytest.approx(np.linalg.norm([4, 1, 0, 0.2]))
    assert not points[:, 2].any()
    shares = numbers(client, "colours", id="royal.space", by="share", axes=["king", "woman"])
    assert shares[0] == pytest.approx(1)
    assert shares.mean() == pytest.approx(facts["kept"])


def test_colours_and_labels_go_with_the_rows(client: Client, royal: Space) -> None:
    np.testing.assert_allclose(numbers(client, "colours", id="royal.space", by="length"), royal.norms)
    np.testing.assert_allclose(numbers(client, "colours", id="royal.space", by="count"), royal.counts)
    cosines = numbers(client, "colours", id="royal.space", by="cosine", query="queen")
    assert cosines.argmax() == 1
    _, _, content = client.send("POST", "/api/labels", b'{"id": "royal.space"}', {"content-type": "application/json"})
    assert content.decode().splitlines() == list(royal)


def test_trust_is_a_share(client: Client) -> None:
    trust = asked(client, "map/trust", id="royal.space")
    assert all(0 <= one <= 1 for one in trust["share"])
    assert trust["sample"] == 12


def test_directions_and_tests_of_association(client: Client, royal: Space) -> None:
    pairs = [["cat", "cats"], ["dog", "dogs"]]
    axis = asked(client, "direction", id="royal.space", pairs=pairs, words=["king", "cats"])
    assert axis["projections"][0]["label"] == "cats"
    assert axis["coherence"] == pytest.approx(royal.direction([("cat", "cats"), ("dog", "dogs")]).coherence)
    assert axis["p"] is None
    weat = asked(client, "weat", id="royal.space", name="t", x=["king", "man"], y=["queen", "woman"],
                 a=["国王"], b=["女人", "nobody"])
    assert weat["missing"] == ["nobody"]
    assert asked(client, "odd", id="royal.space", words=["cat", "dog", "king"])["odd"] == "king"
    assert asked(client, "similarity", id="royal.space", a="king", b="king")["cosine"] == pytest.approx(1)


def test_tokens_and_merges(client: Client) -> None:
    cut = asked(client, "tokens", id="tiny", text="the 船")
    assert bytes.fromhex("".join(one["bytes"] for one in cut["tokens"])).decode() == "the 船"
    assert (cut["characters"], cut["bytes"]) == (5, 7)
    merges = asked(client, "merges", id="tiny", text="the boat")
    assert "".join(one["stretch"] for one in merges["stretches"]) == "the boat"
    assert all(len(one["steps"][0]) >= len(one["steps"][-1]) for one in merges["stretches"])


def test_the_next_word_and_what_each_setting_does(client: Client) -> None:
    plain = asked(client, "next", id="tiny", text=TEXT, n=5)
    shares = [one["plain"] for one in plain["choices"]]
    assert shares == sorted(shares, reverse=True)
    assert plain["left_k"] == plain["left_p"] == plain["total"]
    settings = {"temperature": 0.5, "top_k": 3, "top_p": 1.0, "min_p": 0.0}
    three = asked(client, "next", id="tiny", text=TEXT, n=5, settings=settings, draws=100)
    assert (three["left_k"], three["others"]) == (3, pytest.approx(0, abs=1e-9))
    assert [one["kept_k"] for one in three["choices"]] == [True] * 3 + [False] * 2
    assert sum(one["drawn"] for one in three["choices"]) == 100
    first = three["choices"][0]
    assert first["scaled"] == pytest.approx(first["logit"] / 0.5)
    assert first["chance"] == pytest.approx(1 / three["denominator"])  # e^(highest - highest) over the sum


def test_a_text_goes_on_as_a_stream(client: Client) -> None:
    question = json.dumps({"id": "tiny", "text": TEXT, "most": 4, "seed": 7}).encode()
    status, headers, content = client.send("POST", "/api/write", question, {"content-type": "application/json"})
    events = [event.split("\n") for event in content.decode().split("\n\n") if event]
    assert (status, headers["content-type"].split(";")[0]) == (200, "text/event-stream")
    assert [event[0] for event in events] == ["event: step"] * 4 + ["event: end"]
    assert json.loads(events[3][1].removeprefix("data: "))["ending"] == "most"
    again = client.send("POST", "/api/write", question, {"content-type": "application/json"})[2]
    assert again == content


def test_a_text_that_went_on_step_by_step_is_the_one_of_one_go(client: Client) -> None:
    def written(**more: object) -> list[dict[str, object]]:
        question = json.dumps({"id": "tiny", "text": "从前有", "seed": 7, **more}).encode()
        content = client.send("POST", "/api/write", question, {"content-type": "application/json"})[2].decode()
        found = [json.loads(event.split("data: ")[1]) for event in content.split("\n\n") if event]
        return [one for one in found if one]

    whole, parts = written(most=12), []
    for most in (1, 1, 4, 6):
        parts += written(most=most, after=[one["id"] for one in parts])
    assert [one | {"ending": ""} for one in parts] == [
        {**one, "ending": "", "chance": pytest.approx(one["chance"], 1e-4), "nats": pytest.approx(one["nats"], 1e-4)}
        for one in whole]
    assert parts[5]["ending"] == parts[-1]["ending"] == "most"
    assert written(after=[1] * 4_000) == []  # the context is full
    assert written(after=[999_999])[-1]["kind"] == "InputError"


def test_losses_add_up(client: Client) -> None:
    found = asked(client, "losses", id="tiny", text=TEXT)
    nats = [one["nats"] for one in found["tokens"]]
    assert nats[0] is None
    assert found["nats_per_token"] == pytest.approx(np.mean(nats[1:]))
    assert found["perplexity"] == pytest.approx(np.exp(np.mean(nats[1:])))


def test_inside_adds_up(client: Client) -> None:
    reading = asked(client, "inside/read", id="tiny", text=TEXT)
    count = len(reading["tokens"])
    heads = reading["heads"][1]
    values = numbers(client, "inside/patterns", id="tiny", text=TEXT, block=1)
    patterns, outside = values[: heads * count**2].reshape(-1, count, count), values[heads * count**2 :]
    assert len(outside) == heads * count
    assert not outside.any()
    assert len(patterns) == reading["heads"][1]
    np.testing.assert_allclose(patterns.sum(-1), 1, atol=1e-5)
    assert not np.triu(patterns[0], 1).any()
    product = asked(client, "inside/product", id="tiny", text=TEXT, block=1, head=0, query=2, key=1)
    assert np.dot(product["query"], product["key"]) == pytest.approx(product["dot"])
    assert product["weight"] == pytest.approx(float(patterns[0, 2, 1]), abs=1e-6)
    parts = asked(client, "inside/parts", id="tiny", text=TEXT)
    assert sum(one["score"] for one in parts["parts"]) == pytest.approx(parts["score"], abs=1e-3)
    assert parts["name"] == reading["next"][0]["token"]
    lens = asked(client, "inside/lens", id="tiny", text=TEXT)
    assert len(lens["cells"]) == len(reading["heads"]) + 1
    assert lens["cells"][-1][-1][0]["token"] == reading["next"][0]["token"]


def test_a_silent_head_changes_what_comes(client: Client) -> None:
    reading = asked(client, "inside/read", id="tiny", text=TEXT, silent=["0.z.0", "1.z.1"])
    plain = asked(client, "inside/read", id="tiny", text=TEXT)
    assert reading["before"] == plain["next"]
    assert reading["next"] != plain["next"]


def test_a_patch_and_a_direction_change_what_comes(client: Client) -> None:
    plain = asked(client, "inside/read", id="tiny", text=TEXT)
    other = asked(client, "inside/read", id="tiny", text="the wind and the sea")
    last = len(plain["tokens"]) - 1
    change = f"1.resid_post@{last}:-1=the wind and the sea"
    patched = asked(client, "inside/read", id="tiny", text=TEXT, patched=[change])
    assert patched["before"] == plain["next"]
    assert [one["id"] for one in patched["next"]] == [one["id"] for one in other["next"]]
    steered = asked(client, "inside/read", id="tiny", text=TEXT, steered=["1: boat - wind * 30"])
    assert steered["next"] != plain["next"]


def test_any_matrix_shows_its_numbers_and_what_makes_them(client: Client) -> None:
    about = {"id": "tiny", "text": TEXT, "block": 1, "head": 2}
    window = asked(client, "inside/matrix", **about, matrix="scores", row=2, column=1, rows=3, columns=2)
    assert (window["row"], window["column"]) == (2, 1)
    assert [len(line) for line in window["values"]] == [2, 2, 2]
    tokens = asked(client, "inside/read", id="tiny", text=TEXT)["tokens"]
    assert window["row_names"] == tokens[2:5]
    assert {"resid_pre", "W_Q", "pattern", "attn_out", "mlp_out", "logits"} <= {one["name"] for one in window["all"]}
    cell = asked(client, "inside/cell", **about, matrix="scores", row=3, column=2)
    assert cell["value"] == pytest.approx(window["values"][1][1])
    assert np.dot(cell["left"], cell["right"]) == pytest.approx(cell["sum"])
    assert cell["sum"] * cell["factor"] == pytest.approx(cell["value"], abs=1e-4)
    beyond = asked(client, "inside/matrix", **about, matrix="logits", row=0, column=10**6, rows=1, columns=4)
    assert beyond["column"] == 330 - 4
    assert asked(client, "inside/cell", **about, matrix="pattern", row=1, column=0)["left"] == []


def test_a_journey_ends_where_the_model_does(client: Client) -> None:
    free = asked(client, "inside/journey", id="tiny", text=TEXT)
    assert len(free["stages"]) == 3
    assert free["stages"][-1]["says"] == asked(client, "inside/read", id="tiny", text=TEXT)["next"][0]["token"]
    assert free["stages"][0]["start"] == pytest.approx(1)
    ways = asked(client, "inside/journey", id="tiny", text=TEXT, position=2, axes=['"a"', '"b"'])
    assert ways["words"][0] == pytest.approx([1, 0], abs=1e-6)
    assert all(0 <= one["kept"] <= 1 for one in ways["stages"])


def test_groups_hold_every_point(client: Client, royal: Space) -> None:
    found = asked(client, "groups", id="royal.space")
    members = numbers(client, "colours", id="royal.space", by="cluster")
    assert sum(one["size"] for one in found["groups"]) == len(royal) == len(members)
    assert [int((members == one).sum()) for one in range(8)] == [one["size"] for one in found["groups"]]
    assert royal.labels.find(found["groups"][0]["words"][0]) is not None


def test_counting_follows_a_change(client: Client) -> None:
    plain = asked(client, "count", name="gpt2")
    assert plain["total"] == count(named("gpt2").config).total == 124_439_808
    wider = asked(client, "count", name="gpt2", changes={"d_model": 1600, "n_layers": 48, "n_heads": 25, "d_mlp": 6400})
    assert wider["total"] == 1_557_611_200
    assert sum(wider["by_kind"].values()) == wider["total"]
    untied = asked(client, "count", name="gpt2", changes={"tied": False})
    assert untied["total"] - plain["total"] == 50257 * 768


@pytest.mark.parametrize(("path", "question", "status", "said"), [
    ("near", {"id": "royal.space", "query": "kin"}, 404, "'kin' is not in this space. Near spellings: king"),
    ("near", {"id": "royal.space", "query": "king -"}, 422, "ends where a label is expected"),
    ("near", {"id": "nobody", "query": "king"}, 404, "nothing called 'nobody' is open here"),
    ("near", {"id": "../../etc/passwd", "query": "king"}, 404, "is open here"),
    ("tokens", {"id": "royal.space", "text": "a"}, 422, "it has no tokenizer"),
    ("next", {"id": "royal.space", "text": "a"}, 422, "is no language model"),
    ("next", {"id": "tiny", "text": ""}, 422, "no text"),
    ("count", {"name": "gpt2", "changes": {"n_heads": 5, "n_kv_heads": 3}}, 422, "cannot share 3"),
    ("inside/parts", {"id": "tiny", "text": TEXT, "position": 500}, 422, "outside the text"),
    ("inside/parts", {"id": "tiny", "text": TEXT, "token": 330}, 422, "no token 330: this model's are 0 to 329"),
    ("inside/read", {"id": "tiny", "text": TEXT, "silent": ["9.z.1"]}, 404, "no place '9.z.1'"),
    ("inside/read", {"id": "tiny", "text": TEXT, "patched": ["1.resid_post"]}, 422, "is no patch"),
    ("inside/read", {"id": "tiny", "text": TEXT, "steered": ["much"]}, 422, "is no steering"),
    ("inside/matrix", {"id": "tiny", "text": TEXT, "matrix": "W_X"}, 404, "no matrix 'W_X'"),
    ("inside/cell", {"id": "tiny", "text": TEXT, "matrix": "W_Q", "row": 99}, 422, "W_Q has 32 rows"),
    ("inside/journey", {"id": "tiny", "text": TEXT, "axes": ["a"]}, 422, "by two words, or by none"),
])
def test_what_cannot_be_answered_is_said_in_words(
    client: Client, path: str, question: dict[str, Any], status: int, said: str
) -> None:
    found, answer = client.ask(path, question)
    assert found == status
    assert said in answer["message"]


def test_errors_speak_chinese_to_who_reads_it(client: Client) -> None:
    _, answer = client.ask("near", {"id": "royal.space", "query": "kin"}, accept_language="zh-CN,zh;q=0.9")
    assert "拼写相近" in answer["message"]
    assert answer["near"] == ["king"]
