import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Cli } from "../cli.ts";
import { runProgram } from "../program.ts";
import { TestScreen } from "../terminal/test-screen.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "headrace-options-"));
  writeFileSync(join(folder, "valohai.yaml"), "[]");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function serve(...args: readonly string[]): Promise<{ readonly code: number; readonly said: string }> {
  const [out, err] = [new TestScreen(), new TestScreen()];
  const cli: Cli = { cwd: folder, env: {}, out, err, now: Date.now, exitCode: 0 };
  const code = await runProgram(["serve", "--port", "0", ...args], cli);
  return { code, said: out.written + err.written };
}

describe("the options of headrace serve", () => {
  test.each([
    [["--tls-cert", "a.pem"], "--tls-cert and --tls-key go together"],
    [["--tls-key", "a.pem"], "--tls-cert and --tls-key go together"],
    [["--tls-cert", "a.pem", "--tls-key", "b.pem"], "a.pem cannot be read (ENOENT)"],
    [["--tls-cert", "valohai.yaml", "--tls-key", "valohai.yaml"], "is no certificate in PEM form"],
    [["--trust-proxy", "proxy.example.org"], "is no address or network of a proxy"],
    [["--trust-proxy", "0.0.0.0/0"], "too large a network"],
    [["--only", "engine", "--trust-proxy", "10.0.0.1"], "--trust-proxy is of the API"],
    [["--only", "engine", "--tls-cert", "a.pem", "--tls-key", "b.pem"], "--tls-cert is of the API"],
  ])("%j is refused with words, before anything is made", async (args, message) => {
    const { code, said } = await serve("--home", "home", ...args);
    expect([code, said]).toEqual([2, expect.stringContaining(message)]);
    expect(existsSync(join(folder, "home"))).toBe(false);
  });

  test.each([
    ["--tls-cert", "a.pem"],
    ["--tls-key", "a.pem"],
    ["--trust-proxy", "10.0.0.1"],
    ["--public-url", "https://x.test"],
    ["--only", "api"],
  ])("%s goes with --home", async (...option) => {
    const { code, said } = await serve(...option);
    expect([code, said]).toEqual([2, expect.stringContaining(`${option[0]} goes with --home`)]);
  });
});
