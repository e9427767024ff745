import type { Command } from "commander";
import { HeadraceError } from "../../errors.ts";
import type { SandboxChoice } from "../../services/index.ts";
import { choiceOption, SANDBOXES, wholeNumber } from "../arguments/values.ts";
import type { Cli, GlobalOptions } from "../cli.ts";
import { withExamples } from "../examples.ts";
import { withFolder } from "../project-at-hand.ts";

/** The options that a home takes beside those of a folder. */
interface ServeCommandOptions extends GlobalOptions {
  readonly home?: string;
  readonly only?: "api" | "engine";
  readonly publicUrl?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly trustProxy?: string;
  readonly host: string;
  readonly port: number;
  readonly jobs?: number;
  readonly sandbox?: SandboxChoice;
}

export function addServe(program: Command, cli: Cli): void {
  const command = program
    .command("serve")
    .description("serve the API of a project to its user, or of many projects to a team, and work for their runs")
    .option("--home <folder>", "serve many projects and users, whose records and files are in this folder")
    .addOption(choiceOption("--only <part>", "with --home: only this part, in a process of its own", ["api", "engine"]))
    .option("--public-url <url>", "with --home: the address at which browsers reach the server")
    .option("--tls-cert <file>", "with --home: serve HTTPS with this certificate, a PEM file with those that signed it")
    .option("--tls-key <file>", "with --home: the key of the certificate, a PEM file")
    .option("--trust-proxy <list>", "with --home: addresses and networks of the proxies before the server, with commas")
    .option("--host <address>", "the address to listen on; without --home, a loopback address", "127.0.0.1")
    .option("--port <number>", "the port to listen on; 0: any that is free", wholeNumber("--port", 0), 8470)
    .option(
      "-j, --jobs <count>",
      "how many steps run here at a time (default: the number of cores)",
      wholeNumber("--jobs", 1),
    )
    .addOption(choiceOption("--sandbox <kind>", "how steps are kept apart from the machine", SANDBOXES))
    .action(async (_options, self: Command) => {
      const options = self.optsWithGlobals<ServeCommandOptions>();
      const { home } = options;
      if (home !== undefined) {
        refuseUnserved(options);
        const { runHome } = await import("../run/run-server.ts");
        return await runHome({ ...options, home }, cli);
      }
      refuseWithoutHome(options);
      await withFolder(cli, options, async (project) => {
        const { runServer } = await import("../run/run-server.ts");
        await runServer(project, options, cli);
      });
    });
  withExamples(command, [
    ["headrace serve", "serve this project, and print a link that logs you in"],
    ["headrace serve --port 0 --json", "on any free port; the first line has its address"],
    ["headrace serve --home /var/lib/headrace", "serve a team; the first start prints a password"],
    [
      "headrace serve --home /srv/headrace --tls-cert tls.pem --tls-key tls.key",
      "serve HTTPS; renewed files are served without a restart",
    ],
    [
      "headrace serve --home /var/lib/headrace --only engine",
      "work for the runs of all projects, beside other servers",
    ],
  ]);
}

function refuseWithoutHome(options: ServeCommandOptions): void {
  const { only, publicUrl, tlsCert, tlsKey, trustProxy } = options;
  const given = { only, publicUrl, tlsCert, tlsKey, trustProxy };
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined) continue;
    throw new HeadraceError("HR_USAGE", `${flagOf(name)} goes with --home`, {
      hint: "name the folder of the server with --home",
    });
  }
}

/** Options of the API, where this process does not serve it, or only one of two that belong together. */
function refuseUnserved({ only, tlsCert, tlsKey, trustProxy }: ServeCommandOptions): void {
  if ((tlsCert === undefined) !== (tlsKey === undefined))
    throw new HeadraceError("HR_USAGE", "--tls-cert and --tls-key go together", {
      hint: "name the PEM file of the certificate and that of its key",
    });
  if (only !== "engine" || (tlsCert === undefined && trustProxy === undefined)) return;
  throw new HeadraceError("HR_USAGE", `${tlsCert === undefined ? "--trust-proxy" : "--tls-cert"} is of the API`, {
    hint: "leave it out with --only engine, which answers no requests",
  });
}

function flagOf(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
