import type { Command } from "commander";
import { HeadraceError } from "../../errors.ts";
import { type Cli, type GlobalOptions, printResult } from "../cli.ts";
import { withExamples } from "../examples.ts";
import { remoteOf } from "../remote/remote-of.ts";

export function addLogout(program: Command, cli: Cli): void {
  const command = program
    .command("logout")
    .description("revoke the token of a server, and forget it")
    .argument("[url]", "the address of the server (default: that of this folder, or the only one)")
    .action(async (url: string | undefined, _options, self: Command) => {
      const options = self.optsWithGlobals<GlobalOptions>();
      const { allCredentials, setCredentials } = await import("../remote/credentials.ts");
      const known = allCredentials(cli);
      const server = url === undefined ? await serverHere(cli, options, Object.keys(known)) : await addressOf(url);
      const credentials = known[server];
      if (credentials === undefined)
        throw new HeadraceError("HR_NOT_LOGGED_IN", `nobody is logged in to ${server} here`, {
          hint: "`headrace remote --servers` lists the servers that you are logged in to",
        });
      const revoked = await revoke(cli, server, credentials);
      setCredentials(cli, server, undefined);
      await printResult(cli, options, { server, revoked }, () => [
        revoked
          ? `Logged out of ${server}.`
          : `Forgot the token of ${server}. The server could not be told; revoke it there if others may have it.`,
      ]);
    });
  withExamples(command, [
    ["headrace logout", "of the server of this folder"],
    ["headrace logout https://headrace.example.org", "of another one"],
  ]);
}

async function addressOf(url: string): Promise<string> {
  const { serverAddress } = await import("../../client/index.ts");
  return serverAddress(url);
}

async function serverHere(cli: Cli, options: GlobalOptions, known: readonly string[]): Promise<string> {
  const remote = await remoteOf(cli, options);
  const [only] = known;
  if (remote !== undefined) return remote.server;
  if (only !== undefined && known.length === 1) return only;
  throw new HeadraceError("HR_USAGE", "which server?", {
    hint: known.length === 0 ? "you are logged in to none" : `name one of ${known.join(", ")}`,
  });
}

/** False where the server cannot be told, or does not know the token any more. */
async function revoke(
  cli: Cli,
  server: string,
  { token, certificates }: { readonly token: string; readonly certificates?: string },
): Promise<boolean> {
  const [{ Routes, Wire }, { ACCOUNT }, { programVersion }] = await Promise.all([
    import("../../client/index.ts"),
    import("../../api/index.ts"),
    import("../../version.ts"),
  ]);
  const others = { version: programVersion(), env: cli.env };
  using wire = new Wire({ url: server, token, ...others, ...(certificates !== undefined && { certificates }) });
  try {
    await new Routes(wire).ask(ACCOUNT.logOut);
    return true;
  } catch (error) {
    if (error instanceof HeadraceError) return false;
    throw error;
  }
}
