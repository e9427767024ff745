import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, expect, test } from "vitest";
import { interfaceTotals, useOfProcesses } from "./process-use.ts";

const NETWORK = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo: 9999      10    0    0    0     0          0         0 9999      10    0    0    0     0       0          0
  eth0:1000      10    0    0    0     0          0         0     2000      10    0    0    0     0       0          0
  wg-1: 7 1 0 0 0 0 0 0 8 1 0 0 0 0 0 0
`;

test("a network is all its interfaces but the loopback", () => {
  expect(interfaceTotals(NETWORK)).toEqual({ received: 1_007, sent: 2_008 });
  expect(interfaceTotals("")).toEqual({ received: 0, sent: 0 });
});

describe.skipIf(process.platform !== "linux")("processes", () => {
  test("tell of their children that have ended, of memory, and of the network of the machine", async () => {
    // Half a second of processor time in a child that has ended, then 50 MB held.
    const script = `import subprocess, sys, time
subprocess.run([sys.executable, "-c", "import time\\nwhile time.process_time() < 0.5: pass"])
held = b"x" * 50_000_000
print("ready", flush=True)
sys.stdin.read()`;
    const child = spawn("python3", ["-c", script], { stdio: ["pipe", "pipe", "inherit"] });
    await once(child.stdout, "data");
    const use = useOfProcesses([child.pid ?? 0], process.pid, 7);
    child.stdin.end();
    await once(child, "exit");
    expect(use).toMatchObject({ at: 7, network: "machine", pids: [child.pid] });
    expect(use?.totals.cpu).toBeGreaterThanOrEqual(0.4);
    expect(use?.memory).toBeGreaterThan(50_000_000);
    expect(use?.totals.read).toBeGreaterThanOrEqual(0);
  });

  test("that are gone tell nothing", () => {
    expect(useOfProcesses([], process.pid, 0)).toBeUndefined();
    expect(useOfProcesses([2 ** 30], process.pid, 0)).toBeUndefined();
    expect(useOfProcesses([process.pid], 2 ** 30, 0)).toBeUndefined();
  });
});
