import { z } from "zod";

// Compiled schemas need `eval`, which a strict Content-Security-Policy forbids; even to find that out is
// reported as a violation. A frame takes a few microseconds without, too.
z.config({ jitless: true });
