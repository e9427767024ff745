import { type Action, type Advice, type RequestOption, worded } from "../advice.ts";

/** Advice in the words of the command line: each action is the command that does it. */
export function inCommands(advice: Advice): string {
  return worded(advice, (action) => `\`${commandOf(action)}\``);
}

function commandOf(action: Action): string {
  switch (action.do) {
    case "list-runs":
      return "headrace ls";
    case "list-environments":
      return "headrace environments";
    case "verify-files":
      return "headrace verify";
    case "clean-up":
      return "headrace gc";
    case "examine":
      return "headrace doctor";
    case "write-note":
      return "headrace note";
    case "check-configuration":
      return "headrace lint";
    case "start-project":
      return "headrace init";
    case "start-engine":
      return "headrace engine";
    case "list-files":
      return "headrace outputs N";
    case "download-files":
      return "headrace outputs RUN.NODE --download DIR";
    case "upload-data":
      return "headrace data upload FILE";
    case "list-datasets":
      return "headrace dataset ls";
    case "show-dataset":
      return `headrace dataset info ${action.dataset}`;
    case "list-models":
      return "headrace model ls";
    case "show-model":
      return `headrace model info ${action.model}`;
    case "show-run":
      return `headrace info${numberOf(action.run)}`;
    case "resume":
      return `headrace resume${numberOf(action.run)}`;
    case "stop":
      return `headrace stop${numberOf(action.run) || " NUMBER"}`;
    case "attach":
      return `headrace attach ${action.run}`;
    case "remove-runs":
      return `headrace rm ${action.runs.join(" ")}`;
    case "explain":
      return `headrace why ${action.execution}`;
    case "run":
      return `headrace run ${action.target}${action.from === undefined ? "" : ` --from ${action.from}`}${action.interactive === true ? " --interactive" : ""}`;
    case "move-records":
      return `headrace migrate --to ${action.to}`;
    case "read-manual":
      return `headrace docs ${action.page}`;
    case "log-in":
      return `headrace login ${action.server}`;
    case "set":
      return `${FLAGS[action.option]}${action.value === undefined ? "" : ` ${action.value}`}`;
  }
}

const FLAGS: Readonly<Record<RequestOption, string>> = {
  blobs: "--blobs",
  certificate: "--ca",
  config: "--config",
  debug: "--debug",
  destination: "--to",
  downstream: "--downstream",
  environment: "--environment",
  fresh: "--fresh",
  from: "--from",
  input: "--input",
  interactive: "--interactive",
  jobs: "--jobs",
  keep: "--keep",
  local: "--local",
  overwrite: "--overwrite",
  parameter: "--param",
  port: "--port",
  project: "--project",
  "project-name": "--name",
  sandbox: "--sandbox",
  variable: "--env",
  where: "--where",
};

function numberOf(run: number | undefined): string {
  return run === undefined ? "" : ` ${run}`;
}
