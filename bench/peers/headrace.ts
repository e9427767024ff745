import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { names, type Peer, sourceOf, type Work } from "./peer.ts";

const PROGRAM = join(import.meta.dirname, "../../bin/headrace.mjs");

/** Headrace as its users have it: the bundle, from the shell, as one process from start to exit. */
export function headrace(sandbox: "off" | "auto"): Peer {
  return {
    name: `headrace, sandbox ${sandbox}`,
    packages: [],
    skipsUnchanged: true,
    prepare: (work, folder) => {
      writeFileSync(join(folder, "valohai.yaml"), configuration(work));
      return [process.execPath, PROGRAM, "run", "p", "--jobs", String(work.jobs), "--sandbox", sandbox];
    },
  };
}

function configuration(work: Work): string {
  const nodes = names(work).map((name) => `      - {name: ${name}, type: execution, step: nothing}`);
  const edges = names(work).flatMap((name, index) => {
    const source = sourceOf(work, index);
    return source === undefined ? [] : [`      - [${source}.output.*, ${name}.input.before]`];
  });
  return `- step:
    name: nothing
    image: none
    command: "true"
    inputs:
      - {name: before, optional: true}
- pipeline:
    name: p
    nodes:
${nodes.join("\n")}
    edges:${edges.length === 0 ? " []" : `\n${edges.join("\n")}`}
`;
}
