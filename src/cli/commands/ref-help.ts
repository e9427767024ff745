/** The ways to name a run or an execution on the command line; shown in the help of every command that takes one. */
export const REF_HELP = "a run's or execution's number (12 or #12), `latest`, or a node of a run (12.train)";

/** For commands that look only, and may leave it out. */
export const REF_OR_LATEST_HELP = `${REF_HELP}; else \`latest\``;

export const LATEST = "latest";
