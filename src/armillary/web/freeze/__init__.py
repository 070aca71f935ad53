"""FROZEN PAGES: the explorer with the answers to what it shows at first, as a folder that needs no server.

    plan ── answers ── folder
    what the pages ask    what the library answers    written aside, then put in place

The front end asks a frozen copy the same questions as a server (explorer/src/lib/frozen.ts), and says of any other that
it takes the live explorer. A test opens every page of a copy from the disk: a question that is missing here shows.
"""
