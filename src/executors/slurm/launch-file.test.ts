import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { stepScript } from "../step/step-script.ts";
import { launchFile } from "./launch-file.ts";
import { quote } from "./quote.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "headrace-launch-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Becomes a step as the batch script does, in a shell; gives what it printed. */
function become(
  shell: string,
  environment: Readonly<Record<string, string>>,
  command: readonly string[],
): { stdout: Buffer; stderr: string } {
  const bash = { ...stepScript({ command }, "/bin/bash"), path: join(folder, "script") };
  const plain = { ...stepScript({ command }, undefined), path: join(folder, "script.sh") };
  writeFileSync(bash.path, bash.text);
  writeFileSync(plain.path, plain.text);
  writeFileSync(
    join(folder, "launch"),
    launchFile({ environment, bash, plain: bash.text === plain.text ? { ...plain, path: bash.path } : plain }),
  );
  const around = `__hr_control=$1; exec 5>"$1/out" 6>"$1/err" 7>"$1/status"; ( . "$1/launch" )`;
  execFileSync(shell, ["-c", around, "sh", folder], { env: { PATH: "/usr/bin:/bin" }, stdio: "ignore" });
  return { stdout: readFileSync(join(folder, "out")), stderr: readFileSync(join(folder, "err"), "utf8") };
}

const ENVIRONMENT_OF_PYTHON = [
  "#!/usr/bin/python3",
  "import os, sys",
  "sys.stdout.buffer.write(b'\\0'.join(k + b'=' + v for k, v in os.environb.items()))",
];

function variablesOf(stdout: Buffer): Record<string, string> {
  const entries = stdout
    .toString("utf8")
    .split("\0")
    .map((line): [string, string] => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]);
  return Object.fromEntries(entries);
}

describe.each(["/bin/dash", "/bin/bash"])("a step's variables, in %s", (shell) => {
  test("arrive as they are, also those that a shell would not export or means something by", () => {
    const environment = {
      PATH: "/usr/bin:/bin",
      "with.dots": "1",
      "with blanks": "2",
      "1st": "3",
      UID: "4",
      IFS: "x",
      PWD: "/own",
      BASH_ENV: "/nowhere",
      LD_PRELOAD: "",
      EMPTY: "",
      QUOTES: `'"\\$x \`y\` !`,
      LINES: "a\n\nb\n",
      UNICODE: "ä 🚀",
      LC_ALL: "xx_YY",
    };
    expect(variablesOf(become(shell, environment, ENVIRONMENT_OF_PYTHON).stdout)).toMatchObject(environment);
    expect(readFileSync(join(folder, "status"), "utf8")).toBe("");
  });

  test("any value", () => {
    const value = fc.string({ unit: "grapheme", maxLength: 40 }).filter((text) => !text.includes("\0"));
    fc.assert(
      fc.property(value, (text) => {
        expect(
          variablesOf(become(shell, { PATH: "/usr/bin:/bin", VALUE: text }, ENVIRONMENT_OF_PYTHON).stdout).VALUE,
        ).toBe(text);
      }),
      { numRuns: 10 },
    );
  });
});

test("the file with the variables is gone before the step begins", () => {
  expect(become("/bin/sh", { PATH: "/usr/bin:/bin" }, [`ls ${quote(folder)}`]).stdout.toString()).not.toContain(
    "launch",
  );
});

test("quoting keeps every text one word", () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.string({ unit: "binary" }).filter((text) => !text.includes("\0")),
        { maxLength: 60, minLength: 20 },
      ),
      (words) => {
        const printed = execFileSync("/bin/sh", [
          "-c",
          `for w in ${words.map(quote).join(" ")}; do printf '%s\\0' "$w"; done`,
        ]);
        expect(printed.toString("utf8")).toBe(words.map((word) => `${Buffer.from(word).toString("utf8")}\0`).join(""));
      },
    ),
    { numRuns: 5 },
  );
});
