"""A long text is looked into within the memory of a plain reading and what is asked for."""

import subprocess
import sys

import pytest

from armillary.errors import NotFound
from armillary.opening import open_model

CHILD = """
import sys, resource, torch
from armillary.opening import open_model
torch.set_num_threads(1)
lm = open_model("smollm2-135m-instruct", device="cpu")
lm.transformer
text = " the hedgehog saw a pen and wrote" * 290
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
if sys.argv[1] == "plain":
    with torch.inference_mode():
        lm.transformer(torch.tensor([lm.ids(text)[:2000]]))
    asked = 0
elif sys.argv[1] == "lens":
    run = lm.trace(text[:1000])
    kept = run.points
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    found = run.lens(range(len(run) - 128, len(run)))
    asked = 31 * 128 * lm.config.d_model * 4
else:
    from armillary.trace.run import Run
    from armillary.trace.text import Read, read
    whole = read(lm.tokenizer, text)
    run = Run(lm.transformer, Read(whole.text, whole.pieces[:2000]), lm.tokenizer)
    found = run.attention(5)
    pattern, lens = found.pattern(3), run.lens([-1, 1000])
    parts = run.contributions()
    kept = [*run.points, found.q, found.k, found.v, found.z]
    asked = sum(one.numel() * 4 for one in kept) + pattern.nbytes
    assert abs(parts.error) < 1e-3
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before, asked // 1024)
"""


def risen(how: str) -> tuple[int, int]:
    """By how many kB the peak of a process rose after the model was open, and how many of them were asked for."""
    done = subprocess.run([sys.executable, "-c", CHILD, how], capture_output=True, text=True, check=True)
    rise, asked = map(int, done.stdout.split())
    return rise, asked


def here() -> None:
    """Without the model there is nothing to measure."""
    try:
        open_model("smollm2-135m-instruct")
    except NotFound:
        pytest.skip("armillary get smollm2-135m-instruct")


@pytest.mark.shelf
@pytest.mark.long(35)
@pytest.mark.skipif(sys.platform != "linux", reason="counted in kB on Linux only")
def test_two_thousand_tokens_need_no_more_than_a_plain_reading_and_what_is_asked_for() -> None:
    here()
    plain, _ = risen("plain")
    traced, asked = risen("traced")
    assert asked > 150_000, "all layers of 2,000 tokens are 143 MB"
    assert traced <= plain + asked
    assert traced < 30 * 9 * 2000 * 2000 * 4 / 1024 / 10, "all patterns at once would be 4.3 GB"


@pytest.mark.shelf
@pytest.mark.long
@pytest.mark.skipif(sys.platform != "linux", reason="counted in kB on Linux only")
def test_a_lens_of_many_positions_needs_the_scores_that_it_holds_at_once() -> None:
    here()
    risen_by, asked = risen("lens")
    assert risen_by <= asked + 250_000, "all scores of 31 layers at 128 positions are 780 MB"
