import { afterAll, beforeAll, describe } from "vitest";
import { testStore } from "../conformance.ts";
import { startPostgres, type TestServer, whyNoPostgres } from "./test-server.ts";

describe.skipIf(whyNoPostgres() !== undefined)("with a server", () => {
  let server: TestServer | undefined;

  beforeAll(async () => {
    server = await startPostgres();
    // Child processes of the suite find it there too.
    process.env.HEADRACE_TEST_POSTGRES = server.url;
  });
  afterAll(() => server?.[Symbol.asyncDispose]());

  testStore("postgresql", { module: new URL("./conformance-subject.ts", import.meta.url) });
});
