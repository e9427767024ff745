import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { tarOf } from "../snapshots/fixtures/tar.ts";
import { HomeRig } from "./fixtures/home-rig.ts";

const CONFIGURATION = `
- step: {name: greet, image: alpine, command: 'echo hello {parameter-value:who}', parameters: [{name: who, type: string, default: world}]}
`;

let [first, second]: [HomeRig, HomeRig] = [] as never;
let project = "";
let commit = "";

beforeEach(async () => {
  first = await HomeRig.start();
  second = await HomeRig.start({ folder: first.home.folder });
  project = await first.project("flights");
  const form = new FormData();
  form.append("data", new Blob([gzipSync(tarOf({ "valohai.yaml": CONFIGURATION }))]), "data.tgz");
  const stored = await first.call(`/projects/${project}/import-package/`, { method: "POST", body: form });
  commit = stored.json.identifier;
});
afterEach(async () => {
  await second[Symbol.asyncDispose]();
  await first[Symbol.asyncDispose]();
});

const plan = async (server: HomeRig, change: object = {}) => {
  const body = { target: "greet", commit, parameters: [], inputs: [], environmentVariables: {}, ...change };
  return (await server.call(`/projects/${project}/plans/`, { method: "POST", body })).json;
};
const start = (server: HomeRig, id: string) =>
  server.call(`/projects/${project}/runs/`, { method: "POST", body: { plan: id } });

describe("two servers on one database", () => {
  test("start and explain each other's plans, each of them once", async () => {
    const { id } = await plan(first);
    const foresight = await second.call(`/projects/${project}/plans/${id}/foresight/`);
    expect(foresight.json.predictions).toMatchObject([{ outcome: "run" }]);
    expect(await start(second, id)).toMatchObject({ status: 201, json: { id } });
    const again = await Promise.all([start(first, id), start(second, id)]);
    expect(again.map(({ status }) => status)).toEqual([404, 404]);
    expect((await first.call(`/projects/${project}/runs/`)).json.items).toHaveLength(1);
  });

  test("let one of them have a plan that both are asked to start", async () => {
    for (let round = 0; round < 10; round++) {
      const { id } = await plan(first, { fresh: true });
      const answers = await Promise.all([start(first, id), start(second, id), start(first, id), start(second, id)]);
      expect(answers.map(({ status }) => status).toSorted()).toEqual([
        201,
        ...answers
          .map(({ status }) => status)
          .toSorted()
          .slice(1),
      ]);
      expect(answers.every(({ status }) => [201, 404, 409].includes(status))).toBe(true);
    }
    expect((await first.call(`/projects/${project}/runs/?limit=100`)).json.items).toHaveLength(10);
  });

  test("run nothing else than what was shown: with another value of a variable the plan is gone", async () => {
    const { id } = await plan(first);
    const { queries } = { queries: first.home.database.installation.scope };
    await queries.change(async (change) => {
      const digest = createHash("sha256").update("another plan").digest("hex");
      await change.queries.run({ text: "update waiting_plans set digest = :digest" }, { digest });
    });
    expect((await start(second, id)).json).toMatchObject({ code: "HR_NOT_FOUND" });
    expect((await start(first, id)).status).toBe(201);
  });
});
