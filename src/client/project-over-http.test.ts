import { afterAll, beforeAll, describe } from "vitest";
import { testProjectApi } from "../services/project-api-conformance.ts";
import { startPostgres, type TestServer, whyNoPostgres } from "../store/postgres/test-server.ts";
import { ServerProcess } from "./fixtures/server-process.ts";
import { projectOverHttp, Routes, Wire } from "./index.ts";

const PATIENCE = { patienceMs: 60_000 };

/** The same suite as that of a project in this process, over the wire. */
async function overHttp(folder: string, env: NodeJS.ProcessEnv) {
  const server = await ServerProcess.start(folder, env);
  const { url, token, project } = server;
  const wire = new Wire({ url, token, version: "0.0.0" });
  return {
    api: projectOverHttp(new Routes(wire, project), PATIENCE),
    actor: "user:ada",
    [Symbol.asyncDispose]: async () => {
      wire[Symbol.dispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

testProjectApi("SQLite, behind a server", () => ({ HEADRACE_DATABASE_URL: "" }), overHttp);

describe.skipIf(whyNoPostgres() !== undefined)("with PostgreSQL", () => {
  let server: TestServer | undefined;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server?.[Symbol.asyncDispose]());

  testProjectApi("PostgreSQL, behind a server", () => ({ HEADRACE_DATABASE_URL: server?.url ?? "" }), overHttp);
});
