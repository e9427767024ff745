/**
 * A server of a home that also does the accounting of steps that do nothing, in the same process: what 500 steps a
 * second cost beside readers. Told what to do by messages of bench/server.ts.
 */
import { once } from "node:events";
import { Access } from "../../src/access/index.ts";
import { buildServer } from "../../src/server/build-server.ts";
import { ServerHome } from "../../src/services/on-demand.ts";
import { account, createRun } from "../store/accounting.ts";

const LONGEST_MS = 30_000;

interface Order {
  readonly folder: string;
  readonly port: number;
}

const [{ folder, port }] = (await once(process, "message")) as [Order];
await using home = await ServerHome.open({ folder, sandbox: "off", now: Date.now, env: process.env });
const app = await buildServer({
  ...{ database: home.database, access: new Access(home.database.installation), now: Date.now },
  ...{ publicUrl: `http://127.0.0.1:${port}`, trustedProxies: [] },
  projects: async (project, asker) => home.apiFor(project, asker),
  valohai: (project, asker) => home.valohaiFor(project, asker),
  code: (project) => home.codeOf(project),
  hideSecrets: (project, text) => home.hideSecrets(project, text),
});
await app.listen({ host: "127.0.0.1", port });
process.send?.("listening");

const [{ project, executions, width }] = (await once(process, "message")) as [
  { readonly project: string; readonly executions: number; readonly width: number },
];
const store = await home.database.project(project);
const run = await createRun(store, executions);
const nodes = Array.from({ length: executions }, (_, index) => `node-${index}`).values();
let done = 0;
const since = performance.now();
const cpu = process.cpuUsage();
await Promise.all(
  Array.from({ length: width }, async () => {
    // A busy machine has a figure as well: of what it came to in this time.
    for (const node of nodes) {
      if (performance.now() - since > LONGEST_MS) return;
      await account(store, run, node);
      done += 1;
    }
  }),
);
const { user, system } = process.cpuUsage(cpu);
process.send?.({ done, seconds: (performance.now() - since) / 1_000, cpuSeconds: (user + system) / 1_000_000 });
await once(process, "disconnect");
await app.close();
