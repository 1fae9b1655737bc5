import { z } from "zod";

// Compiled schemas need `eval`, which a strict Content-Security-Policy forbids. Even the attempt is
// reported as a violation. Without compilation a frame still takes only a few microseconds.
z.config({ jitless: true });
