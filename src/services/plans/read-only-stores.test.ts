import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";

test("a project of more files than may be open at a time is looked at all the same", () => {
  const folder = mkdtempSync(join(tmpdir(), "headrace-read-only-stores-"));
  const script = `import { writeFileSync } from "node:fs";
    import { openReadOnlyStores } from ${JSON.stringify(new URL("./read-only-stores.ts", import.meta.url).href)};
    const paths = Array.from({ length: 2_000 }, (_, index) => ${JSON.stringify(folder)} + "/" + index);
    for (const path of paths) writeFileSync(path, path);
    using dry = openReadOnlyStores({}, {}, ${JSON.stringify(join(folder, "none"))});
    const outcomes = await dry.blobs.putFiles([...paths, "/nowhere/at/all"]);
    console.log(outcomes.length, new Set(outcomes.map((it) => it.sha256)).size, outcomes.at(-1));`;
  try {
    const limited = `ulimit -n 150 && exec "$0" --input-type=module -e "$1"`;
    expect(execFileSync("bash", ["-c", limited, process.execPath, script], { encoding: "utf8" })).toBe(
      "2001 2001 missing\n",
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});
