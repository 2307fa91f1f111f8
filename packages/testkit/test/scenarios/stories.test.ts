/**
 * Crashes that once broke a promise: of the log, of the model, or of a log with one line changed on
 * purpose (`pnpm run controls` still sees them fail there). Each must break none.
 */
import { expect, test } from "vitest";
import { replayScenario } from "../../src/scenarios/index.ts";

const stories: Readonly<Record<string, string>> = {
  "the directory sync of a birth failed: the name is gone after a power cut, and what was acknowledged is not":
    "synchronous+ring+blocking+through+reserve|1/b4x7000 i3 w i18 i14 w s100 a7000 v s500 n100 c//12k1656541531.9p3484729834",
  "killed with an unvouched tail, opened, killed again: the tail is written again each time":
    "synchronous+ring+blocking+through+reserve|1/b4x7000 i3 w i18 i14 w s100 a7000 v s500 n100 c//6k41622578.45p3601318641",
  "a sync failed, then a kill: the cache shows records the disk never got, so they are not served before they are carried":
    "async-batched+keep2+large|1/b4x7000 i3 w i18 i14 w s100 a7000 v s500 n100 c/e40/62k4080765591.36p1804690181",
  "a failed sync, reads of what only the cache holds, a power cut":
    "async+keep1+large+reserve|10/r a400 a0 a0 a7 s0 a400 a7000 t2x1 d a1100 b2x500/e21/27k3292259876.65p1693130411",
  "a dead file was swept before anything of the new life was durable, and its id came back":
    "async-batched+keep2+large|1/b4x7000 i3 w i18 i14 w s100 a7000 v s500 n100 c/e9/25p511408862.18p3202550361.35p3461778898",
  "a seal whose sync failed was the end a new segment named; the power cut took the seal":
    "synchronous+ring+blocking+through+reserve|1/b4x7000 i3 w i18 i14 w s100 a7000 v s500 n100 c/e15/24p2681136361",
  "a seal reached the disk before the records it vouched for":
    "async+large+cipher+through|11/n512 s400 b3x100 t3x7000 f w w s2500 b4x7 w n400 w/e9/9p576013072",
  "two frames of one group, the second on the disk before the first":
    "async-batched+reserve+unsafe|4/a64 a64 c s500 a64 d s64 w r w s2500 n200/f12/43p3723511135",
  "a torn first frame is an end, not damage":
    "synchronous+ring+blocking+through+reserve|1/b4x7000 i3 w i18 i14 w s100 a7000 v s500 n100 c//5p1781582672.6p1946335948",
  "the lock could not be released: it stays with its process, and that is not the log's refusal":
    "group-commit|7/i14 w n450 t3x450 s512 s7000 c b4x0 a0 i7 k t3x700/f42/",
  "a name whose directory sync had failed is lost, and with it an id nothing durable ever knew":
    "synchronous+ring+tiny+through|8/r a7000 c r s64 b2x2500 s30 t1x512 s700 f s30 a1100/e33/40k3048754742.20p4292244065",
  "appendSync slipped in between a write's failure and the poison, and was acknowledged behind it":
    "async-batched+cipher+blocking+through|1037/a64 s1 t1x64 t1x7000 t3x7000 a1100 a512 t4x512 a700 b3x30 c s400/e29/",
  "a sync reports its loss to the next life, which reads damage and says so":
    "async-batched+ring|13/b2x1 k n500 s7 s1100 c w s500 a200 a700 i39 w/l2/33k1323244599.23p1135790699",
  "the same with an explicit flush":
    "async-batched|17/r v s1100 n400 i15 a1 a100 a200 n500 a100 f b1x1100/l4/38k517158555.32p3014712551",
};

test.each(Object.entries(stories))("%s", { timeout: 30_000 }, async (_story, replay) => {
  expect(await replayScenario(replay)).toBeUndefined();
});
