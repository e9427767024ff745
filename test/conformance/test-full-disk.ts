import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { RunDetailView } from "../../src/api/index.ts";
import { type ContractSubject, contractProject, startContract } from "./contract-rig.ts";

const MAKES_MUCH = [
  "for n in 1 2 3; do echo small > $VH_OUTPUTS_DIR/small$n.txt; done",
  "head -c 6000000 /dev/urandom > $VH_OUTPUTS_DIR/big.bin",
  "head -c 1200000 /dev/urandom > $VH_OUTPUTS_DIR/fits.bin",
];

/** A small disk in the place of the stored files, which a step fills with its outputs. */
export function testFullDisk(subject: ContractSubject): void {
  const canMount = process.platform === "linux" && process.getuid?.() === 0;
  if (!canMount) console.error("SKIPPED: the test of a full disk mounts a small file system, which needs root.");

  test.skipIf(!canMount)(
    "outputs for which the disk has no room fail their node; what fits is kept, and the others go on",
    async () => {
      const node = (name: string): unknown => ({ name, step: name, type: "execution", "on-error": "stop-next" });
      const config = [
        { step: { name: "much", image: subject.image, command: MAKES_MUCH } },
        { step: { name: "little", image: subject.image, command: "echo fine > $VH_OUTPUTS_DIR/fine.txt" } },
        { pipeline: { name: "both", nodes: [node("much"), node("little")], edges: [] } },
      ];
      await using rig = contractProject(subject, JSON.stringify(config));
      const stored = join(rig.root, ".headrace/blobs");
      mkdirSync(stored, { recursive: true });
      const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=4m", "tmpfs", stored], { encoding: "utf8" });
      expect(mounted.stderr).toBe("");
      using _unmounting = { [Symbol.dispose]: () => spawnSync("umount", ["-l", stored]) };
      const { stdout, code } = await startContract(rig, subject, "both", "--jobs", "1", "--json").result;
      const run = JSON.parse(stdout) as RunDetailView;
      expect([code, ...run.nodes.map(({ name, state }) => `${name} ${state}`).toSorted()]).toEqual([
        1,
        "little complete",
        "much error",
      ]);
      const much = run.nodes.find(({ name }) => name === "much")?.execution;
      if (much === undefined || much === null) throw new Error("the node has no execution");
      const folder = subject.folderOf?.(rig.root, much.id) ?? join(rig.root, ".headrace/executions", much.id);
      const outputs = join(folder, "valohai/outputs");
      expect(much.exitCode).toBe(0);
      expect(much.reason).toMatch(
        /^its outputs could not all be stored: no space left on the disk while storing .*big\.bin\n/,
      );
      expect(much.reason).toContain(
        `hint: free some space and run it again; what was not stored is still in ${outputs}`,
      );
      expect(much.outputs.map(({ name }) => name)).toEqual(["fits.bin", "small1.txt", "small2.txt", "small3.txt"]);
      expect(readdirSync(outputs)).toEqual(["big.bin"]);
      expect(readdirSync(join(folder, "valohai"))).toEqual(["outputs"]);
      expect(existsSync(join(rig.root, ".headrace/uncleared"))).toBe(false);
      expect(subject.leftOf?.(much.id) ?? "").toBe("");
    },
  );
}
