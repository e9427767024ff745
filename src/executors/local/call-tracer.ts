import { statSync, truncateSync } from "node:fs";
import { findProgram, SYSTEM_PATH } from "../../ask-program.ts";
import { callsFile, LONGEST_CALL_LOG_BYTES } from "../../code-tracing/index.ts";
import { systemErrorCode } from "../../errors.ts";

/**
 * All that takes a path (be it a socket's), lists a folder, changes what a path means, or makes a process (for those
 * that could not be followed).
 */
const CALLS =
  "%file,bind,connect,socket,socketpair,getdents,?getdents64,fchdir,exit_group,clone,?clone3,unshare,setns,?move_mount,?open_tree,?open_by_handle_at,?io_uring_setup,?seccomp,?readdir";

/** These need for themselves what a tracer uses (a process has one tracer), or look at what it does to times. */
const NEEDS_ITS_OWN =
  /(^|[\s/;&|(])(strace|ltrace|gdb|lldb|gdbserver|rr|perf|valgrind|py-spy|austin|nsys|ncu|bwrap|apptainer|singularity|podman|docker|unshare|criu)(\s|$)/m;

/**
 * Finds strace, if it is installed and `HEADRACE_TRACER` is not `off`. A trial shows whether it may do its work in a
 * sandbox (sandbox/detect.ts).
 */
export function findTracer(choice: string | undefined): string | undefined {
  if (process.platform !== "linux" || choice === "off") return undefined;
  return findProgram("strace", SYSTEM_PATH);
}

/**
 * Returns the words before a step's command. The step stays a child of whoever starts it (`-D`: the tracer is its
 * sibling), and stops at these calls only (`--seccomp-bpf`). Each line is in the file before the step goes on. `-A`:
 * the file may be cut.
 */
export function tracedCommand(strace: string, trace: string, program: string): readonly string[] {
  return [
    strace,
    ...["-D", "-f", "--seccomp-bpf", "-q", "-y", "-A", "-a", "1", "-s", "0", "-e", "signal=none"],
    ...["-e", `trace=${CALLS}`, "-o", callsFile(trace), "--"],
    // A program that may not be there is a shell's to report, as without a tracer.
    ...(/^\/(?:usr\/)?bin\/(?:ba|da)?sh$/.test(program) ? [] : ["/bin/sh", "-c", 'exec "$@"', "headrace"]),
  ];
}

export function canBeTraced(command: readonly string[]): boolean {
  return !command.some((line) => NEEDS_ITS_OWN.test(line));
}

const LOOK_MS = 5_000;

/** Empties the log when it grows too long, which shows by its lost beginning, until `ended` settles. */
export function keepLogShort(trace: string, ended: Promise<unknown>): void {
  const timer = setInterval(() => {
    try {
      if (statSync(callsFile(trace)).size > LONGEST_CALL_LOG_BYTES) truncateSync(callsFile(trace));
    } catch (error) {
      if (systemErrorCode(error) === undefined) throw error;
    }
  }, LOOK_MS);
  timer.unref();
  const stop = (): void => clearInterval(timer);
  ended.then(stop, stop);
}
