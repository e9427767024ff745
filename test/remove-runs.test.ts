import { expect, test } from "vitest";
import { ProjectRig } from "./rig.ts";

test("headrace rm removes the runs that it is given, or none", async () => {
  await using project = new ProjectRig({
    "valohai.yaml": `
- step: {name: make, image: x, environment: local, command: 'echo {parameters} > /valohai/outputs/made.txt', parameters: [{name: n, type: integer, default: 1}]}
- step: {name: slow, image: x, environment: local, command: sleep 600}
`,
  });
  await project.json(0, "run", "make", "--tag", "kept-by-gc");
  await project.json(0, "run", "make");
  await project.json(0, "run", "make", "--n=2");
  const numbers = async () =>
    (await project.json<readonly { readonly number: number }[]>(0, "ls")).map(({ number }) => number);
  const [third, second, first] = await numbers();

  expect(await project.headrace("rm", `${first}`)).toMatchObject({
    code: expect.any(Number),
    stderr: `error: run ${second} took results of run ${first} [HR_CONFLICT]\nhint: \`headrace rm ${first} ${second}\` removes all of them\n`,
  });
  expect(await project.headrace("rm", `${third}`, "999")).toMatchObject({
    stderr: expect.stringContaining("there is no run or execution 999"),
  });
  expect((await project.headrace("rm", `${third}.make`)).stderr).toContain(
    "is an execution, and only whole runs can be removed",
  );
  expect(await numbers()).toEqual([third, second, first]);

  expect((await project.headrace("rm", `${first}`, `${second}`)).code).toBe(0);
  expect(await numbers()).toEqual([third]);
  expect((await project.headrace("cat", `${third}/made.txt`)).stdout).toBe("--n=2\n");
  expect((await project.headrace("info", `${first}`)).stderr).toContain("HR_NOT_FOUND");

  const slow = await project.json<{ readonly number: number }>(0, "run", "slow", "--detach");
  expect((await project.headrace("rm", `${slow.number}`)).stderr).toMatch(
    /error: run \d+ has not ended \(\w+\) \[HR_CONFLICT\]\nhint: `headrace stop \d+` ends it; then it can be removed/,
  );
  await project.headrace("stop", `${slow.number}`);
  expect((await project.headrace("rm", `${slow.number}`)).code).toBe(0);
});
