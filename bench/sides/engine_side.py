"""A quantised model reads and writes fixed tokens: Armillary and llama-cpp-python, each in a process of its own."""

from typing import Any

from measure import run, staying

PREFILL, DECODED = 512, 128


def armillary(file: str, decode: bool, threads: int) -> dict[str, Any]:
    """The fast engine; before any speed is told, reading at once and token by token must give the same bits."""
    from pathlib import Path

    import numpy as np

    from armillary.formats.gguf import read_gguf
    from armillary.published.gguf_blocks import GgufBlocks
    from armillary.shelf import home
    from armillary.speak.fast.engine import FastEngine

    engine = FastEngine(GgufBlocks(read_gguf(Path(file))), home() / "engine", threads)
    ids = _ids(engine.d_vocab, 17)
    at_once, one_by_one = engine.start().read(ids), engine.start()
    if not all(np.array_equal(at_once, scores) for scores in [one_by_one.read([one]) for one in ids][-1:]):
        raise SystemExit("prefill and decode differ")

    def turn() -> None:
        reading = engine.start()
        if decode:
            for one in _ids(engine.d_vocab, DECODED):
                reading.read([one]).argmax()
        else:
            reading.read(_ids(engine.d_vocab, PREFILL))

    return staying(turn, "Armillary")


def llama(file: str, decode: bool, threads: int) -> dict[str, Any]:
    """llama.cpp with a context of 1,024, and batches of 512."""
    import llama_cpp
    import numpy as np

    model = llama_cpp.Llama(file, n_ctx=1024, n_batch=512, n_ubatch=512, n_threads=threads, n_threads_batch=threads,
                            verbose=False)
    d_vocab = model.n_vocab()

    def turn() -> None:
        model.reset()
        if decode:
            for one in _ids(d_vocab, DECODED):
                model.eval([one])
                np.ctypeslib.as_array(llama_cpp.llama_get_logits(model._ctx.ctx), (d_vocab,)).argmax()
        else:
            model.eval(_ids(d_vocab, PREFILL))

    return staying(turn, f"llama-cpp-python {llama_cpp.__version__}")


def _ids(d_vocab: int, count: int) -> list[int]:
    return [7919 * place % d_vocab for place in range(1, count + 1)]


if __name__ == "__main__":
    run(armillary, llama)
