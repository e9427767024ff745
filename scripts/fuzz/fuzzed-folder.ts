import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../bundle.ts";
import { Asker, type FuzzedServer, lineOf, withServer } from "./fuzzed-server.ts";

const CONFIGURATION = `
- step:
    name: greet
    image: alpine
    environment: local
    command: echo hello > "$VH_OUTPUTS_DIR/a.txt"
    parameters: [{name: who, type: string, default: world}]
- pipeline:
    name: daily
    nodes: [{name: first, type: execution, step: greet}]
    edges: []
`;

interface Listening {
  readonly url: string;
  readonly token: string;
  readonly project: string;
}

/** Serves the project of a folder, with a run that waits for an engine. */
export async function withFuzzedFolder<T>(folder: string, use: (server: FuzzedServer) => Promise<T>): Promise<T> {
  writeFileSync(join(folder, "valohai.yaml"), CONFIGURATION);
  const args = [join(projectRoot, "src/client/fixtures/serve-project.ts"), folder];
  return await withServer(folder, { args }, async (child) => {
    const { url, token, project } = await lineOf<Listening>(child, (line) => "url" in line);
    const own = new Asker(url, token);
    const request = { target: "greet", parameters: [], inputs: [], environmentVariables: {}, fresh: true };
    const { id } = await own.ask("POST", `/projects/${project}/plans/`, request);
    await own.ask("POST", `/projects/${project}/runs/`, { plan: id });
    return await use({
      ...{ url, token },
      known: {
        "path.project": project,
        "query.project": project,
        "path.execution": [`${project}:latest`, "latest", "2", "1.greet"],
        "path.pipeline": `${project}:latest`,
        "path.run": ["latest", "1"],
        "path.ref": ["latest", "2"],
      },
    });
  });
}
