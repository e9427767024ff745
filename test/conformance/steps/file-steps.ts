import { expect } from "vitest";
import { type ContractStep, kept, python, sha256 } from "../contract-step.ts";

const LARGE_BYTES = 64 * 1024 * 1024;

/** Steps that show what goes in and what comes out. */
export const fileSteps: readonly ContractStep[] = [
  {
    name: "makes-files",
    step: {
      command: python(
        "import os",
        "out = os.environ['VH_OUTPUTS_DIR']",
        "os.makedirs(out + '/deep/er')",
        "for name, text in {'plain.txt': 'plain\\n', 'a b.txt': 'blank', 'päivä 日本 🚀.txt': 'unicode', '-dash': 'dash', \"it's\": 'quote', 'empty': '', 'deep/er/file.bin': 'deep'}.items():",
        "    open(os.path.join(out, name), 'w').write(text)",
        "os.makedirs(out + '/nothing')",
      ),
    },
    check: (result) =>
      expect(kept(result)).toEqual(
        (
          [
            ["-dash", sha256("dash")],
            ["a b.txt", sha256("blank")],
            ["deep/er/file.bin", sha256("deep")],
            ["empty", sha256("")],
            ["it's", sha256("quote")],
            ["plain.txt", sha256("plain\n")],
            ["päivä 日本 🚀.txt", sha256("unicode")],
          ] as [string, string][]
        ).sort(([a], [b]) => (a < b ? -1 : 1)),
      ),
  },
  {
    name: "reads-files",
    step: {
      command: [
        'ls -1 "$VH_INPUTS_DIR/all" | LC_ALL=C sort',
        'cat "$VH_INPUTS_DIR/all/a b.txt"',
        'cat "$VH_INPUTS_DIR/all/päivä 日本 🚀.txt"',
      ],
      inputs: [{ name: "all" }],
    },
    edges: [["makes-files.output.*", "reads-files.input.all"]],
    check: ({ stdout, execution }) => {
      expect(execution.state).toBe("complete");
      expect(stdout).toContain("a b.txt\n");
      expect(stdout).toMatch(/blankunicode\n$/);
      expect(execution.inputs.map(({ name }) => name)).toContain("-dash");
    },
  },
  {
    name: "inputs-json-names-the-files",
    step: { command: 'cat "$VH_CONFIG_DIR/inputs.json"', inputs: [{ name: "one" }] },
    edges: [["makes-files.output.plain.txt", "inputs-json-names-the-files.input.one"]],
    check: ({ stdout, execution }) => {
      const { one } = JSON.parse(stdout) as { one: { files: readonly Record<string, unknown>[] } };
      expect(one.files).toMatchObject([
        {
          name: "plain.txt",
          path: expect.stringMatching(/\/inputs\/one\/plain\.txt$/),
          size: 6,
          checksums: { sha256: sha256("plain\n") },
          datum_id: execution.inputs[0]?.datum,
        },
      ]);
    },
  },
  {
    name: "an-input-without-files",
    step: {
      command: 'test -d "$VH_INPUTS_DIR/none" && ls -A "$VH_INPUTS_DIR/none" | wc -l',
      inputs: [{ name: "none", optional: true }],
    },
    check: ({ stdout }) => expect(stdout.trim()).toBe("0"),
  },
  {
    name: "inputs-are-read-only",
    needsIsolation: true,
    step: {
      command: [
        'for f in "$VH_INPUTS_DIR/one/plain.txt" "$VH_INPUTS_DIR/one/new" "$VH_INPUTS_DIR/new" "$VH_CONFIG_DIR/new"; do if ( echo x >> "$f" ) 2>/dev/null; then echo "wrote $f"; fi; done',
        'rm -f "$VH_INPUTS_DIR/one/plain.txt" 2>/dev/null && echo removed || true',
        'cat "$VH_INPUTS_DIR/one/plain.txt"',
      ],
      inputs: [{ name: "one" }],
    },
    edges: [["makes-files.output.plain.txt", "inputs-are-read-only.input.one"]],
    check: ({ stdout }) => expect(stdout).toBe("plain\n"),
  },
  {
    name: "the-repository-is-writable",
    step: { command: ["echo x > made-here", "mkdir -p more && cp made-here more/ && cat more/made-here"] },
    check: ({ stdout }) => expect(stdout).toBe("x\n"),
  },
  {
    name: "large-files",
    step: {
      command: python(
        "import os",
        `with open(os.environ['VH_OUTPUTS_DIR'] + '/large.bin', 'wb') as f:`,
        `    for i in range(${LARGE_BYTES / 65536}): f.write(bytes([i % 251]) * 65536)`,
      ),
    },
    check: ({ execution }) => expect(execution.outputs).toMatchObject([{ name: "large.bin", sizeBytes: LARGE_BYTES }]),
  },
  {
    name: "live-outputs",
    step: {
      command: [
        'echo live > "$VH_OUTPUTS_DIR/live.txt"; chmod 0444 "$VH_OUTPUTS_DIR/live.txt"',
        'while [ -e "$VH_OUTPUTS_DIR/live.txt" ]; do sleep 0.05; done; echo taken',
        'echo late > "$VH_OUTPUTS_DIR/late.txt"',
      ],
      "time-limit": 50,
    },
    check: (result) => {
      expect(result.stdout).toBe("taken\n");
      expect(kept(result)).toEqual([
        ["late.txt", sha256("late\n")],
        ["live.txt", sha256("live\n")],
      ]);
    },
  },
  {
    name: "sidecars-and-lists-of-properties",
    step: {
      command: python(
        "import json, os",
        "out = os.environ['VH_OUTPUTS_DIR'] + '/'",
        "for name in ('a.txt', 'b.txt'): open(out + name, 'w').write(name)",
        "json.dump({'tags': ['x'], 'share': float('nan')}, open(out + 'a.txt.metadata.json', 'w'))",
        "open(out + 'valohai.metadata.jsonl', 'w').write(json.dumps({'file': 'b.txt', 'metadata': {'rows': 3}}) + '\\n')",
      ),
    },
    check: ({ execution }) =>
      expect(execution.outputs.map(({ name, properties }) => [name, properties])).toEqual([
        ["a.txt", { tags: ["x"], share: "NaN" }],
        ["b.txt", { rows: 3 }],
      ]),
  },
  {
    name: "links-in-outputs",
    step: { command: ['cd "$VH_OUTPUTS_DIR"', "echo x > real; ln -s real relative; ln real hard"] },
    check: (result) => expect(kept(result)).toEqual(["hard", "real", "relative"].map((name) => [name, sha256("x\n")])),
  },
];
