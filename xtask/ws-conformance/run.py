"""Runs all kosoku cases against the WebSocket servers given as `name=host:port` arguments.

Prints one line per case, separated by tabs: server, case, verdict on the exchange, verdict on the
close, reasons. `xtask/src/ws_conformance.rs` evaluates them.
"""

import asyncio
import sys

from kosoku import FailureError, run_fuzzingclient


async def main() -> None:
    for server in sys.argv[1:]:
        name, address = server.split("=", 1)
        try:
            results = await run_fuzzingclient(f"ws://{address}", concurrency=2)
        except FailureError as failure:
            results = failure.results
        for case in results:
            verdicts = (case.behavior.value, case.behavior_close.value)
            reasons = f"{case.result} {case.result_close}".split()
            print(name, case.case_id, *verdicts, " ".join(reasons), sep="\t")


asyncio.run(main())
