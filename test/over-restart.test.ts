import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { HomeProcesses, kill } from "./home-process.ts";

/** It prints without pause while the server is away, too; what it waits for in between lets the test keep up. */
const CODE = `
- step:
    name: count
    image: none
    environment: local
    command:
      - for i in $(seq 300); do echo "line $i"; done
      - while [ ! -e "$HR_GO" ]; do i=$((\${i:-300} + 1)); echo "line $i"; sleep 0.05; done; echo "last $i"
    environment-variables: [{name: HR_GO, optional: true}]
`;

test("a run that is streamed live loses and doubles no line where its server is killed and started anew", async () => {
  await using home = await HomeProcesses.make();
  const server = await home.start();
  const project = await home.project();
  const token = await home.token();
  const { port } = new URL(home.url);
  const folder = join(home.rig.root, "mine");
  mkdirSync(folder);
  writeFileSync(join(folder, "valohai.yaml"), CODE);
  const run = home.rig.startIn(
    folder,
    { HEADRACE_SERVER: home.url, HEADRACE_SERVER_PROJECT: project, HEADRACE_TOKEN: token },
    ...["run", "count", "--env", `HR_GO=${home.flag}`],
  );
  await run.sees(/line 310\n/);
  await kill(server);
  // The step goes on meanwhile, and the client waits.
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  const second = await home.start({ args: ["--port", port] });
  const shown = Number(/.*line (\d+)\n/s.exec(run.stdout)?.[1]);
  await run.sees(new RegExp(`line ${shown + 20}\n`));
  home.letGo();
  const { code, stdout } = await run.result;
  expect([code, stdout]).toEqual([0, expect.stringContaining("complete")]);
  const lines = [...stdout.matchAll(/line (\d+)\n/g)].map(([, number]) => Number(number));
  expect(lines).toEqual(lines.map((_, index) => index + 1));
  expect(stdout).toContain(`last ${lines.length}\n`);
  second.child.kill("SIGTERM");
  expect((await second.result).code).toBe(0);
});
