import { describe, expect, it } from "vitest";
import type { WhyView } from "../../api/index.ts";
import { PLAIN } from "../terminal/style.ts";
import { renderWhy, renderWhyTable } from "./why.ts";

const CONTEXT = { style: PLAIN, width: 80 };
const change = (own: Partial<WhyView["changes"][number]>): WhyView["changes"][number] => ({
  kind: "parameter",
  name: "rate",
  before: 1,
  after: 2,
  text: "",
  diff: null,
  ...own,
});

const REUSED: WhyView = {
  trial: null,
  run: 8,
  node: "extract",
  step: "extract",
  outcome: "reused",
  execution: 2,
  comparedWith: 2,
  reason: "reused",
  text: "nothing that counts has changed since execution 2",
  code: "the code is the same version",
  notes: [],
  changes: [],
};
const RAN: WhyView = {
  ...REUSED,
  node: "train",
  outcome: "ran",
  execution: 9,
  comparedWith: 4,
  reason: "code-changed",
  text: "changed code file train.py; and 1 more",
  code: null,
  changes: [
    change({
      kind: "code-file",
      name: "train.py",
      text: "changed code file train.py",
      diff: ["@@ -1 +1 @@", "-rate = 1", "+\trate = \u001b]0;x\u00072"],
    }),
    change({
      kind: "command",
      name: "command",
      before: ["train --rate=1"],
      after: ["train --rate=2"],
      text: "the command differs",
    }),
  ],
};

describe("why", () => {
  it("is a line per node of a run", () => {
    const skipped: WhyView = {
      ...REUSED,
      node: "publish",
      outcome: "skipped",
      execution: null,
      text: "it was skipped: train failed",
      changes: [],
    };
    expect(renderWhyTable([REUSED, RAN, skipped], CONTEXT)).toEqual([
      "NODE     #  WHAT         WHY",
      "extract  2  ↺ reused #2  nothing that counts has changed since execution 2",
      "train    9  ▸ ran        changed code file train.py; and 1 more",
      "publish  –  ⊘ skipped    it was skipped: train failed",
      "",
      "in full: headrace why 8.train",
    ]);
  });

  it("of one node shows everything that differs, and nothing that takes over the terminal", () => {
    expect(renderWhy(RAN, CONTEXT)).toEqual([
      "▸ ran  train #9  in run 8",
      "  changed code file train.py; and 1 more",
      "  compared with execution 4",
      "",
      "  changed code file train.py",
      "    @@ -1 +1 @@",
      "    -rate = 1",
      "    +  rate = 2",
      "",
      "  the command differs",
      "    -train --rate=1",
      "    +train --rate=2",
    ]);
  });

  it("of a reused node says what was checked", () => {
    expect(renderWhy({ ...REUSED, notes: ["its command installs packages"] }, CONTEXT)).toEqual([
      "↺ reused #2  extract #2  in run 8",
      "  nothing that counts has changed since execution 2",
      "  the code is the same version",
      "  its command installs packages",
    ]);
  });

  it("lists some of many changes", () => {
    const changes = Array.from({ length: 25 }, (_, index) =>
      change({ name: `p${index}`, text: `parameter p${index} differs` }),
    );
    expect(renderWhy({ ...RAN, changes }, CONTEXT).slice(-3)).toEqual([
      "  parameter p19 differs",
      "",
      "  … and 5 more: headrace why 8.train --json",
    ]);
  });
});
