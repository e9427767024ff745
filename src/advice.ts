/**
 * An action that a user can take next, as data: the rooms below the faces know no command line and no buttons. A
 * command line words an action as a command, a page as a link, and whoever has neither in plain words.
 */
export type Action =
  | { readonly do: "list-runs" | "list-environments" | "verify-files" | "clean-up" | "examine" | "write-note" }
  | {
      readonly do:
        | "check-configuration"
        | "start-project"
        | "start-engine"
        | "list-files"
        | "download-files"
        | "upload-data"
        | "list-datasets"
        | "list-models";
    }
  | { readonly do: "show-dataset"; readonly dataset: string }
  | { readonly do: "show-model"; readonly model: string }
  | { readonly do: "show-run" | "resume" | "stop"; readonly run?: number }
  | { readonly do: "attach"; readonly run: number }
  | { readonly do: "remove-runs"; readonly runs: readonly number[] }
  | { readonly do: "explain"; readonly execution: number }
  | { readonly do: "run"; readonly target: string; readonly from?: string; readonly interactive?: true }
  | { readonly do: "move-records"; readonly to: "sqlite" }
  | { readonly do: "read-manual"; readonly page: string }
  | { readonly do: "log-in"; readonly server: string }
  /** Another value for what was asked for, or an option left out. */
  | { readonly do: "set"; readonly option: RequestOption; readonly value?: string };

/** The options that a request may be given besides its subject, by the names that every face derives its own from. */
export type RequestOption =
  | (
      | "blobs"
      | "certificate"
      | "config"
      | "debug"
      | "destination"
      | "downstream"
      | "environment"
      | "fresh"
      | "from"
      | "input"
    )
  | (
      | "interactive"
      | "jobs"
      | "keep"
      | "local"
      | "overwrite"
      | "parameter"
      | "port"
      | "project"
      | "project-name"
      | "sandbox"
    )
  | ("variable" | "where");

/** A sentence with actions in it; without any it is a text. */
export type Advice = string | readonly (string | Action)[];

/** A sentence in which each action stands in the words of `wording`. */
export function worded(advice: Advice, wording: (action: Action) => string): string {
  if (typeof advice === "string") return advice;
  return advice.map((part) => (typeof part === "string" ? part : wording(part))).join("");
}

/** The sentence for a reader without commands and buttons, such as one of a record or a log. */
export function inPlainWords(advice: Advice): string {
  return worded(advice, plainWording);
}

/** The same sentence in parts, for JSON; undefined where it has no actions. */
export function partsOf(advice: Advice): readonly (string | Action)[] {
  return typeof advice === "string" ? [advice] : advice;
}

/** Several pieces of advice and texts as one. */
export function joined(...pieces: readonly (Advice | Action)[]): Advice {
  return pieces.flatMap((piece) => (isAction(piece) ? [piece] : partsOf(piece)));
}

function isAction(piece: Advice | Action): piece is Action {
  return typeof piece === "object" && "do" in piece;
}

function plainWording(action: Action): string {
  switch (action.do) {
    case "list-runs":
      return "the overview";
    case "list-environments":
      return "the page of environments";
    case "verify-files":
      return "a check of the stored files";
    case "clean-up":
      return "a clean-up";
    case "examine":
      return "an examination";
    case "write-note":
      return "the note";
    case "check-configuration":
      return "a check of the configuration";
    case "start-project":
      return "setting up a project";
    case "start-engine":
      return "an engine";
    case "list-files":
      return "the page of files";
    case "download-files":
      return "a download of a node's files";
    case "upload-data":
      return "an upload of data";
    case "list-datasets":
      return "the list of datasets";
    case "show-dataset":
      return `the page of the dataset ${action.dataset}`;
    case "list-models":
      return "the list of models";
    case "show-model":
      return `the page of the model ${action.model}`;
    case "show-run":
      return `the page of ${runWords(action.run)}`;
    case "resume":
      return `resuming ${runWords(action.run)}`;
    case "stop":
      return `stopping ${runWords(action.run)}`;
    case "attach":
      return `following ${runWords(action.run)}`;
    case "remove-runs":
      return `removing ${action.runs.length === 1 ? "run" : "runs"} ${action.runs.join(", ")}`;
    case "explain":
      return `the explanation of execution ${action.execution}`;
    case "run":
      return `running ${action.target}${action.from === undefined ? "" : ` from ${action.from}`}${action.interactive === true ? " interactively" : ""}`;
    case "move-records":
      return "moving the project to SQLite";
    case "read-manual":
      return `the page ${action.page} of the manual`;
    case "log-in":
      return `logging in to ${action.server}`;
    case "set":
      return `the option ${action.option}${action.value === undefined ? "" : ` “${action.value}”`}`;
  }
}

function runWords(run: number | undefined): string {
  return run === undefined ? "the run" : `run ${run}`;
}
