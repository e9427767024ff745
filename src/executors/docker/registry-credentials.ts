import { spawn } from "node:child_process";
import { join } from "node:path";
import { findProgram } from "../../ask-program.ts";
import { homeOf, readJson, recordAt, textAt } from "./find-engine.ts";

type Variables = Readonly<Record<string, string | undefined>>;

/** Docker Hub's place in Docker's own files. */
const HUB = "https://index.docker.io/v1/";
const HELPER_PATIENCE_MS = 30_000;

/**
 * The header that lets the engine pull from a registry as the user may: what `docker login` left in Docker's own file,
 * or what its credential helper says. Undefined where there is nothing; the engine then asks the registry as a
 * stranger. The credentials go to the engine with the pull, and are kept nowhere.
 */
export async function registryAuth(registry: string, env: Variables): Promise<string | undefined> {
  const folder =
    env.DOCKER_CONFIG === undefined || env.DOCKER_CONFIG === "" ? join(homeOf(env), ".docker") : env.DOCKER_CONFIG;
  const config = readJson(join(folder, "config.json"));
  const server = registry === "docker.io" ? HUB : registry;
  const helper =
    textAt(recordAt(config, "credHelpers"), server) ??
    textAt(recordAt(config, "credHelpers"), registry) ??
    textAt(config, "credsStore");
  const asked = helper === undefined ? undefined : await askHelper(helper, server, env);
  const auth =
    asked ??
    storedAuth(recordAt(config, "auths"), [server, registry, `https://${registry}`, `https://${registry}/v1/`]);
  return auth === undefined ? undefined : urlSafe(JSON.stringify({ ...auth, serveraddress: server }));
}

/** With its padding: without, older engines silently take it for nothing. */
function urlSafe(text: string): string {
  return Buffer.from(text).toString("base64").replaceAll("+", "-").replaceAll("/", "_");
}

type Auth = Readonly<Record<string, string>>;

function storedAuth(auths: Readonly<Record<string, unknown>>, names: readonly string[]): Auth | undefined {
  for (const name of names) {
    const entry = recordAt(auths, name);
    const token = textAt(entry, "identitytoken");
    if (token !== undefined) return { identitytoken: token };
    const text = textAt(entry, "auth");
    if (text === undefined) continue;
    const decoded = Buffer.from(text, "base64").toString("utf8");
    const colon = decoded.indexOf(":");
    if (colon > 0) return { username: decoded.slice(0, colon), password: decoded.slice(colon + 1).replace(/\0+$/, "") };
  }
  return undefined;
}

/**
 * A helper that is absent or knows nothing leaves the registry to be asked without credentials, as Docker's own command
 * does.
 */
async function askHelper(helper: string, server: string, env: Variables): Promise<Auth | undefined> {
  if (!/^[\w.-]+$/.test(helper)) return undefined;
  const answer = await run(`docker-credential-${helper}`, server, env);
  if (answer === undefined) return undefined;
  const username = textAt(answer, "Username");
  const secret = textAt(answer, "Secret");
  if (username === undefined || secret === undefined) return undefined;
  return username === "<token>" ? { identitytoken: secret } : { username, password: secret };
}

async function run(
  program: string,
  input: string,
  env: Variables,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  const path = findProgram(program, env.PATH ?? "");
  if (path === undefined) return undefined;
  const child = spawn(path, ["get"], { env, cwd: "/", stdio: ["pipe", "pipe", "ignore"], timeout: HELPER_PATIENCE_MS });
  let answer = "";
  child.on("error", () => resolve(undefined));
  child.stdin.on("error", () => undefined);
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    answer += text;
  });
  child.on("close", (code) => resolve(code === 0 ? answer : undefined));
  child.stdin.end(input);
  const text = await promise;
  try {
    return text === undefined ? undefined : (JSON.parse(text) as Readonly<Record<string, unknown>>);
  } catch {
    return undefined;
  }
}
