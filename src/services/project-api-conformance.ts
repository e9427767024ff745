import { afterAll, beforeAll, describe } from "vitest";
import type { ProjectApi } from "../api/index.ts";
import { testAnswers } from "./fixtures/api/answers.ts";
import { testCode } from "./fixtures/api/code.ts";
import { testLists } from "./fixtures/api/lists.ts";
import { testRefusals } from "./fixtures/api/refusals.ts";
import { ApiRig, type ReachProject } from "./fixtures/api/rig.ts";
import { testStreams } from "./fixtures/api/streams.ts";
import { testWishes } from "./fixtures/api/wishes.ts";

/**
 * Every method of `ProjectApi` on a real project, whose records are where `environment` says; in this process, or as
 * `reach` reaches it.
 */
export function testProjectApi(
  name: string,
  environment: () => Readonly<Record<string, string>>,
  reach?: ReachProject,
): void {
  describe(`the api of a project with its records on ${name}`, () => {
    let rig: ApiRig;
    let api: ProjectApi;
    beforeAll(async () => {
      rig = await ApiRig.start(environment(), reach);
      api = rig.api;
    });
    afterAll(() => rig[Symbol.asyncDispose]());

    testAnswers(() => api);
    testRefusals(() => api);
    testLists(() => api);
    testStreams(() => rig);
    testCode(() => rig);
    testWishes(() => rig);
  });
}
