"""THE EXPLORER'S SERVER: a request becomes one call of the library, its answer JSON, bytes, or a stream of events.

    protocol ── guard ── app ─┬─ pages      the built front end, from a table made at the start
                              └─ route ── schema        a typed question, checked before any work
                                   └─ work, batches     threads, with limits and a queue
                                        └─ library      what is open: ids from a list made at the start

No request names a path or an address; the server opens no connection of its own.
"""
