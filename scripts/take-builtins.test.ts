import { promisify } from "node:util";
import { expect, test } from "vitest";
import { takeBuiltins } from "./take-builtins.ts";

test.each([
  [
    'import { join, sep as slash } from "node:path";',
    'const { join, sep: slash } = process.getBuiltinModule("node:path");',
  ],
  ['import fs from "node:fs";', 'const fs = process.getBuiltinModule("node:fs");'],
  ['import process$1 from "node:process";', 'const process$1 = process.getBuiltinModule("node:process");'],
  ['import * as os from "node:os";', 'const os = process.getBuiltinModule("node:os");'],
  [
    'import Stream, { Writable } from "node:stream";',
    'const Stream = process.getBuiltinModule("node:stream"); const { Writable } = process.getBuiltinModule("node:stream");',
  ],
  // Loaded with the first call: the functions have nothing but their call.
  [
    'import { createHash, hash as digest } from "node:crypto";',
    'const createHash = (...given) => process.getBuiltinModule("node:crypto").createHash(...given); ' +
      'const digest = (...given) => process.getBuiltinModule("node:crypto").hash(...given);',
  ],
  [
    'import childProcess from "node:child_process";',
    'const childProcess = new Proxy({}, { get: (_, name) => process.getBuiltinModule("node:child_process")[name] });',
  ],
  // A class is made with new, and an object is read.
  [
    'import { X509Certificate, hash } from "node:crypto";',
    'const { X509Certificate, hash } = process.getBuiltinModule("node:crypto");',
  ],
  ['import { subtle } from "node:crypto";', 'const { subtle } = process.getBuiltinModule("node:crypto");'],
  ['import { a } from "./chunk.js";', 'import { a } from "./chunk.js";'],
])("takes %s as it is", (statement, taken) => {
  const code = `${statement}\nwork();\n`;
  expect(takeBuiltins(code)).toBe(`${taken}\nwork();\n`);
});

test("an import of another form fails the build, and none is left behind in silence", () => {
  expect(() => takeBuiltins('import "node:fs";\n')).toThrow('not understood: import "node:fs";');
});

test("promisify finds the form of a function that is its own", async () => {
  const code = takeBuiltins('import { execFile } from "node:child_process";\n');
  const execFile = Function(`${code}return execFile;`)() as typeof import("node:child_process").execFile;
  expect(await promisify(execFile)(process.execPath, ["-p", "1 + 1"])).toEqual({ stdout: "2\n", stderr: "" });
});
