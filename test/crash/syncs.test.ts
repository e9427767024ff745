import { execFile, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { ProjectRig } from "../rig.ts";

/** A system call that has returned, in the order of returning. */
interface Call {
  readonly name: string;
  /** The path of the file descriptor, or the first path. */
  readonly path: string;
  readonly target: string;
}

/** `strace -f -y` breaks a call that another thread's call comes between into two lines. */
function parseTrace(trace: string): readonly Call[] {
  const begun = new Map<string, string>();
  return trace.split("\n").flatMap((line) => {
    const [, pid = "", text = ""] = /^(\d+)\s+(.*)$/.exec(line) ?? [];
    if (text.endsWith("<unfinished ...>")) begun.set(pid, text);
    const whole = text.startsWith("<...") ? `${begun.get(pid) ?? ""} ${text}` : text;
    const call =
      /^(\w+)\((?:AT_FDCWD\S*, )?(?:\d+<([^>]*)>|"([^"]*)")(?:, (?:AT_FDCWD\S*, )?"([^"]*)")?.*\) += 0$/.exec(whole);
    if (call === null || text.endsWith("<unfinished ...>")) return [];
    const [, name = "", descriptor, path, target = ""] = call;
    return [{ name, path: descriptor ?? path ?? "", target }];
  });
}

const hasStrace = spawnSync("strace", ["-V"]).status === 0;
if (!hasStrace) console.error("SKIPPED: the test of what is synced in which order needs strace.");

/** SIGKILL does not take away what the kernel holds, so no crash test would miss a sync. A power cut would. */
it.skipIf(!hasStrace)(
  "syncs a blob before its name, its name before the journal, the journal before the file goes and the record comes",
  async () => {
    await using rig = new ProjectRig({
      "valohai.yaml": `- step: { name: s, image: "", command: "cd $VH_OUTPUTS_DIR; echo small > small; head -c 3000000 /dev/zero > large" }\n`,
    });
    const folder = mkdtempSync(join(tmpdir(), "headrace-trace-"));
    using _removal = { [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) };
    const file = join(folder, "trace");
    const traced = "trace=fsync,fdatasync,rename,renameat,renameat2,link,linkat,unlink,unlinkat";
    const program = join(import.meta.dirname, "../..", process.env.HEADRACE_TEST_COMMAND ?? "src/cli/main.ts");
    const command = [process.execPath, program, "run", "s", "--sandbox", "off"];
    await promisify(execFile)("strace", ["-f", "-y", "-s", "4096", "-e", traced, "-o", file, ...command], {
      cwd: rig.root,
    });
    const calls = parseTrace(readFileSync(file, "utf8"));
    const at = (what: string, matches: (call: Call) => boolean, from = 0): number => {
      const index = calls.findIndex((call, position) => position >= from && matches(call));
      expect(index, `${what} in the trace`).not.toBe(-1);
      return index;
    };
    const syncOf = (path: string | RegExp) => (call: Call) => /sync$/.test(call.name) && call.path.search(path) >= 0;
    const published = calls.filter(({ target }) => /\/blobs\/sha256\/..\/[0-9a-f]{64}$/.test(target));
    expect(published.length).toBeGreaterThanOrEqual(4);
    for (const call of published) {
      const named = calls.indexOf(call);
      const source = call.path.slice(call.path.lastIndexOf("/"));
      expect(at(`a sync of ${call.path}`, syncOf(new RegExp(`${source.replaceAll(/[.~]/g, "\\$&")}$`)))).toBeLessThan(
        named,
      );
      at(`a sync of the folder of ${call.target}`, syncOf(new RegExp(`/blobs/sha256/${call.target.at(-64)}.$`)), named);
    }
    for (const name of ["small", "large"]) {
      const removed = at(
        `the removal of ${name}`,
        (call) => call.name.startsWith("unlink") && call.path.endsWith(`/outputs/${name}`),
      );
      const noted = calls.findLastIndex((call, position) => position < removed && syncOf(/collected\.jsonl$/)(call));
      expect(noted, `a sync of the journal before ${name} goes`).not.toBe(-1);
      at("a sync of the database after the journal's", syncOf(/headrace\.db-wal$/), noted);
    }
    const [lastBlob, lastNote] = [/\/blobs\/sha256\/..$/, /collected\.jsonl$/].map((path) =>
      calls.findLastIndex(syncOf(path)),
    );
    expect(lastBlob).toBeLessThan(lastNote ?? -1);
  },
);
