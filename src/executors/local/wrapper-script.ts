import { MASKING_READER, PERL_VARIABLES, STREAM_READER } from "../step/stream-reader.ts";

/**
 * The two small POSIX-shell programs that stand between Headrace and a step. On their usual way they use built-ins and
 * one other program: every further one would add a millisecond to each step.
 *
 * **The wrapper** leads a session of its own and outlives the engine. Its first act is to make `control/pid` with
 * O_EXCL (`set -C`). That is the whole protection against a second start: any number of engines may spawn wrappers for
 * a job, at any moment; exactly one makes the file and runs the step, the others end at once. An engine that died
 * before it spawned one has left nothing, an engine that died after has left a wrapper that will make the file; both
 * need no repair. (A marker made by the *starter* would leave open whether its wrapper was ever spawned.) Its last act
 * is to write `control/exit`, into room that it takes before the step begins: the step may have filled the disk. Where
 * even that fails it waits instead of losing the status (a folder that is gone does not make it wait). Where the file
 * `killed` is there already, nothing begins: whoever kills a job makes that file before looking for a wrapper.
 *
 * **The readers.** The step's stdout and stderr are pipes, and a program of Perl (stream-reader.ts) appends to the logs
 * what comes out of them, in the order in which it comes; where there is no Perl, a `cat` each, which know no order.
 * Were they the files themselves, `echo x > /dev/stderr` in a step would open the log by name and empty it; opening a
 * pipe like that does no harm. The readers stand in the wrapper's session, where no signal meant for the step reaches
 * them. They end when nobody holds their pipe any more, and are waited for before the exit is written: whoever sees the
 * end sees the whole log. One that fails (a full disk) closes its pipe, which tells the step at its next line, and
 * makes the exit `unlogged`. They cost 2 ms of processor time, most of it while the step itself starts.
 *
 * A shell has no built-in that makes a pipe, save for here-documents (dash, busybox): that pipe's writing end is had by
 * opening it anew below /proc. If here-documents are files (bash), there is `mkfifo`.
 *
 * **The supervisor** is the step's parent and leads a session of its own: process 1 of the step's pid namespace, where
 * signals that it does not handle cannot harm it and where its end takes everything left with it; without a sandbox it
 * ends by killing its own process group, so that what the step left behind dies even when no engine is there. (That
 * session costs 2 ms: there is no built-in for it.) After an interrupt it goes on until all processes of the step have
 * ended, not only the first: a job in the background saves as well. (The engine kills them when the grace is over.)
 *
 * It heeds signals by noting them (its children have the default again), because an interrupt goes to its whole process
 * group: only so does it reach all processes at one instant. Sent one by one, a shell that has just forked would wait
 * for a child that never got it. It notes how the step ended. A POSIX shell gives 128 + n both for a death by signal n
 * and for `exit 128+n`, but it prints the signal's name for the former only: so its stderr goes to the status file too.
 * (The step runs in `( exec … )`, else dash would print that with the step's own redirections, into its log.)
 *
 * The exit line begins with a newline, since a bash step can write to the status file, and might leave half a line
 * there.
 *
 * Variables are called `__hr_…`, because assigning to a name that the step's environment holds would change the step's
 * value.
 *
 * Outside the sandbox nothing may be looked up in the step's own PATH: it could name a folder of the step's. Variables
 * that make shells and linkers run code never get here (shielded-variables.ts).
 *
 * **On a terminal** (its stdin is one: terminal/relay-script.ts) the wrapper has no readers: the step's three streams
 * are that terminal, and the process that made it keeps the log and says so on descriptor 3 at the end. The supervisor,
 * which leads a session without a terminal, takes it as its own by opening it anew; so job control and Ctrl-C work. (In
 * a sandbox its name leads nowhere.) It waits for nobody after the step's end, since Ctrl-C is nothing there that asks
 * to save.
 *
 * Files that whoever started Headrace had open (a lock, a job server) are closed before: `closeInheritedDescriptors`,
 * since no shell of POSIX can close a number of two digits. File descriptors: 4 the wrapper's mark (running-mark.ts), 5
 * and 6 the step's streams, 7 the status file, 8 and 9 the readers' ends, then 9 the sandbox's filter of system calls,
 * which the sandbox closes. The step itself sees 0, 1 and 2 alone, save that a bash script of ours (`report` = yes)
 * keeps 7 to say which line failed.
 */
const SUPERVISE = `__hr_report=$1; shift; __hr_stop=
trap __hr_stop=yes INT QUIT TERM HUP
if [ -t 5 ]; then exec 8<&5; : </proc/self/fd/5; else exec 8</dev/null; fi
printf 'headrace: started %s\\n' "$$" >&7
if [ "$__hr_report" = yes ]; then ( exec "$@" <&8 >&5 2>&6 5>&- 6>&- 8<&- ); else ( exec "$@" <&8 >&5 2>&6 5>&- 6>&- 7>&- 8<&- ); fi
__hr_exited=$?
until printf '\\nheadrace: exited %s\\n' "$__hr_exited" >&7; do PATH=/usr/bin:/bin sleep 1; done
[ -z "$__hr_stop" ] || [ -t 5 ] || while __hr_others; do PATH=/usr/bin:/bin sleep 0.05; done
`;

/**
 * Arguments: `report`, then the step's command. All other processes that live belong to the step: the namespace has no
 * others.
 */
export const SUPERVISOR_SCRIPT = `__hr_others() { kill -s 0 -- -1 2>/dev/null; }
${SUPERVISE}`;

/**
 * The same for a step without a sandbox: the others are those of the supervisor's session. (The kernel has no call that
 * tells.)
 */
export const FREE_SUPERVISOR_SCRIPT = `__hr_others() {
  for __hr_one in /proc/[0-9]*/stat; do
    { read -r __hr_stat <"$__hr_one"; } 2>/dev/null || continue
    __hr_pid=\${__hr_stat%% *}; __hr_stat=\${__hr_stat##*) }
    case $__hr_stat in [ZX]*) continue ;; esac
    __hr_stat=\${__hr_stat#* * * }
    [ "\${__hr_stat%% *}" != "$$" ] || [ "$__hr_pid" = "$$" ] || return 0
  done
  return 1
}
${SUPERVISE}kill -s KILL 0
`;

/** The folders in which the wrapper looks for programs. */
export const WRAPPER_PATH = "/usr/bin:/bin:/run/current-system/sw/bin";

/**
 * Arguments: control folder, logs folder, sandbox kind, the pipe of running-mark.ts or nothing, the file that the
 * sandbox gets as descriptor 9 or nothing, the names of the variables that are secrets, then the command that runs the
 * supervisor. A step with secrets leaves no memory image (core) behind, and without Perl nothing of what it prints.
 */
const wrapperScript = (
  reader: string,
): string => `__hr_control=$1; __hr_logs=$2; __hr_sandbox=$3; __hr_running=$4; __hr_filter=$5; __hr_secrets=$6; shift 6
[ -z "$__hr_secrets" ] || ulimit -c 0
__hr_take_start() { shift 19; __hr_start=$1; }
if { read -r __hr_boot </proc/sys/kernel/random/boot_id && read -r __hr_stat </proc/$$/stat; } 2>/dev/null
then __hr_take_start \${__hr_stat##*) }
else __hr_boot=-; __hr_start=$(PATH=/usr/bin:/bin ps -o lstart= -p $$)
fi
if [ -t 0 ]; then __hr_terminal=yes; else __hr_terminal=; exec 3>&-; fi
exec 4>&- 5>&- 6>&- 8>&- 9>&-
set -C
printf '%s %s %s %s\\n' "$$" "$__hr_boot" "$__hr_sandbox" "$__hr_start" >"$__hr_control/pid" || exit 111
set +C
if [ -e "$__hr_control/killed" ]; then printf '137\\n' >"$__hr_control/exit"; exit; fi
if [ -p "$__hr_running" ]; then exec 4<>"$__hr_running"; fi
printf '            \\n' >"$__hr_control/exit"
exec 7>>"$__hr_control/status" 2>&7
__hr_keep() {
  trap '' INT QUIT TERM HUP
  unset HEADRACE_EXECUTION_ID
  exec >>"$__hr_logs/$1" 2>/dev/null 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-
  [ -z "$__hr_secrets" ] || exit 1
  cd /
  LC_ALL=C PATH=${WRAPPER_PATH} exec cat
}
__hr_keep_both() {
  trap '' INT QUIT TERM HUP
  unset HEADRACE_EXECUTION_ID ${PERL_VARIABLES}
  exec >/dev/null 2>&1 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-
  LC_ALL=C PATH=${WRAPPER_PATH} exec perl -e '${reader}' "$__hr_logs" $__hr_secrets
}
__hr_start_readers() {
  if PATH=${WRAPPER_PATH} command -v perl >/dev/null; then __hr_keep_both <&8 3<&9 & __hr_out=$! __hr_err=$!
  else
    __hr_keep stdout <&8 & __hr_out=$!
    __hr_keep stderr <&9 & __hr_err=$!
  fi
}
__hr_enter() { if [ -n "$__hr_filter" ]; then "$@" 9<"$__hr_filter"; else "$@"; fi; }
if [ -z "$__hr_terminal" ]; then
exec 8<<OUT 9<<ERR
OUT
ERR
if [ -p /proc/self/fd/8 ] && [ -p /proc/self/fd/9 ]; then
  exec 5>/proc/self/fd/8 6>/proc/self/fd/9
else
  PATH=${WRAPPER_PATH} mkfifo -m 600 "$__hr_control/stdout" "$__hr_control/stderr"
  # Each end waits for the other, unless somebody has both for a moment.
  exec 5<>"$__hr_control/stdout" 6<>"$__hr_control/stderr"
  exec 8<"$__hr_control/stdout" 9<"$__hr_control/stderr" 5>"$__hr_control/stdout" 6>"$__hr_control/stderr"
fi
__hr_start_readers
exec 8<&- 9<&-
printf 'readers %s %s\\n' "$__hr_out" "$__hr_err" >>"$__hr_control/pid"
__hr_enter "$@" </dev/null >/dev/null 4>&-
__hr_status=$?; __hr_log=
exec 5>&- 6>&-
wait "$__hr_out" || __hr_log=' unlogged'
[ "$__hr_err" = "$__hr_out" ] || wait "$__hr_err" || __hr_log=' unlogged'
else
exec 5<&0 6<&0 </dev/null
__hr_enter "$@" </dev/null >&5 3<&- 4>&-
__hr_status=$?; __hr_log=
exec 5>&- 6>&-
read -r __hr_line <&3 && [ "$__hr_line" = logged ] || __hr_log=' unlogged'
fi
until printf '%s%s\\n' "$__hr_status" "$__hr_log" 1<>"$__hr_control/exit" || ! [ -d "$__hr_control" ]; do PATH=/usr/bin:/bin sleep 1; done 2>/dev/null
`;

const PLAIN = wrapperScript(STREAM_READER);
const MASKING = wrapperScript(MASKING_READER);

/** The wrapper of a step with these secrets; that of most steps, which have none, need not be read with all that. */
export function wrapperFor(secretNames: readonly string[]): string {
  return secretNames.length === 0 ? PLAIN : MASKING;
}
