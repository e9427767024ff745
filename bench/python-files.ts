import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const PER_FOLDER = 100;

/** A working tree of small Python files, a hundred to a folder. */
export function writePythonFiles(root: string, count: number): void {
  for (let n = 0; n < count; n += 1) {
    const parent = join(root, `package${Math.floor(n / PER_FOLDER / 10)}`, `module${Math.floor(n / PER_FOLDER) % 10}`);
    if (n % PER_FOLDER === 0) mkdirSync(parent, { recursive: true });
    writeFileSync(join(parent, `file${n}.py`), `value = ${n}\n`);
  }
}
