import { type Argument, Command, CommanderError, Option } from "commander";
import { programVersion } from "../version.ts";
import type { Cli } from "./cli.ts";
import { addAlias } from "./commands/alias.ts";
import { addApprove, addReject } from "./commands/approve.ts";
import { addAttach } from "./commands/attach.ts";
import { addBackup, addRestore } from "./commands/backup.ts";
import { addCheckout } from "./commands/checkout.ts";
import { addChecks } from "./commands/checks.ts";
import { addCompare } from "./commands/compare.ts";
import { addCompletion } from "./commands/completion.ts";
import { addData } from "./commands/data.ts";
import { addDataset } from "./commands/dataset.ts";
import { addDev } from "./commands/dev.ts";
import { addDocs } from "./commands/docs.ts";
import { addDoctor } from "./commands/doctor.ts";
import { addDrift } from "./commands/drift.ts";
import { addEngine } from "./commands/engine.ts";
import { addEnvironments } from "./commands/environments.ts";
import { addCat, addOpen } from "./commands/files.ts";
import { addGc } from "./commands/gc.ts";
import { addGraph } from "./commands/graph.ts";
import { addImport } from "./commands/import.ts";
import { addInfo } from "./commands/info.ts";
import { addInit } from "./commands/init.ts";
import { addNote, addTag, addTitle } from "./commands/labels.ts";
import { addLineage } from "./commands/lineage.ts";
import { addLint } from "./commands/lint.ts";
import { addLogin } from "./commands/login.ts";
import { addLogout } from "./commands/logout.ts";
import { addLogs } from "./commands/logs.ts";
import { addLs } from "./commands/ls.ts";
import { addMetrics } from "./commands/metrics.ts";
import { addMigrate } from "./commands/migrate.ts";
import { addModel } from "./commands/model.ts";
import { addOutputs } from "./commands/outputs.ts";
import { addPipeline } from "./commands/pipeline.ts";
import { addRemote } from "./commands/remote.ts";
import { addReproduce } from "./commands/reproduce.ts";
import { addResume } from "./commands/resume.ts";
import { addRm } from "./commands/rm.ts";
import { addRun } from "./commands/run.ts";
import { addSchema } from "./commands/schema.ts";
import { addServe } from "./commands/serve.ts";
import { addShell } from "./commands/shell.ts";
import { addStep } from "./commands/step.ts";
import { addStop } from "./commands/stop.ts";
import { addTrials } from "./commands/trials.ts";
import { addTeam, addToken, addUser } from "./commands/users.ts";
import { addRotateKeys, addSecret, addVariable } from "./commands/variables.ts";
import { addVerify } from "./commands/verify.ts";
import { addWhy } from "./commands/why.ts";
import { withExamples } from "./examples.ts";
import { failureJson, failureOf, renderFailure } from "./failure.ts";

/**
 * The whole command line, ready to parse; given the first word of one, as much of it as that needs.
 * Actions import what they need when they run, so building this is cheap.
 */
export function buildProgram(cli: Cli, first?: string): Command {
  const program = new Command("headrace")
    .description(
      "Runs machine-learning pipelines from a valohai.yaml, and keeps every run: code, data, parameters, results.",
    )
    .version(programVersion(), "-V, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .addHelpCommand(
      new Command("help")
        .argument("[command]")
        .description("print the help of a command")
        .helpOption(false)
        .helpGroup("Configure:"),
    )
    .addOption(new Option("-C, --project <dir>", "work as if started in this folder"))
    .addOption(new Option("--config <file>", "the configuration file, where it is not found by itself"))
    .addOption(new Option("--json", "print JSON, errors included (headrace docs json)"))
    .addOption(new Option("--local", "act in this folder, whatever server it belongs to (headrace docs remote)"))
    .addOption(new Option("--debug", "show the stack trace of an error"))
    .configureHelp({
      showGlobalOptions: true,
      subcommandTerm: (command) => [command.name(), ...command.registeredArguments.map(argumentTerm)].join(" "),
      styleTitle: cli.out.style.bold,
      styleCommandText: cli.out.style.cyan,
      styleSubcommandText: cli.out.style.cyan,
      styleOptionText: cli.out.style.cyan,
      styleArgumentText: cli.out.style.cyan,
    })
    .configureOutput({
      writeOut: cli.out.write,
      getOutHelpWidth: () => helpWidth(cli),
      getOutHasColors: () => cli.out.style.enabled,
      // Errors are shown once, by the boundary below.
      writeErr: () => undefined,
      outputError: () => undefined,
    })
    .exitOverride()
    .showSuggestionAfterError();
  withExamples(program, [
    ["headrace init", "write a starter project and run it with the next line"],
    ["headrace run train", "run a step or a pipeline"],
    ["headrace ls", "what has run"],
    ["headrace docs tutorial", "learn it step by step"],
  ]);
  addCommands(program, cli, first);
  return program;
}

/** Runs one command line and returns the exit code. Nothing is thrown past here. */
export async function runProgram(args: readonly string[], cli: Cli): Promise<number> {
  const debug = args.includes("--debug");
  try {
    const program = buildProgram(cli, args[0]);
    if (args.length === 0) {
      program.outputHelp();
      return 0;
    }
    if (args[0] === "__complete") {
      const { complete } = await import("./completion/complete.ts");
      await complete(program, args.slice(1), cli);
      return 0;
    }
    await program.parseAsync(args, { from: "user" });
    return cli.exitCode;
  } catch (error) {
    const failed = failureOf(error);
    if (failed === undefined) return cli.exitCode;
    const failure = { ...failed, hint: usageHint(error, args, cli) ?? failed.hint };
    if (args.includes("--json")) cli.out.lines([failureJson(failure, debug)]);
    else cli.err.lines(renderFailure(failure, { style: cli.err.style, debug }));
    return failure.exitCode;
  }
}

/** Shows how a command is written if the user left an argument out. */
function usageHint(error: unknown, args: readonly string[], cli: Cli): string | undefined {
  if (!(error instanceof CommanderError) || error.code !== "commander.missingArgument") return undefined;
  const command = buildProgram(cli).commands.find((each) => args.includes(each.name()));
  if (command === undefined) return undefined;
  const form = ["headrace", command.name(), ...command.registeredArguments.map(argumentTerm)].join(" ");
  return `write ${form}; \`headrace ${command.name()} --help\` has its options and examples`;
}

/** By group, in the order of the help. */
const COMMANDS: Readonly<Record<string, Readonly<Record<string, (program: Command, cli: Cli) => void>>>> = {
  "Run:": {
    init: addInit,
    run: addRun,
    dev: addDev,
    shell: addShell,
    reproduce: addReproduce,
    resume: addResume,
    attach: addAttach,
    stop: addStop,
    trials: addTrials,
    approve: addApprove,
    reject: addReject,
    engine: addEngine,
  },
  "Look:": {
    ls: addLs,
    info: addInfo,
    why: addWhy,
    logs: addLogs,
    metrics: addMetrics,
    outputs: addOutputs,
    cat: addCat,
    open: addOpen,
    lineage: addLineage,
    compare: addCompare,
    checks: addChecks,
    drift: addDrift,
    checkout: addCheckout,
  },
  "Keep:": {
    title: addTitle,
    tag: addTag,
    note: addNote,
    data: addData,
    alias: addAlias,
    dataset: addDataset,
    model: addModel,
    rm: addRm,
    doctor: addDoctor,
    gc: addGc,
    verify: addVerify,
    backup: addBackup,
    restore: addRestore,
    migrate: addMigrate,
    user: addUser,
    team: addTeam,
    token: addToken,
  },
  "Servers:": {
    login: addLogin,
    logout: addLogout,
    remote: addRemote,
    serve: addServe,
  },
  "Configure:": {
    docs: addDocs,
    lint: addLint,
    environments: addEnvironments,
    variable: addVariable,
    secret: addSecret,
    "rotate-keys": addRotateKeys,
    graph: addGraph,
    step: addStep,
    pipeline: addPipeline,
    schema: addSchema,
    import: addImport,
    completion: addCompletion,
  },
};

/**
 * All commands; if a command line begins with the name of one, only that one: the others would cost a tenth of the time
 * of `ls`.
 */
function addCommands(program: Command, cli: Cli, first: string | undefined): void {
  const only =
    first !== undefined && Object.values(COMMANDS).some((group) => Object.hasOwn(group, first)) ? first : undefined;
  for (const [title, group] of Object.entries(COMMANDS)) {
    program.commandsGroup(title);
    for (const [name, add] of Object.entries(group)) if (only === undefined || only === name) add(program, cli);
  }
}

function argumentTerm(argument: Argument): string {
  const name = `${argument.name()}${argument.variadic ? "..." : ""}`;
  return argument.required ? `<${name}>` : `[${name}]`;
}

function helpWidth(cli: Cli): number {
  const { width } = cli.out.size();
  return Math.min(Number.isFinite(width) ? width : 80, 120);
}
